"""A against B, as a visitor meets it."""

import re

import PIL.Image
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_access import grave
from tests.browser.test_matrix_tab import _tab_to

pytestmark = pytest.mark.browser


def differ(page: Page, name: str) -> None:
    page.locator("#mm-versus-differs input").click()
    page.get_by_role("option", name=name, exact=True).click()


@pytest.fixture
def unfolded(open_page):
    def open_one(**context):
        opened = open_page(**context)
        opened.page.wait_for_selector(".mm-standing")
        opened.page.locator("#mm-fold-versus button").click()
        expect(opened.page.locator("#mm-versus-model")).to_be_visible()
        return opened

    return open_one


def test_another_model_stands_beside_the_first_and_every_place_says_both_and_their_difference(unfolded):
    opened = unfolded()
    page = opened.page
    page.locator("#mm-versus-go").click()
    expect(page.locator(".mm-opposed-figure")).to_have_count(3)
    expect(page.locator(".mm-busy")).to_have_count(0)
    rows = page.locator(".mm-opposed-table tbody tr")
    page.locator(".mm-opposed-unit").nth(1).click()
    expect(page.locator(".mm-opposed-table tr.mm-chosen")).to_contain_text(page.locator(".mm-opposed-unit").nth(1).text_content())
    page.locator(".mm-opposed-side").nth(1).hover()
    expect(page.locator(".mm-opposed-said")).to_contain_text(re.compile(r"A [\d.]+.* · B [\d.]+.* · B − A [+−]?[\d.]+"))
    page.get_by_role("button", name="sort by: B − A").click()
    shown = [float(text.replace("−", "-")) for text in rows.locator("td:nth-child(4)").all_text_contents()]
    assert [abs(value) for value in shown] == sorted(map(abs, shown), reverse=True)
    page.locator("#mm-versus .mm-menu summary").click()
    with page.expect_download() as saved:
        page.locator("#mm-versus .mm-choices button").first.click()
    assert saved.value.suggested_filename.endswith(".csv")
    assert grave(page) == []
    page.get_by_role("button", name="中文").click()
    expect(page.locator(".mm-opposed-table h2")).to_have_text("每个词变了多少")
    page.locator(".mm-example").nth(2).click()
    expect(page.locator("#mm-versus .mm > *")).to_have_count(0)
    assert opened.errors == []


def test_by_keyboard_a_text_is_changed_and_words_and_places_are_walked(unfolded):
    opened = unfolded(viewport={"width": 390, "height": 844})
    page = opened.page
    differ(page, "text")
    field = page.locator("#mm-versus-text textarea")
    expect(field).not_to_have_value("")
    field.press("End")
    field.type(" <img src=x onerror=alert(1)>")
    field.press("Enter")
    expect(page.locator(".mm-opposed-lone", has_text="onerror").first).to_contain_text("only in B")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    _tab_to(page, "#mm-versus .mm-opposed-unit[tabindex='0']")
    page.keyboard.press("Home")
    expect(page.locator(".mm-opposed-unit").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mm-opposed-unit").nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".mm-trio")).to_be_focused()
    page.keyboard.press("ArrowRight")
    first = page.locator(".mm-opposed-said").text_content()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".mm-opposed-said")).not_to_have_text(first)
    assert page.locator(".mm-opposed-figure .mm-cursor:not([hidden])").count() == 3
    page.keyboard.press("Escape")
    assert page.locator(".mm-opposed-figure .mm-cursor:not([hidden])").count() == 0
    assert opened.errors == []


def test_a_picture_of_another_shape_is_shown_without_a_difference_and_no_picture_is_a_sentence(unfolded, tmp_path):
    opened = unfolded()
    page = opened.page
    differ(page, "picture")
    page.locator("#mm-versus-go").click()
    expect(page.get_by_text("B has no picture")).to_be_visible()
    PIL.Image.new("RGB", (60, 180), "teal").save(tmp_path / "tall.png")
    page.locator("#mm-versus-picture input[type=file]").set_input_files(tmp_path / "tall.png")
    expect(page.locator("#mm-versus-picture img")).to_be_visible()
    page.locator("#mm-versus-go").click()
    expect(page.locator(".mm-opposed-figure")).to_have_count(2)
    expect(page.locator("#mm-versus")).to_contain_text("different shapes")
    assert opened.errors == []
