"""Draw the pictures of what is no map of patches: a look inside a model, and a map of keypoints."""

from pair import DESK, looked_at, opened, shoot
from playwright.sync_api import Page


def main() -> None:
    """Write inside and keypoints as WebP beside this file."""
    with looked_at() as (browser, url):
        page = opened(browser, url, DESK)
        look(page)
        shoot(page, "inside")
        page.evaluate("scrollTo(0, 0)")
        shallow(page)
        shoot(page, "keypoints")


def look(page: Page) -> None:
    """Ask for the hardest negatives of the pair."""
    page.locator("#mm-probes summary").first.click()
    page.locator("#mm-probes .mm-probe-look").click()
    page.wait_for_selector("#mm-probes .mm-ranking", timeout=240_000)
    page.locator("#mm-probes").evaluate("panel => panel.scrollIntoView()")


def shallow(page: Page) -> None:
    """Ask the model of keypoints the same."""
    page.locator("#mm-model input").click()
    page.get_by_role("option", name="LMNN mini").click()
    page.wait_for_function("!document.querySelector('#mm-method input').value.startsWith('Relevance')")
    page.locator("#mm-method input").click()
    page.get_by_role("option", name="Contributions").click()
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_selector("canvas.mm-regions", timeout=120_000)
    page.wait_for_function("!document.body.classList.contains('mm-running')")


if __name__ == "__main__":
    main()
