"""Models that read text and picture together, as a visitor meets them on both tabs."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_page import pixels, wait_for_other_pixels

pytestmark = pytest.mark.browser


def choose(page: Page, menu: str, name: str) -> None:
    page.locator(f"{menu} input").first.click()
    page.locator(f"li[role=option][aria-label='{name}']").click()


def show(page: Page, model: str = "blip-mini", method: str = "Attention") -> None:
    """Choose a model and a method, and show the first example by them."""
    choose(page, "#mm-model", model)
    expect(page.locator("#mm-inputs")).to_contain_text(f"{model} knows")
    choose(page, "#mm-method", method)
    expect(page.locator("#mm-layers")).to_be_visible()
    page.locator("#mm-show").click()
    expect(page.locator("#mm-side")).to_contain_text(f"{model} reads text and picture together")
    expect(page.locator("body")).not_to_have_class(re.compile("mm-running"))


def test_two_kinds_of_score_stand_beside_each_other_and_a_bank_is_matched_on_request(open_page):
    opened = open_page()
    page = opened.page
    show(page)
    expect(page.locator("#mm-score .mm-kind")).to_have_text([re.compile("^match probability"), re.compile("^cosine")])
    expect(page.locator(".mm-standing")).to_have_count(0)
    page.locator(".mm-match").click()
    expect(page.locator(".mm-standing")).to_contain_text("of 64 drawn-world captions, drawn from")
    expect(page.locator(".mm-match")).to_have_count(0)
    assert opened.errors == []


def test_layers_are_chosen_from_a_list_and_change_the_map(open_page):
    page = open_page().page
    show(page)
    before = pixels(page)
    page.locator("#mm-layers input").click()
    expect(page.locator("#mm-layers li[role=option]")).to_have_count(3)
    page.locator("#mm-layers li[role=option]").first.click()
    page.keyboard.press("Escape")
    page.locator("#mm-show").click()
    wait_for_other_pixels(page, before)


def test_the_table_says_word_patch_and_value_and_another_model_stands_beside_on_one_scale(open_page):
    opened = open_page()
    page = opened.page
    show(page)
    page.locator("#mm-table summary").click()
    stage = page.locator(".mm-table-stage")
    stage.hover(position={"x": 128 + 5, "y": 16 + 18 + 5})
    expect(page.locator(".mm-table-said")).to_contain_text(
        re.compile(r"^purple · row 1, column 1 · [\d.]+ \(share of the whole\)$")
    )
    asked = len(opened.requests)
    stage.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mm-table-said")).to_contain_text("crown · row 1, column 2 · ")
    assert opened.requests[asked:] == []
    page.locator("[name=beside]").select_option("blip-plain-mini")
    expect(page.locator(".mm-table")).to_have_count(2)
    joint = [one.get_attribute("data-ends") for one in page.locator(".mm-table-stage").all()]
    page.locator("[name=own-table]").check()
    own = [one.get_attribute("data-ends") for one in page.locator(".mm-table-stage").all()]
    assert joint[0] == joint[1]
    assert own[0] != own[1]
    page.locator("[name=beside]").select_option("")
    expect(page.locator(".mm-table")).to_have_count(1)
    assert opened.errors == []


def test_the_matrix_says_its_passes_beforehand_and_compares_by_matching_on_scales_that_mean_something(open_page):
    opened = open_page("#matrix")
    page = opened.page
    page.wait_for_selector(".mm-recall")
    expect(page.locator("#mm-by")).to_be_hidden()
    expect(page.locator("#mm-passes")).to_contain_text("20 texts and 20 pictures are 40 passes")
    choose(page, "#mm-matrix-model", "blip-mini")
    page.locator("#mm-by label", has_text="by matching").click()
    expect(page.locator("#mm-passes")).to_contain_text("20 × 20 = 400 passes instead of 40")
    page.locator("#mm-compare").click()
    expect(page.locator("#mm-recall")).to_contain_text("by matching: text and picture read together")
    expect(page.locator(".mm-scale-name").last).to_have_text("by matching · probability: each pair by itself")
    names = page.locator("[name=scale] option").evaluate_all("(found) => found.map((option) => option.value)")
    assert names == ["probability", "logit", "softmax-row", "softmax-column", "percentile"]
    page.locator("[name=sort]").select_option("strongest")
    page.locator("#mm-sets .mm-set").last.click()
    expect(page.locator(".mm-size")).to_have_text("20 texts × 10 pictures")
    page.locator("#mm-by label", has_text="by contrast").click()
    page.locator("#mm-compare").click()
    expect(page.locator("#mm-recall")).to_contain_text("by contrast; logit")
    expect(page.locator("[name=scale]")).to_have_value("cosine")
    assert opened.errors == []


def test_a_cell_that_was_matched_opens_as_a_pair_read_together(open_page):
    page = open_page("#matrix").page
    page.wait_for_selector(".mm-recall")
    choose(page, "#mm-matrix-model", "vilt-mini")
    expect(page.locator("#mm-by")).to_be_hidden()
    page.locator("#mm-sets .mm-set").last.click()
    expect(page.locator("#mm-recall")).to_contain_text("vilt-mini, by matching", timeout=60_000)
    page.locator(".mm-grid-stage").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#mm-side")).to_contain_text("vilt-mini reads text and picture together")
    expect(page.locator("#mm-score .mm-kind")).to_have_text(re.compile("^match probability"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_the_table_scrolls_by_itself_and_nothing_else_sideways(open_page, theme):
    page = open_page(f"?__theme={theme}", viewport={"width": 390, "height": 844}, has_touch=True).page
    page.locator("#mm-table summary").tap()
    expect(page.locator(".mm-table-stage canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
