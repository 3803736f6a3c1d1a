"""Why, other words and a region, as a visitor meets them."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_access import grave
from tests.browser.test_matrix_tab import _tab_to

pytestmark = pytest.mark.browser


@pytest.fixture
def answered(open_page):
    def open_one(**context):
        opened = open_page(**context)
        opened.page.wait_for_selector(".mm-standing")
        opened.page.wait_for_selector("#mm-changes summary")
        return opened

    return open_one


def open_part(page: Page, name: str) -> None:
    page.locator(f"{name} summary").click()
    expect(page.locator(f"{name} details")).to_have_attribute("open", "")


def test_why_asks_every_question_ends_in_a_verdict_and_leads_to_what_shows_it(answered):
    opened = answered()
    page = opened.page
    page.locator(".mm-ask").click()
    expect(page.locator(".mm-concluded")).to_contain_text("In short")
    expect(page.locator(".mm-finding")).to_have_count(8)
    expect(page.locator("#mm-why .mm-busy")).to_have_count(0)
    page.locator("[data-step=edits] .mm-go").click()
    expect(page.locator("#mm-changes details")).to_have_attribute("open", "")
    expect(page.locator("#mm-changes summary")).to_be_focused()
    with page.expect_download() as saved:
        page.locator(".mm-save").click()
    assert saved.value.suggested_filename == "mmviz-why.json"
    assert opened.errors == []


def test_by_keyboard_a_word_is_replaced_and_score_percentile_and_map_move(answered):
    opened = answered()
    page = opened.page
    before = page.locator(".mm-sentence").text_content()
    _tab_to(page, "#mm-changes summary")
    page.keyboard.press("Enter")
    _tab_to(page, "[name=mm-word]")
    page.locator("[name=mm-word]").select_option(label="purple")
    page.keyboard.press("Tab")
    expect(page.locator("[name=mm-new]")).to_be_focused()
    page.keyboard.type("orange")
    page.keyboard.press("Enter")
    expect(page.locator(".mm-sentence")).to_contain_text("orange")
    expect(page.locator("#mm-text textarea")).to_have_value(re.compile("^an orange crown"))
    expect(page.locator(".mm-moved .mm-row")).to_have_count(2)
    expect(page.locator(".mm-moved")).to_contain_text("other texts lower")
    expect(page.locator("body")).not_to_have_class(re.compile("mm-running"))
    expect(page.locator(".mm-standing")).to_be_visible()
    page.locator(".mm-back").click()
    expect(page.locator(".mm-sentence")).to_have_text(before)
    assert opened.errors == []


def test_words_left_out_and_edits_tried_are_listed_and_an_edit_is_taken(answered):
    opened = answered()
    page = opened.page
    open_part(page, "#mm-changes")
    page.locator(".mm-leave").click()
    expect(page.locator(".mm-left .mm-chance").first).to_be_visible()
    page.locator(".mm-try").click()
    expect(page.locator(".mm-tried")).to_contain_text("edits")
    expect(page.locator(".mm-left")).to_be_visible()
    page.locator(".mm-tried .mm-sign").first.click()
    expect(page.locator(".mm-moved .mm-row")).to_have_count(2)
    expect(page.locator(".mm-tried")).to_have_count(0)
    assert opened.errors == []


def test_a_box_is_dragged_on_the_picture_and_says_which_words_look_into_it(answered):
    opened = answered()
    page = opened.page
    open_part(page, "#mm-region")
    page.locator(".mm-draw").click()
    stage = page.locator(".mm-stage").bounding_box()
    page.mouse.move(stage["x"] + 0.2 * stage["width"], stage["y"] + 0.3 * stage["height"])
    page.mouse.down()
    page.mouse.move(stage["x"] + 0.6 * stage["width"], stage["y"] + 0.8 * stage["height"], steps=4)
    page.mouse.up()
    expect(page.locator(".mm-region-result tbody tr").first).to_be_visible()
    expect(page.locator(".mm-patch")).to_have_count(0)
    edges = [float(page.locator(f"[name=mm-{name}]").input_value()) for name in ("x0", "y0", "x1", "y1")]
    assert edges == pytest.approx([20, 30, 60, 80], abs=1)
    page.locator(".mm-hide").click()
    expect(page.locator(".mm-region-result")).to_contain_text("the score of the pair changes by")
    assert opened.errors == []


def test_a_box_is_typed_and_shown_on_the_picture_and_a_wrong_one_is_not_sent(answered):
    page = answered().page
    open_part(page, "#mm-region")
    for name, value in (("x0", "50"), ("y0", "0"), ("x1", "40"), ("y1", "100")):
        page.locator(f"[name=mm-{name}]").fill(value)
    page.locator(".mm-look").click()
    expect(page.locator("[name=mm-x0]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".mm-region-box")).to_be_hidden()
    page.locator("[name=mm-x1]").fill("90")
    page.locator("[name=mm-x1]").press("Tab")
    expect(page.locator(".mm-region-box")).to_be_visible()
    page.locator(".mm-look").click()
    expect(page.locator(".mm-region-result")).to_contain_text("of what the model sees")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_scrolls_sideways(answered, theme):
    page = answered(query=f"?__theme={theme}", viewport={"width": 390, "height": 844}, has_touch=True).page
    for name in ("#mm-changes", "#mm-region"):
        open_part(page, name)
    page.locator(".mm-leave").click()
    expect(page.locator(".mm-left .mm-chance").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_panels(answered, theme):
    page = answered(query=f"?__theme={theme}").page
    for name in ("#mm-changes", "#mm-region"):
        open_part(page, name)
    page.locator(".mm-try").click()
    expect(page.locator(".mm-tried")).to_be_visible()
    page.locator(".mm-ask").click()
    expect(page.locator(".mm-concluded")).to_be_visible()
    assert grave(page) == []
