"""Draw a small picture of every bundled model by what it shows and others do not: models/NAME.webp, at most 60 kB each."""

import argparse
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import PIL.Image
from pair import DESK, looked_at
from playwright.sync_api import Locator, Page

FOLDER = Path(__file__).parent / "models"
#: Pixels of a picture's width and most of its height, its most bytes, and milliseconds a model may take on a busy machine.
WIDTH, HEIGHT, BYTES, PATIENCE = 560, 620, 60_000, 600_000


@dataclass(frozen=True)
class View:
    """What is shown of a model.

    Attributes:
        model: as its card's title has it, which menus show.
        show: makes the page show it, and gives what is drawn.
        method: of the menu, by the beginning of its title; "" for the one the model begins with.
    """

    model: str
    show: Callable[[Page], Locator]
    method: str = ""


def main() -> None:
    """Draw all of them, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="of VIEWS; all without")
    names = parser.parse_args().names or list(VIEWS)
    FOLDER.mkdir(exist_ok=True)
    with looked_at() as (browser, url):
        page = browser.new_page(viewport=DESK)
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.wait_for_selector("#mm-overlay canvas")
        for name in names:
            ask(page, VIEWS[name])
            write(VIEWS[name].show(page), FOLDER / f"{name}.webp")
            print(name, flush=True)


def ask(page: Page, view: View) -> None:
    """Ask a model about the pair on the page, the first example."""
    choose(page, "#mm-model", view.model)
    page.wait_for_function("title => document.querySelector('#mm-inputs').textContent.includes(title)", arg=f"{view.model} knows")
    if view.method:
        choose(page, "#mm-method", view.method)
    page.get_by_role("button", name="Show", exact=True).click()
    settled(page)


def choose(page: Page, menu: str, title: str) -> None:
    """Choose from a menu by how a title begins."""
    page.locator(f"{menu} input").first.click()
    page.locator(f"li[role=option][aria-label^='{title}']").first.click()


def settled(page: Page) -> None:
    """Wait until no answer is on its way."""
    page.wait_for_timeout(300)  # the click is on its way
    page.wait_for_function("!document.body.classList.contains('mm-running')")


def word(number: int) -> Callable[[Page], Locator]:
    """Show the map of one word."""

    def show(page: Page) -> Locator:
        page.locator("#mm-overlay [data-unit]").nth(number).hover()
        page.wait_for_timeout(300)  # the fade
        return page.locator("#mm-overlay")

    return show


def probe(name: str, part: str = ".mm-probed") -> Callable[[Page], Locator]:
    """Show what a look inside the model finds."""

    def show(page: Page) -> Locator:
        panel = page.locator("#mm-probes")
        panel.locator(f"option[value='{name}']").wait_for(state="attached")  # it is this model's panel
        panel.locator("details").first.evaluate("details => (details.open = true)")
        panel.locator("[name=mm-probe]").select_option(name)
        panel.locator(".mm-probe-look").click()
        panel.locator(".mm-probed").wait_for()
        return panel.locator(part).first

    return show


def said(page: Page) -> Locator:
    """Take what the model says as the text, and show where it looked at one of its words, on a scale of the word's own."""
    probe("what-it-says")(page).locator(".mm-take").click()
    settled(page)
    page.locator("[name=own]").check()
    return word(6)(page)


def write(shown: Locator, path: Path) -> None:
    """Write what is seen of a part of the page, smaller, in as good a quality as the bytes allow."""
    shown.scroll_into_view_if_needed()
    picture = PIL.Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
    height = round(picture.height * WIDTH / picture.width)
    picture = picture.resize((WIDTH, height), PIL.Image.Resampling.LANCZOS).crop((0, 0, WIDTH, min(height, HEIGHT)))
    for quality in range(88, 20, -6):
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= BYTES:
            break
    path.write_bytes(file.getvalue())


#: Model -> its view. A detector aligns nothing by itself: it is seen through the model that reads its regions.
VIEWS = {
    "clip-mini": View("CLIP mini", word(1)),
    "clip-plain-mini": View("CLIP mini, plain", word(1)),
    "blip-mini": View("BLIP mini", word(1), "Attention"),
    "vilt-mini": View("ViLT mini", word(1), "Transport"),
    "albef-mini": View("ALBEF mini", probe("hidden-words")),
    "flava-mini": View("FLAVA mini", probe("ways-to-say-it")),
    "uniter-mini": View("UNITER mini", word(1), "Attention"),
    "detector-mini": View("UNITER mini", probe("boxes", ".mm-boxed")),
    "vse-mini": View("VSE++ mini", probe("hardest-negatives")),
    "mvae-mini": View("MVAE mini", probe("made-anew")),
    "lmnn-mini": View("LMNN mini", probe("neighbourhood")),
    "cmn-mini": View("CMN mini", word(1), "Contributions"),
    "vlm-mini": View("VLM mini", said),
}


if __name__ == "__main__":
    main()
