"""Draw the pictures of the matrix tab: the page in light and dark, and on a phone in Chinese."""

from pair import DESK, FLAGS, PHONE, served, shoot
from playwright.sync_api import Browser, Page, sync_playwright


def main() -> None:
    """Write matrix, matrix-dark and matrix-phone as WebP beside this file."""
    with served() as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        shoot(opened(browser, url, DESK), "matrix")
        shoot(opened(browser, url + "?__theme=dark", DESK), "matrix-dark")
        shoot(opened(browser, url, PHONE, locale="zh-CN"), "matrix-phone")
        browser.close()


def opened(browser: Browser, url: str, size: dict[str, int], locale: str = "en-GB") -> Page:
    """Open the matrix tab and wait until the first set is compared."""
    page = browser.new_page(viewport=size, locale=locale)
    page.goto(url + "#matrix")
    page.wait_for_selector(".mm-recall", timeout=120_000)
    page.wait_for_function("!document.body.classList.contains('mm-comparing')")
    return page


if __name__ == "__main__":
    main()
