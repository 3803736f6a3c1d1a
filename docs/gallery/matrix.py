"""Draw the pictures of the matrix tab: the page in light and dark, and on a phone in Chinese."""

from pair import DESK, PHONE, looked_at, shoot, tab
from playwright.sync_api import Browser, Page


def main() -> None:
    """Write matrix, matrix-dark and matrix-phone as WebP beside this file."""
    with looked_at() as (browser, url):
        shoot(opened(browser, url, DESK), "matrix")
        shoot(opened(browser, url + "?__theme=dark", DESK), "matrix-dark")
        shoot(opened(browser, url, PHONE, locale="zh-CN"), "matrix-phone")


def opened(browser: Browser, url: str, size: dict[str, int], locale: str = "en-GB") -> Page:
    """Open the matrix tab and wait until the first set is compared."""
    page = tab(browser, url, "matrix", ".mm-recall", size, locale)
    page.wait_for_function("!document.body.classList.contains('mm-comparing')")
    return page


if __name__ == "__main__":
    main()
