"""Draw the pictures of what is set beside each other: methods, heads, two models, and how true each method is."""

from pair import DESK, PHONE, looked_at, opened, shoot
from playwright.sync_api import Page, expect


def main() -> None:
    """Write side-by-side, heads, versus, methods and versus-phone as WebP beside this file."""
    with looked_at() as (browser, url):
        page = opened(browser, url, DESK)
        page.locator("#mm-multiples summary").first.click()
        page.locator(".mm-by-methods").click()
        expect(page.locator("#mm-multiples .mm-busy")).to_have_count(0, timeout=240_000)
        page.wait_for_selector(".mm-tiles button")
        show(page, "#mm-multiples", "side-by-side")
        page.locator("#mm-multiples summary").first.click()
        page.locator("#mm-heads summary").first.click()
        page.locator(".mm-weigh-heads").click()
        page.wait_for_selector(".mm-head", timeout=240_000)
        show(page, "#mm-heads", "heads")
        page.locator("#mm-heads summary").first.click()
        compare(page)
        show(page, "#mm-versus", "versus")
        page.locator("[role=tab][data-tab=methods]").click()
        page.wait_for_selector(".mm-truth tbody")
        page.evaluate("scrollTo(0, 0)")
        shoot(page, "methods")
        phone = opened(browser, url + "?__theme=dark", PHONE)
        compare(phone)
        show(phone, "#mm-versus", "versus-phone")


def compare(page: Page) -> None:
    """Set another model against the answer."""
    page.locator("#mm-fold-versus button").click()
    page.locator("#mm-versus-go").click()
    expect(page.locator(".mm-opposed-figure")).to_have_count(3, timeout=120_000)


def show(page: Page, panel: str, name: str) -> None:
    """Draw what is seen with a panel at the top."""
    page.locator(panel).evaluate("panel => panel.scrollIntoView()")
    shoot(page, name)


if __name__ == "__main__":
    main()
