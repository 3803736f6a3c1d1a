"""Draw the pictures of what opens beside a map: pinned words, the table, the score among others, a box, layers, a detector's regions."""

from pair import DESK, PATIENCE, looked_at, opened, shoot
from playwright.sync_api import Page, expect


def main() -> None:
    """Write pinned, table, score, region, layers and objects as WebP beside this file."""
    with looked_at() as (browser, url):
        page = opened(browser, url, DESK)
        for unit in (1, 2):
            page.locator("#mm-overlay [data-unit]").nth(unit).click()
        shoot(page.locator("#mm-overlay"), "pinned")
        table(page)
        shoot(page.locator("#mm-table"), "table")
        score(page)
        shoot(page.locator("#mm-score"), "score")
        region(page)
        shoot(page, "region")
        layers(page)
        shoot(page.locator("#mm-multiples"), "layers")
        other = opened(browser, url, DESK)
        objects(other)
        shoot(other, "objects")


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
