"""Draw the pictures of what opens beside a map: pinned words, the table, the score among others, a box, layers, a detector's regions."""

import io

import PIL.Image
from pair import DESK, FLAGS, FOLDER, PATIENCE, opened, served, shoot
from playwright.sync_api import Page, expect, sync_playwright


def main() -> None:
    """Write pinned, table, score, region, layers and objects as WebP beside this file."""
    with served() as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = opened(browser, url, DESK)
        for unit in (1, 2):
            page.locator("#mm-overlay [data-unit]").nth(unit).click()
        part(page, "#mm-overlay", "pinned")
        table(page)
        part(page, "#mm-table", "table")
        score(page)
        part(page, "#mm-score", "score")
        region(page)
        shoot(page, "region")
        layers(page)
        part(page, "#mm-multiples", "layers")
        other = opened(browser, url, DESK)
        objects(other)
        shoot(other, "objects")
        browser.close()


def part(page: Page, panel: str, name: str) -> None:
    """Write what a panel shows."""
    picture = PIL.Image.open(io.BytesIO(page.locator(panel).screenshot())).convert("RGB")
    picture.save(FOLDER / f"{name}.webp", quality=82, method=6)


def table(page: Page) -> None:
    """Open the table with another model's under it, and walk into it."""
    page.locator("#mm-table summary").click()
    page.select_option("#mm-table select[name=beside]", "clip-plain-mini")
    expect(page.locator("#mm-table figure")).to_have_count(2, timeout=PATIENCE)
    page.locator(".mm-table-stage").first.focus()
    for key in ("ArrowDown", "ArrowRight"):
        page.keyboard.press(key)


def score(page: Page) -> None:
    """Hold the score against two captions of the visitor's own."""
    page.locator("#mm-fold-against button").click()
    page.locator("#mm-others textarea").fill("a red dog beside two trees\nthe sea at night")
    page.locator("#mm-others textarea").blur()
    expect(page.locator(".mm-chance")).to_have_count(3, timeout=PATIENCE)


def region(page: Page) -> None:
    """Hide a box of the picture."""
    page.locator("#mm-region summary").click()
    for edge, percent in zip(("x0", "y0", "x1", "y1"), (20, 30, 60, 80), strict=True):
        page.locator(f"[name=mm-{edge}]").fill(str(percent))
    page.locator(".mm-hide").click()
    page.wait_for_selector(".mm-region-result")
    page.locator("#mm-region").evaluate("panel => panel.scrollIntoView({ block: 'end' })")


def layers(page: Page) -> None:
    """Draw one word's map layer by layer."""
    page.locator("#mm-multiples summary").first.click()
    page.locator(".mm-by-layers").click()
    page.wait_for_selector(".mm-tiles button")
    expect(page.locator("#mm-multiples .mm-busy")).to_have_count(0, timeout=PATIENCE)


def objects(page: Page) -> None:
    """Ask the model that reads a detector's boxes the same."""
    page.locator("#mm-model input").click()
    page.get_by_role("option", name="UNITER mini").click()
    page.wait_for_function("!document.body.classList.contains('mm-running')")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_selector("canvas.mm-regions")
    page.wait_for_function("!document.body.classList.contains('mm-running')")


if __name__ == "__main__":
    main()
