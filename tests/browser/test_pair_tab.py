"""What the pair tab can do beyond hovering: pins, own scales, zoom, phrases, files, a score made readable."""

import json
import re

import PIL.Image
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_page import ask, pixels, unit

pytestmark = pytest.mark.browser


def test_pinned_words_stand_side_by_side_on_the_common_scale(open_page):
    page = open_page().page
    for word in ("purple", "crown", "a purple crown"):
        unit(page, word).click()
    expect(page.locator(".mm-mini")).to_have_count(3)
    expect(page.locator(".mm-mini-name")).to_have_text(["purple", "crown", "a purple crown"])
    assert bytes(page.evaluate(MINI, 2)) == pixels(page)
    page.locator(".mm-mini .mm-sign").first.click()
    expect(page.locator(".mm-mini-name")).to_have_text(["crown", "a purple crown"])
    unit(page, "crown").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".mm-side-by-side")).to_be_hidden()


MINI = """(index) => { const c = document.querySelectorAll('.mm-mini canvas')[index];
  return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]; }"""


def test_each_on_its_own_scale_is_said_at_the_colour_bar(open_page):
    page = open_page().page
    unit(page, "the").hover()
    common, ends = pixels(page), page.locator(".mm-ends").text_content()
    page.locator("[name=own]").check()
    unit(page, "the").hover()
    expect(page.locator(".mm-scale")).to_contain_text("of “the” alone")
    assert page.locator(".mm-ends").text_content() != ends
    assert pixels(page) != common
    assert max(pixels(page)[3::4]) > max(common[3::4])
    page.locator("[name=own]").uncheck()
    unit(page, "the").hover()
    assert pixels(page) == common


def test_the_picture_comes_closer_by_wheel_buttons_and_keys_and_patches_stay_where_they_are(open_page):
    page = open_page().page
    box = page.locator(".mm-stage").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.9)
    tip = page.locator(".mm-tip").text_content()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    expect(page.locator(".mm-closer")).to_have_count(1)
    page.mouse.move(box["x"] + box["width"] * 0.9 + 1, box["y"] + box["height"] * 0.9)
    assert page.locator(".mm-tip").text_content() == tip
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    page.locator(".mm-stage").focus()
    layer = page.locator(".mm-layer")
    before = layer.bounding_box()
    page.keyboard.press("Shift+ArrowLeft")
    assert layer.bounding_box()["x"] > before["x"]
    page.keyboard.press("0")
    expect(page.locator(".mm-closer")).to_have_count(0)
    page.get_by_label("zoom in (+)").click()
    expect(page.locator(".mm-closer")).to_have_count(1)
    page.keyboard.press("Tab")
    assert layer.bounding_box()["width"] == pytest.approx(1.5 * box["width"], rel=0.01)


def test_dragging_over_words_reads_them_as_a_phrase(open_page):
    page = open_page().page
    first, last = (unit(page, word).locator(".mm-label") for word in ("small", "ducks"))
    first.hover()  # waits until nothing moves any more
    page.mouse.down()
    end = last.bounding_box()
    page.mouse.move(end["x"] + 5, end["y"] + 5, steps=6)
    expect(page.locator(".mm-live")).to_contain_text("phrase “small yellow ducks”")
    page.mouse.up()
    expect(unit(page, "small yellow ducks")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".mm-pinned")).to_have_count(0)


def test_a_phrase_can_be_chosen_by_keyboard_and_the_focus_goes_to_it(open_page):
    page = open_page().page
    unit(page, "two").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(unit(page, "two small yellow")).to_be_focused()


def test_the_score_is_set_against_a_bank_and_other_captions(open_page):
    page = open_page().page
    expect(page.locator(".mm-standing")).to_contain_text("drawn-world captions score lower")
    expect(page.locator(".mm-standing")).to_contain_text(re.compile("bove distractors"))
    page.locator("#mm-fold-against button").click()
    page.locator("#mm-others textarea").fill("a red dog\ntwo green trees")
    page.locator("#mm-others textarea").blur()
    expect(page.locator(".mm-chance")).to_have_count(3)
    page.locator("#mm-bank input").click()
    page.get_by_role("option", name="everyday-photograph sentences").click()
    expect(page.locator(".mm-standing")).to_contain_text("everyday-photograph sentences score lower")
    lines = "\n".join(f"cat number {i}" for i in range(25))
    page.locator("#mm-own input[type=file]").set_input_files(
        {"name": "my.txt", "mimeType": "text/plain", "buffer": lines.encode()}
    )
    expect(page.locator(".mm-standing")).to_contain_text("of 25 sentences of my.txt score lower")


@pytest.mark.parametrize("name", ["PNG", "JSON"])  # that every format is written is tested at the handler
def test_an_answer_can_be_taken_along(open_page, tmp_path, name):
    page = open_page().page
    path = tmp_path / name.lower()
    saved(page, name, path)
    content = path.read_bytes()
    if name == "PNG":
        with PIL.Image.open(path) as picture:
            assert picture.width > 900
            assert len(picture.convert("RGB").resize((60, 60)).getcolors(9999)) > 200
    else:
        assert json.loads(content)["text"] == "a purple crown and two small yellow ducks on the beach"


def saved(page: Page, name: str, path) -> None:
    menu = page.locator(".mm-menu:visible")
    menu.locator("summary").click()
    with page.expect_download() as download:
        menu.get_by_role("button", name=re.compile(f"^{name}")).click()
    assert download.value.suggested_filename.endswith(f".{name.lower()}")
    download.value.save_as(path)


def test_the_same_question_again_is_answered_from_the_store_and_says_so(open_page):
    page = open_page().page
    for _ in range(2):
        ask(page, "a purple crown")
        expect(page.locator(".mm-sentence")).not_to_contain_text("beach")
        page.locator("#mm-show").click()
    expect(page.locator(".mm-stored")).to_contain_text("Answered from the store")
