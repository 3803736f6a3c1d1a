"""Draw the pictures of the speech tab: a sentence with its path, a skipped paragraph in dark, and a phone in Chinese."""

from pair import DESK, PHONE, looked_at, shoot, tab
from playwright.sync_api import Browser, Page


def main() -> None:
    """Write speech, speech-dark and speech-phone as WebP beside this file."""
    with looked_at() as (browser, url):
        page = opened(browser, url, DESK)
        page.locator(".mm-speech-unit").nth(3).click()
        page.wait_for_function("document.querySelector('.mm-speech-stage').dataset.playing === 'false'")
        page.mouse.move(0, 0)
        shoot(page, "speech")
        dark = opened(browser, url + "?__theme=dark", DESK)
        dark.locator("#mm-speech-examples .mm-set").nth(3).click()
        dark.wait_for_function("document.body.classList.contains('mm-speaking')")
        rest(dark)
        dark.mouse.move(0, 0)
        dark.evaluate("window.scrollTo(0, 0)")
        dark.wait_for_timeout(500)  # the fade
        shoot(dark, "speech-dark")
        shoot(opened(browser, url, PHONE, locale="zh-CN"), "speech-phone")


def opened(browser: Browser, url: str, size: dict[str, int], locale: str = "en-GB") -> Page:
    """Open the speech tab and wait until the first example is aligned."""
    page = tab(browser, url, "speech", ".mm-speech-stage", size, locale)
    rest(page)
    return page


def rest(page: Page) -> None:
    """Wait until nothing is worked on."""
    page.wait_for_function("!document.body.classList.contains('mm-speaking')")
    page.wait_for_timeout(500)  # the fade


if __name__ == "__main__":
    main()
