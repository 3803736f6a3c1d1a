"""Inside models of the surveyed family: what the panel draws of their findings, and what it asks for, without a server."""

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from mmviz import pipeline
from mmviz.axes import ItemAxis, RegionAxis
from mmviz.findings import Boxed, Finding, Ranking, Shown
from mmviz.registry import families, probes
from mmviz.samples import Image
from mmviz.trusts import Remark
from mmviz.ui import modules, probing
from tests.browser.test_probing import grave
from tests.models import tiny

pytestmark = pytest.mark.browser
TEXT = "a red cat under a red tree"
PAGE = "<html lang='en'><head><title>inside</title></head><body><main id='mm-probes'><div class='mm'></div></main></body></html>"
#: Puts the panel's widget into a bare page, and keeps what it would ask the server.
MOUNT = """([script, value]) => {
  const element = document.querySelector("#mm-probes");
  window.asked = [];
  new Function("element", "props", "watch", "trigger", script)(element, { value }, () => {}, (name, data) => asked.push([name, data]));
  element.querySelector("details").open = true;
}"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Give a small random model of the first family that does what a probe needs."""
    root = tmp_path_factory.mktemp("inside")

    def make(probe: str) -> str:
        family = next(e.name for e in families if probes[probe].needs <= set(families[e.name].functions))
        folder = root / family
        return f"{family}:{folder if folder.exists() else getattr(tiny, f'make_{family}')(folder)}"

    return make


@pytest.fixture
def show(chromium: Browser, models) -> Iterator[Callable[..., Locator]]:
    """Draw a finding in the panel of a page that no server gave."""
    page, errors = chromium.new_page(viewport={"width": 1100, "height": 900}), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_content(PAGE)
    for name in modules.STYLES:
        page.add_style_tag(content=modules.script(f"{name}.css"))
    script = "\n".join(modules.script(name) for name in ("kit.js", "boxed.js", "probing.js"))

    def draw(found: Finding, language: str = "en") -> Locator:
        seen = SimpleNamespace(alignment=SimpleNamespace(model=models(found.probe)))
        page.evaluate(MOUNT, [script, probing.payload(seen, language, found=found)])
        return page.locator("#mm-probes")

    yield draw
    page.close()
    assert errors == []


@pytest.fixture
def look(models, rng, tmp_path) -> Callable[[str], Finding]:
    """Look into a small random model by a probe."""
    bank = tmp_path / "bank.txt"
    bank.write_text("\n".join(f"two {noun}s under the tree, {n} dogs" for n, noun in enumerate(["cat", "dog"] * 12)), "utf-8")
    image, other = (Image(rng.integers(0, 256, (40, 50, 3), np.uint8), f"{name}.png") for name in ("own", "other"))

    def find(probe: str) -> Finding:
        return pipeline.probe(probe, TEXT, image, models(probe), bank=bank, pictures=[other], store=False, device="cpu")

    return find


def boxed(scores: list[float]) -> Finding:
    """Find boxes side by side, of given scores."""
    edges = np.linspace(0, 1, len(scores) + 1)
    boxes = np.stack([edges[:-1], edges[:-1] / 2, edges[1:], np.ones(len(scores))], axis=1)
    names = tuple(f"thing {n}" for n in range(len(scores)))
    axis = RegionAxis(boxes, names, np.array(scores), "object", (0, 0, 1, 1), (60, 40))
    shown = Shown("boxes", np.full((40, 60, 3), 200, np.uint8), Boxed(axis, 0.3, "found_boxes"))
    ranking = Ranking("found_boxes", ItemAxis(names), ("box_score",), np.array(scores)[:, None])
    return Finding("m", "m@1", (Remark("boxes_found", {"count": 2, "threshold": 0.3}),), (ranking,), (), (shown,), "boxes")


def seen(panel: Locator) -> tuple[int, int, str]:
    """Count frames and lines that are seen, and read what is said of them."""
    frames, lines = (panel.locator(f"{part}:visible").count() for part in (".mm-boxed-frames g", ".mm-ranking tbody tr"))
    return frames, lines, panel.locator(".mm-boxed-said").text_content()


def test_boxes_come_and_go_with_the_slider_by_keyboard_and_nobody_is_asked(show):
    panel = show(boxed([0.9, 0.5, 0.25, 0.1]))
    page = panel.page
    assert seen(panel) == (2, 2, "Boxes of a score of at least 0.30: 2.")
    expect(panel.locator(".mm-boxed figcaption")).to_contain_text(
        "2 fainter ones are not shown; the surest of them is “thing 2” at 0.25."
    )
    expect(panel.locator(".mm-remark")).to_have_count(0)
    panel.locator("[name=mm-threshold]").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert seen(panel) == (3, 3, "Boxes of a score of at least 0.25: 3.")
    page.keyboard.press("Home")
    assert seen(panel)[:2] == (4, 4)
    page.keyboard.press("End")
    assert seen(panel)[:2] == (0, 0)
    expect(panel.locator(".mm-boxed-said.mm-is-warn")).to_contain_text("nothing in the picture")
    expect(panel.locator("output")).to_have_text("1.00")
    assert page.evaluate("asked") == []
    assert grave(page) == []


def test_boxes_speak_chinese(show):
    assert seen(show(boxed([0.9, 0.1]), "zh"))[2] == "分数不低于 0.30 的框：1 个。"


def test_what_a_model_says_can_be_taken_and_what_it_rests_on_is_covered(show, look):
    panel = show(look("what-it-says"))
    expect(panel.locator(".mm-ranking h3")).to_have_text(["Words said, in their order", "Beginnings it might have chosen"])
    text = panel.locator(".mm-remark", has=panel.page.locator(".mm-take")).evaluate("line => line.firstChild.textContent")
    panel.locator(".mm-take").click()
    ((name, data),) = panel.page.evaluate("asked")
    assert (name, data["kind"]) == ("change_words", "take")
    assert text == f"To see where it looked at each word, take as the text: {data['text']}"
    panel = show(look("covered-evidence"))
    expect(panel.locator(".mm-tiles figure")).to_have_count(4)
    expect(panel.locator(".mm-plot-dot")).to_have_count(6)


def test_hidden_words_a_teachers_beliefs_and_a_neighbourhood_are_listed(show, look):
    panel = show(look("hidden-words"))
    expect(panel.locator(".mm-ranking h3")).to_have_text([re.compile("^Hidden words"), "Guesses for one word"])
    panel = show(look("teacher-beliefs"))
    expect(panel.locator(".mm-at-own")).to_have_count(2)
    panel = show(look("neighbourhood"))
    titles = [
        re.compile(f"^{kind} nearest to the .* {when} learning$")
        for kind in ("Texts", "Pictures")
        for when in ("before", "after")
    ]
    expect(panel.locator(".mm-ranking h3")).to_have_text(titles)
    expect(panel.locator(".mm-at-neighbour .mm-at-mark")).to_have_text(["target neighbour"] * 4)
    expect(panel.locator(".mm-plot .mm-plot-margin_ends")).to_have_count(2)
    assert grave(panel.page) == []
