"""From the matrix to a pair, a word, a patch, and back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_page import png
from tests.browser.test_pair_tab import saved

pytestmark = pytest.mark.browser
CELLS = """() => { const c = document.querySelector('.mm-grid-canvas');
  return c.toDataURL(); }"""


@pytest.fixture
def open_matrix(open_page):
    def open_one(**context):
        opened = open_page("#matrix", **context)
        opened.page.wait_for_selector(".mm-grid-canvas")
        opened.page.wait_for_selector(".mm-recall")
        expect(opened.page.locator("body")).not_to_have_class(re.compile("mm-comparing"))
        return opened

    return open_one


def point(page: Page, row: int, column: int) -> dict[str, float]:
    """Where a cell of the 20 x 20 set is."""
    focus = page.locator(".mm-grid-focus").bounding_box()  # on the first cell
    return {"x": focus["x"] + (column + 0.5) * focus["width"], "y": focus["y"] + (row + 0.5) * focus["height"]}


def test_by_keyboard_alone_from_the_matrix_to_a_pair_a_word_a_patch_and_back(open_page):
    opened = open_page()
    page = opened.page
    page.wait_for_selector(".mm-standing")
    _tab_to(page, "[role=tab][aria-selected=true]")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".mm-recall")
    _tab_to(page, ".mm-grid-stage")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(".mm-info-words")).to_contain_text("text 3, picture 2")
    text = page.locator(".mm-info-text").text_content()
    page.keyboard.press("Enter")
    expect(page.locator(".mm-sentence")).to_have_text(re.compile(re.escape(text.split()[-1])))
    expect(page.locator(".mm-unit:focus")).to_have_count(1)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mm-unit").nth(1)).to_have_attribute("aria-selected", "true")
    _tab_to(page, ".mm-stage")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".mm-hint")).to_contain_text("patches: 1")
    page.go_back()
    expect(page.locator(".mm-grid-stage")).to_be_focused()
    expect(page.locator(".mm-info-words")).to_contain_text("text 3, picture 2")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".mm-info-words")).to_contain_text("text 3, picture 1")
    assert opened.errors == []


def _tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(name) => document.activeElement.matches(name)", name):
            return
    raise AssertionError(f"Tab does not reach {name}")


def test_by_mouse_from_the_matrix_to_a_pair_and_back(open_matrix):
    opened = open_matrix()
    page = opened.page
    asked = opened.rest()
    at = point(page, 4, 3)
    page.mouse.move(at["x"], at["y"])
    expect(page.locator(".mm-info-words")).to_contain_text("text 5, picture 4")
    text = page.locator(".mm-info-text").text_content()
    assert opened.requests[asked:] == []
    page.mouse.click(at["x"], at["y"])
    expect(page.locator("#mm-text textarea")).to_have_value(text)
    expect(page.locator("body")).not_to_have_class(re.compile("mm-running"))
    page.locator(".mm-unit").nth(2).hover()
    page.locator(".mm-stage").click()
    expect(page.locator(".mm-hint")).to_contain_text("patches: 1")
    page.go_back()
    expect(page.locator(".mm-grid-stage")).to_be_visible()
    expect(page.locator(".mm-stage")).to_be_hidden()
    assert opened.errors == []


def test_scales_and_orders_change_without_asking_the_server(open_matrix):
    opened = open_matrix()
    page = opened.page
    asked, seen = opened.rest(), [page.evaluate(CELLS)]
    for scale in ("softmax-row", "softmax-column", "sigmoid", "percentile", "logit"):
        page.locator("[name=scale]").select_option(scale)
        expect(page.locator(".mm-grid-stage")).to_have_attribute("data-scale", scale)
        seen.append(page.evaluate(CELLS))
    assert len(set(seen[:-1])) == 5
    page.locator("[name=sort]").select_option("strongest")
    assert page.evaluate(CELLS) != seen[-1]
    assert opened.requests[asked:] == []


def test_the_strongest_pairs_stand_first(open_matrix):
    page = open_matrix().page
    page.locator("[name=sort]").select_option("strongest")
    box = page.locator(".mm-grid-canvas").bounding_box()
    page.locator(".mm-grid-stage").focus()
    for key in ("Home", "PageUp", "PageUp"):
        page.keyboard.press(key)
    expect(page.locator(".mm-info-words")).to_contain_text("this text's best picture · this picture's best text")
    assert box["width"] > 400


def test_own_texts_and_pictures_are_compared_and_what_was_left_out_is_named(open_matrix):
    page = open_matrix().page
    page.get_by_label("Clear").last.click()
    files = [{"name": f"p{i}.png", "mimeType": "image/png", "buffer": png((30 + i, 20))} for i in range(4)]
    files.append({"name": "broken.png", "mimeType": "image/png", "buffer": b"no picture"})
    page.locator("#mm-pictures input[type=file]").last.set_input_files(files)
    expect(page.locator("#mm-pictures")).to_contain_text("broken")
    page.locator("#mm-texts textarea").fill("a red cat\n\n<img src=x onerror=document.title='taken'> dog\ntwo dogs")
    page.locator("#mm-compare").click()
    expect(page.locator(".mm-size")).to_have_text("3 texts × 4 pictures")
    expect(page.locator("#mm-recall")).to_contain_text("Line 2 was left out: The text is empty")
    expect(page.locator("#mm-recall")).to_contain_text("broken.png was left out")
    page.locator("#mm-cells .mm-list summary").click()
    expect(page.locator("#mm-cells tbody")).to_contain_text("onerror=")
    assert page.title() != "taken"


def test_an_example_set_runs_and_marks_its_pairs(open_matrix):
    page = open_matrix().page
    page.locator(".mm-set", has_text="Two languages").click()
    expect(page.locator(".mm-size")).to_have_text("20 texts × 10 pictures")
    expect(page.locator("#mm-recall")).to_contain_text("of 20 pairs")
    expect(page.locator("#mm-texts textarea")).to_have_value(re.compile("[\u4e00-\u9fff]"))


@pytest.mark.parametrize("name", ["PNG", "CSV"])
def test_the_matrix_can_be_taken_along(open_matrix, tmp_path, name):
    page = open_matrix().page
    page.locator("[name=scale]").select_option("sigmoid")
    saved(page, name, tmp_path / "file")
    content = (tmp_path / "file").read_bytes()
    assert content.startswith({"PNG": b"\x89PNG", "CSV": b"\xef\xbb\xbfsigmoid,"}[name])


def test_stop_gives_the_matrix_back_and_the_answer_before_stays(open_matrix):
    page = open_matrix().page
    size = page.locator(".mm-size").text_content()
    page.route("**/queue/data*", lambda route: None)  # the answer is on its way and does not come
    page.locator("#mm-sets .mm-set").last.click()
    expect(page.locator("body")).to_have_class(re.compile("mm-comparing"))
    page.locator("#mm-matrix-stop").click()
    expect(page.locator("body")).not_to_have_class(re.compile("mm-comparing"))
    expect(page.locator("#mm-matrix-stop")).to_be_hidden()
    assert page.locator(".mm-size").text_content() == size


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_on_a_phone_the_matrix_does_not_scroll_the_page_sideways_and_a_tap_points_first(open_matrix, locale):
    page = open_matrix(locale=locale, viewport={"width": 390, "height": 844}, has_touch=True).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = [page.locator(name).bounding_box()["y"] for name in (".mm-info", ".mm-grid-stage", "#mm-recall", "#mm-fold-matrix")]
    assert tops == sorted(tops)
    at = point(page, 6, 2)
    page.touchscreen.tap(at["x"], at["y"])
    expect(page.locator(".mm-info-words")).to_contain_text("text 7, picture 3" if locale == "en-US" else "第 7 句，第 3 图")
    page.locator(".mm-open-pair").tap()
    expect(page.locator(".mm-stage")).to_be_visible()


def test_the_matrix_speaks_chinese_after_a_switch_without_running_again(open_matrix):
    page = open_matrix().page
    page.locator(".mm-language", has_text="中文").click()
    expect(page.locator("#mm-compare")).to_have_text("比较")
    expect(page.locator("#mm-cells")).to_contain_text("标度")
    expect(page.locator("#mm-recall")).to_contain_text("以文找图")
    expect(page.locator("#mm-sets .mm-set").first).to_contain_text("场景")


def test_the_matrix_asks_no_other_machine_for_anything(open_matrix, served):
    opened = open_matrix()
    opened.page.locator("#mm-sets .mm-set").nth(1).click()
    expect(opened.page.locator(".mm-size")).to_have_text("20 texts × 10 pictures")
    assert [url for url in opened.requests if not url.startswith((served.url, "data:", "blob:"))] == []
