"""Small maps and the overview of heads, as a visitor meets them."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from mmviz.models.clip import offers
from mmviz.registry import methods
from tests.browser.test_access import grave

pytestmark = pytest.mark.browser
#: Methods of the model the page begins with.
SERVED = [entry.name for entry in methods if entry.needs <= offers(None)]


@pytest.fixture
def opened(open_page):
    def open_panel(name: str, query: str = "", **context):
        found = open_page(query, **context)
        found.page.wait_for_selector(".mm-standing")
        found.page.locator(f"{name} summary").first.click()
        return found

    return open_panel


def test_all_methods_stand_side_by_side_and_a_click_makes_one_the_large_map(opened):
    found = opened("#mm-multiples")
    page = found.page
    page.locator(".mm-by-methods").click()
    tiles = page.locator(".mm-tiles button")
    expect(tiles).to_have_count(len(SERVED))
    expect(page.locator(".mm-tiles [aria-pressed=true] img")).to_have_attribute("alt", "Relevance")
    page.locator(".mm-tile", has_text="Attention").locator("button").click()
    expect(page.locator("#mm-method input")).to_have_value(re.compile("^Attention"))
    expect(page.locator(".mm-scale-name")).to_have_text("share of the whole")
    expect(page.locator(".mm-tiles [aria-pressed=true] img")).to_have_attribute("alt", "Attention")
    with page.expect_download() as saved:
        page.locator("#mm-multiples .mm-save").click()
    maps = json.loads(Path(saved.value.path()).read_text("utf-8"))["maps"]
    assert [one["method"] for one in maps] == SERVED
    assert found.errors == []


def test_by_keyboard_words_and_layers_are_walked_and_chosen(opened):
    found = opened("#mm-multiples", viewport={"width": 390, "height": 844})
    page = found.page
    page.locator(".mm-by-words").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".mm-tiles [aria-pressed=true]")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mm-tiles button").nth(1)).to_be_focused()
    expect(page.locator("#mm-multiples .mm-live")).to_contain_text("purple: strongest at row")
    page.keyboard.press("Enter")
    expect(page.locator("#mm-overlay .mm-unit").nth(1)).to_have_attribute("aria-selected", "true")
    page.locator("[name=mm-layered]").select_option("gradcam")
    page.locator(".mm-by-layers").click()
    expect(page.locator(".mm-tiles button")).to_have_count(2)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#mm-overlay .mm-unit").nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.locator("#mm-multiples .mm-live")).to_have_text("on the large picture: layer 1")
    expect(page.locator("body")).not_to_have_class(re.compile("mm-running"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert found.errors == []


def test_heads_are_ranked_and_a_chosen_one_fills_the_menus(opened):
    found = opened("#mm-heads", "?__theme=dark")
    page = found.page
    expect(page.locator(".mm-weigh-heads")).to_contain_text("2 × 6 heads: up to 160 passes")
    page.locator(".mm-weigh-heads").click()
    expect(page.locator(".mm-head")).to_have_count(12)
    expect(page.locator(".mm-head[tabindex='0'] .mm-head-place")).to_have_text("1.")
    assert grave(page) == []
    page.locator(".mm-head").nth(7).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#mm-heads .mm-live")).to_contain_text("layer 1, head 2")
    page.keyboard.press("Enter")
    for name, number in (("layers", "1"), ("heads", "2")):
        expect(page.locator(f"#mm-{name} .token")).to_have_text([re.compile(number)])
    expect(page.locator(".mm-head[aria-pressed=true]")).to_have_count(1)
    assert found.errors == []
