"""A film against a text: by mouse, by keyboard, in both languages, on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.test_access import grave

pytestmark = pytest.mark.browser
DRAWING = 3 * PATIENCE  # milliseconds: the first example is drawn when it is asked for


@pytest.fixture
def open_film(open_page):
    def open_one(query: str = "#film", **context):
        opened = open_page(query, **context)
        if query.endswith("#film"):
            ready(opened.page)
        return opened

    return open_one


def ready(page: Page) -> None:
    page.wait_for_selector(".mm-film-stage", timeout=DRAWING)
    expect(page.locator("body")).not_to_have_class(re.compile("mm-filming"))


def middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(end[0], end[1] - 20, steps=4)
    page.mouse.move(*end, steps=2)
    page.mouse.up()


def test_by_mouse_a_matching_is_looked_at_played_corrected_and_undone(open_film):
    opened = open_film()
    page = opened.page
    video = page.locator(".mm-film-video")
    shots, clauses = page.locator(".mm-film-shot").count(), page.locator(".mm-film-clause").count()
    assert shots >= 5
    assert clauses == 5
    expect(page.locator("#mm-film-text textarea")).to_have_value(re.compile("Before that"))
    assert page.evaluate("document.querySelector('.mm-film-video').readyState") >= 1
    asked = len(opened.requests)
    page.locator(".mm-film-shot").nth(1).hover()
    expect(page.locator(".mm-film-stage")).to_have_class(re.compile("mm-dims"))
    assert page.locator(".mm-film-shot.mm-near").count() < shots
    edges = int(page.locator(".mm-film-stage").get_attribute("data-edges"))
    page.locator("[name=threshold]").fill("0.98")
    assert int(page.locator(".mm-film-stage").get_attribute("data-edges")) < edges
    assert page.locator(".mm-film-shot.mm-apart").count() > 0
    page.locator("[name=threshold]").fill("0.02")
    page.locator("[name=shown]").select_option("change")
    expect(page.locator(".mm-film-matrix")).to_have_attribute("data-shown", "change")
    assert [url for url in opened.requests[asked:] if "/queue/" in url] == []
    page.locator(".mm-film-shot").nth(2).click()
    expect(video).to_have_attribute("data-shot", "3")
    page.wait_for_function("() => { const v = document.querySelector('.mm-film-video'); return v.paused && v.currentTime > 2 }")
    drag(page, middle(page, ".mm-film-shot >> nth=0"), middle(page, ".mm-film-clause >> nth=4"))
    expect(page.locator(".mm-film-chips")).to_contain_text("shot 1 – clause 5")
    expect(page.locator(".mm-film-edge.mm-fixed")).to_have_count(1)
    page.locator(".mm-film-undo").click()
    expect(page.locator(".mm-film-chips")).to_have_count(0)
    page.locator("[name=versus]").select_option("monotone")
    expect(page.locator(".mm-film-versus [role=status]")).to_contain_text(re.compile("differ in|agree"))
    assert opened.errors == []


def test_by_keyboard_alone_in_chinese(open_film):
    opened = open_film(locale="zh-CN")
    page = opened.page
    page.locator(".mm-film-stage").focus()
    live = page.locator("#mm-film-view .mm-live")
    page.keyboard.press("ArrowRight")
    expect(live).to_contain_text("第 2 个镜头")
    page.keyboard.press("ArrowDown")
    expect(live).to_contain_text("分句")
    page.keyboard.press("ArrowUp")
    expect(live).to_contain_text("第 2 个镜头")
    page.keyboard.press("Enter")
    expect(page.locator(".mm-film-video")).to_have_attribute("data-shot", "2")
    page.keyboard.press("c")
    expect(live).to_contain_text("回车连接")
    for key in ("End", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".mm-film-chips")).to_contain_text("镜头 2 – 分句 5")
    expect(page.locator(".mm-film-stage")).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(".mm-film-chips")).to_contain_text("不是分句 5")
    shots = page.locator(".mm-film-shot").count()
    for key in ("ArrowUp", "Home", "m"):
        page.keyboard.press(key)
    expect(page.locator(".mm-film-shot")).to_have_count(shots - 1)
    for _ in range(3):
        page.keyboard.press("Control+z")
        expect(page.locator("body")).not_to_have_class(re.compile("mm-filming"))
    expect(page.locator(".mm-film-shot")).to_have_count(shots)
    expect(page.locator(".mm-film-chips")).to_have_count(0)
    page.locator("#mm-film-view .mm-list summary").click()
    expect(page.locator("#mm-film-view .mm-list tbody tr").first).to_be_visible()
    assert opened.errors == []


def test_nothing_of_the_tab_is_made_before_it_is_opened_and_a_film_that_is_none_is_one_sentence(open_film):
    opened = open_film("")
    page = opened.page
    assert page.locator("#mm-film").count() == 0
    assert "buildStrip" not in page.content()
    page.locator("[role=tab][data-tab=film]").click()
    ready(page)
    page.locator("#mm-film-video").get_by_label("Clear").click()
    no_film = {"name": "mine.mp4", "mimeType": "video/mp4", "buffer": b"no film at all"}
    page.locator("#mm-film-video input[type=file]").set_input_files(no_film)
    expect(page.locator("#mm-film-video")).to_contain_text("mine")
    page.locator("#mm-film-go").click()
    expect(page.get_by_test_id("toast-body")).to_contain_text("is no film that can be read")
    expect(page.locator("body")).not_to_have_class(re.compile("mm-filming"))
    page.locator("#mm-film-examples .mm-set").first.click()
    expect(page.locator("#mm-film-video")).to_contain_text("film-")
    expect(page.locator("body")).not_to_have_class(re.compile("mm-filming"))
    expect(page.locator(".mm-film-stage")).to_be_visible()
    assert opened.errors == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_nobody_is_kept_out_and_nothing_scrolls_sideways(open_film, theme, width):
    page = open_film(f"?__theme={theme}#film", viewport={"width": width, "height": 900}).page
    if width < 1024:
        expect(page.locator("#mm-film-go")).to_be_hidden()
        page.locator("#mm-fold-film button").click()
    expect(page.locator("#mm-film-go")).to_be_visible()
    page.locator(".mm-film-clause").nth(1).click()
    page.locator("[data-keeps=act-split_clause]").click()
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
