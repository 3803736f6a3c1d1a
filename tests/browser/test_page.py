"""The page as a visitor meets it."""

import base64
import io
import re

import numpy as np
import PIL.Image
import pytest
from playwright.sync_api import Page, expect

from mmviz.ui import modules, widgets

pytestmark = pytest.mark.browser
XSS = "<img src=x onerror=document.title='taken'> ${document.title='taken'} {{value}} cat"


#: As one text: a map of regions has as many pixels as the screen, and millions of single numbers take the browser a minute.
PIXELS = """() => {
  const c = document.querySelector('.mm-map');
  const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  return btoa(Array.from(data, (v) => String.fromCharCode(v)).join(''));
}"""


def pixels(page: Page) -> bytes:
    """The map's pixels, one a patch, as red, green, blue and opacity."""
    return base64.b64decode(page.evaluate(PIXELS))


def wait_for_other_pixels(page: Page, before: bytes) -> None:
    """Wait until the map is another than the one whose pixels were `before`."""
    page.wait_for_function(f"(before) => ({PIXELS})() !== before", arg=base64.b64encode(before).decode())


def unit(page: Page, text: str):
    return page.locator(".mm-unit", has=page.locator(f".mm-label:text-is('{text}')")).first


def ask(page: Page, text: str) -> None:
    """Type a text, press Enter and wait until the words shown are those typed."""
    box = page.locator("#mm-text textarea")
    box.fill(text)
    box.press("Enter")


def upload(page: Page, name: str, content: bytes) -> None:
    page.locator("#mm-inputs input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})


def png(size=(90, 50)) -> bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_hovering_a_word_shows_its_map_without_asking_the_server(open_page):
    opened = open_page()
    page = opened.page
    expect(page.locator(".mm-remarks")).to_be_visible()
    asked = opened.rest()
    unit(page, "crown").hover()
    before = pixels(page)
    for word in ("beach", "ducks", "whole text", "yellow"):
        unit(page, word).hover()
        expect(unit(page, word)).to_have_attribute("aria-selected", "true")
    assert pixels(page) != before
    assert opened.requests[asked:] == []
    assert opened.errors == []


def test_arrow_keys_walk_the_words_enter_pins_and_escape_lets_go(open_page):
    page = open_page().page
    unit(page, "a").focus()
    page.keyboard.press("ArrowRight")
    expect(unit(page, "purple")).to_be_focused()
    expect(page.locator(".mm-live")).to_contain_text("“purple”")
    page.keyboard.press("Enter")
    unit(page, "beach").hover()
    page.locator(".mm-stage").hover()
    expect(unit(page, "purple")).to_have_attribute("aria-selected", "true")
    unit(page, "purple").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".mm-pinned")).to_have_count(0)


def test_choosing_patches_shows_bars_over_the_words(open_page):
    page = open_page().page
    stage = page.locator(".mm-stage")
    before = unit(page, "crown").get_attribute("data-value")
    box = stage.bounding_box()
    stage.click(position={"x": box["width"] * 0.1, "y": box["height"] * 0.1})
    expect(page.locator(".mm-patch")).to_have_count(1)
    expect(page.locator(".mm-hint")).to_contain_text("patches: 1")
    assert unit(page, "crown").get_attribute("data-value") != before
    stage.hover(position={"x": box["width"] * 0.1, "y": box["height"] * 0.1})
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.1, steps=8)
    page.mouse.up()
    assert page.locator(".mm-patch").count() >= 2


def test_arrow_keys_walk_the_patches(open_page):
    page = open_page().page
    page.locator(".mm-stage").focus()
    page.keyboard.press("ArrowDown")
    first = page.locator(".mm-live").text_content()
    page.keyboard.press("ArrowLeft" if "column 5" in first else "ArrowRight")
    expect(page.locator(".mm-live")).not_to_have_text(first)
    page.keyboard.press("Enter")
    expect(page.locator(".mm-hint")).to_contain_text("patches: 1")
    page.keyboard.press("Escape")
    expect(page.locator(".mm-patch")).to_have_count(0)


def test_the_true_boxes_of_a_drawing_can_be_shown(open_page):
    page = open_page().page
    unit(page, "a purple crown").hover()
    page.locator("[name=boxes]").check()
    expect(page.locator(".mm-box")).to_have_count(1)
    page.locator("[name=all]").check()
    assert page.locator(".mm-box").count() >= 3


def test_choosing_an_example_fills_the_inputs_and_runs(open_page):
    page = open_page().page
    page.locator(".mm-untrue summary").click()
    example = page.locator(".mm-example", has=page.locator(".mm-mark")).first
    text = example.locator(".mm-caption").text_content()
    example.click()
    expect(page.locator("#mm-text textarea")).to_have_value(text)
    expect(page.locator(".mm-rival")).to_contain_text(text)
    expect(page.locator("#mm-model input")).to_have_value("clip-plain-mini")


def test_another_method_offers_its_targets_and_waits_for_show(open_page):
    opened = open_page()
    page = opened.page
    shown = pixels(page)
    page.locator("#mm-method input").click()
    page.get_by_role("option", name="Similarity").click()
    expect(page.get_by_label("A word's map is of")).to_be_visible()
    assert pixels(page) == shown
    page.locator("#mm-show").click()
    expect(page.locator(".mm-scale")).to_contain_text("cosine")
    expect(page.locator("body")).not_to_have_class(re.compile("mm-running"))
    assert opened.errors == []


def test_the_language_changes_everywhere_and_stays_after_a_reload(open_page):
    page = open_page().page
    page.locator(".mm-language", has_text="中文").click()
    expect(page.locator("#mm-show")).to_have_text("看")
    expect(page.locator(".mm-controls")).to_contain_text("浓淡")
    expect(page.locator("#mm-score")).to_contain_text("余弦")
    expect(page.locator("#mm-inputs")).to_contain_text("模型")
    page.reload()
    expect(page.locator("#mm-show")).to_have_text("看")


def test_a_browser_that_asks_for_chinese_gets_it(open_page):
    page = open_page(locale="zh-CN").page
    expect(page.locator(".mm-tagline")).to_have_text("哪一部分对应哪一部分")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


def test_dark_and_light_can_be_chosen_and_text_stands_out_in_both(open_page):
    page = open_page("?__theme=light").page
    light = _contrast(page)
    page.locator(".mm-theme").click()
    assert page.evaluate("document.body.classList.contains('dark')")
    assert min(light, _contrast(page)) >= 4.5


def _contrast(page: Page) -> float:
    """The least contrast of our own texts with the page's ground (WCAG 2)."""
    colours = page.evaluate(
        """() => [getComputedStyle(document.querySelector('gradio-app')).backgroundColor,
          ...['.mm-label', '.mm-hint', '.mm-live', '.mm-small', '.mm-kind', '.mm-check', '.mm-value'].map(
            (name) => getComputedStyle(document.querySelector(name)).color)]"""
    )
    ground, *texts = [_luminance([float(v) for v in re.findall(r"[\d.]+", colour)[:3]]) for colour in colours]
    return min((max(ground, text) + 0.05) / (min(ground, text) + 0.05) for text in texts)


def _luminance(rgb: list[float]) -> float:
    linear = [v / 255 / 12.92 if v / 255 <= 0.04045 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in rgb]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def test_gradios_own_labels_stand_out_too(open_page):
    page = open_page("?__theme=light").page
    for _ in range(2):
        assert _label_contrast(page) >= 4.5
        page.locator(".mm-theme").click()


def _label_contrast(page: Page) -> float:
    """The least contrast of labels, hints and the upload's words with the block they stand on."""
    pairs = page.evaluate(
        """() => [...document.querySelectorAll('#mm-inputs [data-testid=block-info], #mm-inputs [data-testid=block-label], #mm-inputs .info')]
          .filter((found) => found.checkVisibility()).map((found) => {
            let ground = found;
            while (getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
            return [getComputedStyle(found).color, getComputedStyle(ground).backgroundColor];
          })"""
    )
    shades = [[_luminance([float(v) for v in re.findall(r"[\d.]+", colour)[:3]]) for colour in pair] for pair in pairs]
    assert len(shades) > 4
    return min((max(pair) + 0.05) / (min(pair) + 0.05) for pair in shades)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_on_a_phone_nothing_scrolls_sideways_and_the_picture_comes_before_the_inputs(open_page, locale):
    page = open_page(locale=locale, viewport={"width": 390, "height": 844}, has_touch=True).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = [page.locator(name).bounding_box()["y"] for name in (".mm-words", ".mm-stage", "#mm-score", "#mm-side", "#mm-inputs")]
    assert tops == sorted(tops)
    expect(page.locator("#mm-text textarea")).to_be_hidden()
    expect(page.locator(".mm-ask")).to_be_visible()  # whoever reads on a phone may ask without unfolding what was asked
    page.locator("#mm-fold-pair button").tap()
    expect(page.locator("#mm-text textarea")).to_be_visible()
    page.locator(".mm-unit").nth(2).tap()
    expect(page.locator(".mm-unit").nth(2)).to_have_attribute("aria-selected", "true")


def test_the_picture_is_the_largest_thing_and_the_words_stay_in_sight(open_page):
    page = open_page().page
    boxes = {name: page.locator(name).bounding_box() for name in (".mm-stage", "#mm-inputs", "#mm-right", ".mm-words")}
    assert boxes[".mm-stage"]["width"] >= 640
    assert max(boxes["#mm-inputs"]["width"], boxes["#mm-right"]["width"]) <= 300
    assert boxes[".mm-words"]["y"] >= 0
    assert boxes[".mm-stage"]["y"] + 0.8 * boxes[".mm-stage"]["height"] < 900


def test_tabs_and_folds_are_made_when_they_are_opened(open_page):
    opened = open_page()
    page = opened.page
    expect(page.locator("#mm-fold-against button")).to_be_visible()
    for name in ("#mm-matrix", "#mm-map", "#mm-methods", "#mm-others", "#mm-versus-go"):
        expect(page.locator(name)).to_have_count(0)
    for fold, inside in (("against", "#mm-others textarea"), ("versus", "#mm-versus-go")):
        page.locator(f"#mm-fold-{fold} button").click()
        expect(page.locator(inside)).to_be_visible()
    expect(page.locator("#mm-versus-text")).to_have_count(0)  # B has another model first
    page.locator("[role=tab][data-tab=methods]").click()
    expect(page.locator("#mm-methods table").first).to_be_visible()
    assert opened.errors == []


def test_stop_gives_the_page_back_with_the_answer_before(open_page):
    page = open_page().page
    page.wait_for_selector(".mm-standing")
    shown = page.locator(".mm-sentence").text_content()
    page.route("**/queue/join*", lambda route: None)  # the question is on its way and does not arrive
    ask(page, "a red cat under the tree")
    expect(page.locator("body")).to_have_class(re.compile("mm-running"))
    expect(page.locator(".mm-stage")).to_be_visible()
    page.locator("#mm-stop").click()
    expect(page.locator("body")).not_to_have_class(re.compile("mm-running"))
    expect(page.locator("#mm-stop")).to_be_hidden()
    assert page.locator(".mm-sentence").text_content() == shown
    expect(page.locator("#mm-text textarea")).to_have_value("a red cat under the tree")


def test_work_goes_on_until_the_last_of_it_is_over_and_stop_ends_all(chromium):
    page = chromium.new_page()
    goes_on = "document.body.className.includes('mm-mapping')"
    for name in ("chosen", "asked"):
        assert page.evaluate(f"({widgets.begins('mapping', name)})(7)") == [7]  # what the handler is given passes through
    page.evaluate(f"({widgets.ended('mapping', 'chosen')})()")  # a newer question ended it, and is told so twice
    page.evaluate(f"({widgets.ended('mapping', 'chosen')})()")
    assert page.evaluate(goes_on)
    page.evaluate(f"({widgets.ended('mapping', 'asked')})()")
    assert not page.evaluate(goes_on)
    for name in ("chosen", "asked"):
        page.evaluate(f"({widgets.begins('mapping', name)})()")
    page.evaluate(f"({widgets.ended('mapping')})()")
    assert not page.evaluate(goes_on)
    page.close()


def test_the_page_asks_no_other_machine_for_anything(open_page, served):
    opened = open_page()
    opened.page.locator(".mm-example").nth(1).click()
    expect(opened.page.locator("#mm-side")).to_contain_text("one vector for a text")
    expect(opened.page.locator("#mm-text textarea")).to_have_value(re.compile("草地"))
    assert [url for url in opened.requests if not url.startswith((served.url, "data:", "blob:"))] == []


def test_what_a_visitor_types_is_shown_as_text_and_never_run(open_page):
    opened = open_page()
    page = opened.page
    ask(page, XSS)
    expect(page.locator(".mm-sentence")).to_contain_text("onerror")
    assert page.title() != "taken"
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("document.querySelector('.mm-sentence').textContent").count("$") == 1
    page.locator("#mm-overlay .mm-list summary").click()
    assert page.title() != "taken"


def test_what_widgets_are_made_of_never_reads_a_string_as_tags(open_page):
    page = open_page().page
    page.add_script_tag(path=modules.STATIC / "kit.js")
    made = page.evaluate(
        "(text) => { const made = node('p', { title: text }, text); return [made.childElementCount, made.textContent]; }", XSS
    )
    assert made == [0, XSS]


def test_an_error_that_quotes_what_was_typed_is_text_too(open_page):
    page = open_page().page
    ask(page, "<img src=x onerror=document.title='taken'>" + "a" * 3000)
    expect(page.get_by_test_id("toast-body")).to_contain_text("up to 2,000")
    ask(page, "😀<b>🎈</b>"[:1])
    expect(page.get_by_test_id("toast-body").last).to_contain_text("knows no part")
    assert page.title() != "taken"


def test_an_uploaded_photograph_is_shown_whole_with_its_crop_and_a_warning(open_page):
    page = open_page().page
    upload(page, "photo.png", png())
    expect(page.locator("#mm-inputs img").first).to_be_visible()
    ask(page, "a red dog")
    expect(page.locator(".mm-badge.mm-warning")).to_contain_text("not one of our drawings")
    expect(page.locator(".mm-hatched")).to_have_count(2)
    box = page.locator(".mm-stage").bounding_box()
    assert box["width"] / box["height"] == pytest.approx(90 / 50, rel=0.02)
    assert page.locator("[name=boxes]").count() == 0


def test_a_file_that_is_no_picture_gets_a_sentence_and_the_page_lives_on(open_page):
    page = open_page().page
    upload(page, "text.png", b"this is no picture")
    expect(page.locator("#mm-inputs img").first).to_be_attached()
    ask(page, "a red dog")
    expect(page.get_by_test_id("toast-body")).to_contain_text("not a picture that can be read")
    expect(page.locator("#mm-text textarea")).to_have_value("a red dog")
    page.locator(".mm-example").first.click()
    expect(page.locator("#mm-text textarea")).to_have_value(re.compile("crown"))
    expect(unit(page, "crown")).to_be_visible()
