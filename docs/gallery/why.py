"""Draw the pictures of "Why?", of trust and of other words: the page in light, and on a phone in Chinese and dark."""

from pair import DESK, PHONE, looked_at, shoot
from playwright.sync_api import Browser, Page


def main() -> None:
    """Write why, trust, changes and why-phone as WebP beside this file."""
    with looked_at() as (browser, url):
        page = answered(browser, url, DESK)
        shoot(page, "why")
        page.locator("#mm-trust summary").click()
        page.locator("#mm-trust").evaluate("panel => panel.scrollIntoView()")
        shoot(page, "trust")
        page.locator("#mm-changes summary").click()
        page.locator("#mm-changes").evaluate("panel => panel.scrollIntoView({ block: 'center' })")
        shoot(page, "changes")
        phone = answered(browser, url + "?__theme=dark", PHONE, locale="zh-CN")
        phone.locator("#mm-why").evaluate("panel => panel.scrollIntoView()")
        shoot(phone, "why-phone")


def answered(browser: Browser, url: str, size: dict[str, int], locale: str = "en-GB") -> Page:
    """Open the page, wait until the first example is finished and judged, and ask why."""
    page = browser.new_page(viewport=size, locale=locale)
    page.goto(url)
    page.wait_for_selector(".mm-standing", timeout=120_000)
    page.wait_for_selector(".mm-remarks", timeout=120_000)
    page.locator(".mm-ask").click()
    page.wait_for_selector(".mm-concluded", timeout=240_000)
    page.evaluate("scrollTo(0, 0)")
    return page


if __name__ == "__main__":
    main()
