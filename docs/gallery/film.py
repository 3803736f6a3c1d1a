"""Draw the pictures of the film tab: a flashback matched with its text, two matchers where they differ in dark, and a phone in Chinese."""

from pair import DESK, PHONE, looked_at, shoot, tab
from playwright.sync_api import Browser, Page


def main() -> None:
    """Write film, film-dark and film-phone as WebP beside this file."""
    with looked_at() as (browser, url):
        page = opened(browser, url, DESK)
        look(page)
        shoot(page, "film")
        dark = opened(browser, url + "?__theme=dark", DESK)
        dark.select_option("[name=versus]", "monotone")
        dark.wait_for_selector(".mm-film-versus [role=status]")
        rest(dark)
        look(dark)
        dark.locator(".mm-film-main").scroll_into_view_if_needed()
        dark.evaluate("window.scrollTo(0, document.querySelector('.mm-film-main').getBoundingClientRect().top + scrollY - 60)")
        shoot(dark, "film-dark")
        phone = opened(browser, url, PHONE, locale="zh-CN")
        look(phone)
        shoot(phone, "film-phone")


def opened(browser: Browser, url: str, size: dict[str, int], locale: str = "en-GB") -> Page:
    """Open the film tab and wait until the first example is matched; it does not play by itself."""
    page = tab(browser, url, "film", ".mm-film-stage", size, locale, reduced_motion="reduce")
    rest(page)
    return page


def rest(page: Page) -> None:
    """Wait until nothing is worked on."""
    page.wait_for_function("!document.body.classList.contains('mm-filming')")


def look(page: Page) -> None:
    """Stop the film in the middle of the third shot, with that shot chosen."""
    page.locator(".mm-film-shot").nth(2).click()
    page.evaluate(
        "() => { const v = document.querySelector('.mm-film-video'); v.pause(); v.currentTime += 0.6; "
        "return new Promise((done) => { v.onseeked = done; setTimeout(done, 3000); }); }"
    )
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)  # the fade


if __name__ == "__main__":
    main()
