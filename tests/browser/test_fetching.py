"""A public model that is not here, as a visitor meets it."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_access import grave

pytestmark = pytest.mark.browser


def test_by_keyboard_the_hub_is_asked_and_what_can_be_done_without_it_is_said(open_page):
    opened = open_page()
    page = opened.page
    expect(page.locator("#mm-fetching")).to_have_count(0)
    page.locator("#mm-model input").click()
    page.get_by_role("option", name="CLIP ViT-B/32").first.click()
    expect(page.locator(".mm-fetch-facts")).to_contain_text("openai/clip-vit-base-patch32")
    expect(page.locator(".mm-fetch-facts")).to_contain_text("605 MB")
    page.locator(".mm-fetch-go").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".mm-fetch-trouble")).to_contain_text(
        "The hub cannot be reached for openai/clip-vit-base-patch32 (Connect"
    )
    expect(page.locator("#mm-fetching")).to_contain_text("hf download openai/clip-vit-base-patch32")
    expect(page.locator(".mm-fetch-go")).to_be_focused()
    assert grave(page) == []
    assert opened.errors == []
