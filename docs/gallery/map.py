"""Draw the pictures of the map tab: 1,000 drawn scenes in both languages, the gap closed in dark, and on a phone in Chinese."""

from pair import DESK, PHONE, looked_at, shoot, tab
from playwright.sync_api import Browser, Page


def main() -> None:
    """Write map, map-dark and map-phone as WebP beside this file."""
    with looked_at() as (browser, url):
        page = opened(browser, url, DESK)
        page.locator(".mm-plane-stage").focus()
        for key in ("Home", "ArrowRight", "ArrowUp"):
            page.keyboard.press(key)
        shoot(page, "map")
        dark = opened(browser, url + "?__theme=dark", DESK)
        dark.locator("#mm-map-centred input").check()
        dark.wait_for_function("document.querySelector('.mm-gap').textContent.includes('Centred')")
        laid(dark)
        dark.select_option("select[name=colour]", "background")
        shoot(dark, "map-dark")
        shoot(opened(browser, url, PHONE, locale="zh-CN"), "map-phone")


def opened(browser: Browser, url: str, size: dict[str, int], locale: str = "en-GB") -> Page:
    """Open the map tab and wait until the first map is laid out."""
    page = tab(browser, url, "map", ".mm-plane-stage", size, locale)
    laid(page)
    return page


def laid(page: Page) -> None:
    """Wait until UMAP has taken the place of the principal components."""
    ready = "!document.querySelector('.mm-plane-first') && !document.body.classList.contains('mm-mapping')"
    page.wait_for_function(ready)
    page.wait_for_selector(".mm-plane-stage[data-shown]")


if __name__ == "__main__":
    main()
