"""Speech seen, heard and put right: by mouse, by keyboard, by microphone, in both languages."""

import io
import json
import re
import wave
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from mmviz.media import speech
from tests.browser.test_access import grave

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not speech.is_there(), reason="examples are spoken by espeak-ng")]
STAGE = ".mm-speech-stage"


@pytest.fixture
def open_speech(open_page):
    def open_one(query: str = "", **context):
        opened = open_page(f"{query}#speech", **context)
        rest(opened.page)
        return opened

    return open_one


def rest(page: Page) -> None:
    """Wait until there is an answer and nothing is worked on."""
    page.wait_for_selector(STAGE)
    expect(page.locator("body")).not_to_have_class(re.compile("mm-speaking"))


def seen(page: Page, name: str) -> float:
    return float(page.locator(STAGE).get_attribute(f"data-{name}"))


def said(page: Page):
    return page.locator(".mm-speech-said")


def sound(seconds: float = 2.0) -> bytes:
    """Bursts of a voice-like buzz, 16 bits, as a WAV file."""
    times = np.arange(int(16000 * seconds)) / 16000
    buzz = np.sign(np.sin(2 * np.pi * 120 * times)) * (np.sin(2 * np.pi * 2 * times) > 0) * 0.3
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(16000)
        made.writeframes((buzz * 32767).astype("<i2").tobytes())
    return file.getvalue()


def test_nothing_of_the_tab_is_there_before_it_is_opened(open_page):
    opened = open_page()
    page = opened.page
    expect(page.locator("#mm-speech")).to_have_count(0)
    assert [url for url in opened.requests if "/mmviz/speech" in url] == []
    page.locator("[role=tab]", has_text="Speech").click()
    rest(page)
    asked = {url.rsplit("/", 1)[1].partition("?")[0] for url in opened.requests if "/mmviz/" in url}
    assert asked >= {"kit.js", "speech.js", "speech_paint.js"}
    expect(page.locator("#mm-speech-words textarea")).to_have_value(re.compile("train"))
    assert opened.errors == []


def test_by_mouse_a_word_is_heard_closer_looked_at_and_put_right(open_speech):
    opened = open_speech()
    page = opened.page
    page.locator("[name=rate]").select_option("0.5")  # long enough to be paused before it ends
    page.locator(".mm-speech-unit").nth(1).click()
    expect(page.locator(STAGE)).to_have_attribute("data-playing", "true")
    expect(page.locator(".mm-is-lit")).to_have_count(1)
    expect(page.locator(".mm-is-chosen")).to_have_text(page.locator(".mm-speech-unit").nth(1).text_content())
    expect(page.locator(".mm-speech-hover")).to_contain_text("cells of cost")
    page.locator(".mm-speech-play").click()
    expect(page.locator(STAGE)).to_have_attribute("data-playing", "false")
    assert seen(page, "head") > 0
    whole = seen(page, "to")
    page.locator(".mm-speech-ten").click()
    assert seen(page, "to") - seen(page, "from") < whole * 0.9
    page.locator(".mm-speech-fit").click()
    assert (seen(page, "from"), seen(page, "to")) == (0, whole)
    before = said(page).text_content()
    box, start = page.locator(STAGE).bounding_box(), float(re.search(r"”, ([\d.]+) to", before).group(1))
    x = box["x"] + seen(page, "gutter") + start / whole * (box["width"] - seen(page, "gutter"))
    y = box["y"] + seen(page, "words-top") + 20
    page.mouse.move(x + 1, y)
    page.mouse.down()
    page.mouse.move(x + 9, y, steps=4)
    page.mouse.up()
    expect(said(page)).to_contain_text("you set where it begins")
    rest(page)
    moved = float(re.search(r"”, ([\d.]+) to", said(page).text_content()).group(1))
    assert moved == pytest.approx(start + 9 / (box["width"] - seen(page, "gutter")) * whole, abs=0.03)
    page.locator(".mm-speech-undo").click()
    expect(said(page)).not_to_contain_text("you set")
    assert said(page).text_content() == before
    assert opened.errors == []


@pytest.mark.parametrize(("locale", "fixed"), [("en-US", "you set where it begins"), ("zh-CN", "起点是您定的")])
def test_by_keyboard_alone_words_are_walked_heard_moved_and_moved_back(open_speech, locale, fixed):
    opened = open_speech(locale=locale)
    page = opened.page
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.mm-speech-stage')"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(STAGE)).to_have_attribute("data-unit", "1")
    page.keyboard.press("Enter")
    expect(page.locator(STAGE)).to_have_attribute("data-playing", "true")
    page.keyboard.press("Escape")
    expect(page.locator(STAGE)).to_have_attribute("data-playing", "false")
    before = said(page).text_content()
    for key in ("]", "]", "]"):
        page.keyboard.press(key)
    expect(said(page)).to_contain_text(fixed)
    rest(page)
    expect(page.locator(STAGE)).to_be_focused()
    page.keyboard.press("u")
    expect(said(page)).to_have_text(before)
    whole = seen(page, "to")
    page.keyboard.press("t")
    assert seen(page, "to") - seen(page, "from") < whole
    assert opened.errors == []


def test_two_aligners_and_a_plain_path_stand_beside_each_other(open_speech):
    page = open_speech().page
    page.locator("[name=compare]").select_option("hybrid")
    expect(page.locator(".mm-speech-apart")).to_contain_text("within 50 ms")
    rest(page)
    page.locator(".mm-speech-ways summary").click()
    page.locator("[name=steps]").select_option("symmetric2")
    expect(page.locator(".mm-speech-apart")).to_have_count(2)
    rest(page)
    expect(page.locator(".mm-speech-legend")).to_contain_text("Plain DTW")
    page.locator(".mm-list summary", has_text="All units").click()
    expect(page.locator("#mm-speech-view tbody tr").first).to_contain_text("ms)")


def test_a_text_that_was_not_said_and_a_skipped_paragraph_are_told_in_words(open_speech):
    page = open_speech().page
    page.locator(".mm-set", has_text="The wrong text").click()
    expect(page.locator("#mm-speech-words textarea")).to_have_value(re.compile("telephones"))
    expect(page.locator(".mm-speech-verdict.mm-is-not")).to_be_visible()
    page.locator(".mm-set", has_text="A paragraph is skipped").click()
    expect(page.locator(".mm-speech-missing")).to_contain_text("ferry")
    expect(page.locator(".mm-speech-apart")).to_contain_text("Plain DTW")


def test_what_a_microphone_hears_is_aligned(open_speech):
    opened = open_speech(permissions=["microphone"])
    page = opened.page
    page.locator("#mm-speech-sound").get_by_label("Clear").click()
    page.locator("#mm-speech-sound").get_by_label("Record audio").click()
    page.locator("#mm-speech-sound").get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(1500)
    with page.expect_response("**/upload*"):  # what was recorded reaches the server a moment after it can be played
        page.locator("#mm-speech-sound .stop-button").click()
    expect(page.locator("#mm-speech-sound .play-pause-button")).to_be_visible()
    page.locator("#mm-speech-words textarea").fill("<img src=x onerror=document.title='taken'> ${document.title='taken'} one two")
    page.locator("#mm-speech-go").click()
    expect(page.locator(".mm-speech-text")).to_contain_text("onerror=")
    expect(page.locator(".mm-speech-verdict")).to_be_visible()
    assert page.title() != "taken"
    assert opened.errors == []


def test_an_upload_is_aligned_and_its_times_are_taken_along(open_speech, tmp_path):
    page = open_speech().page
    page.locator("#mm-speech-sound").get_by_label("Clear").click()
    page.locator("#mm-speech-sound input[type=file]").set_input_files(
        {"name": "a.wav", "mimeType": "audio/wav", "buffer": sound()}
    )
    page.locator("#mm-speech-words textarea").fill("one two")
    page.locator("#mm-speech-go").click()
    expect(page.locator(".mm-speech-text")).to_have_text("one two")
    rest(page)
    menu = page.locator(".mm-speech-bar > .mm-menu").last
    menu.locator("summary").click()
    with page.expect_download() as download:
        menu.get_by_role("button", name=re.compile("^JSON")).click()
    assert download.value.suggested_filename == "mmviz-speech-dtw.json"
    download.value.save_as(tmp_path / "file")
    found = json.loads((tmp_path / "file").read_text("utf-8"))
    assert [unit["text"] for unit in found["units"]] == ["one", "two"]


def test_what_is_missing_is_said_and_what_was_there_stays(open_speech):
    page = open_speech().page
    page.locator("#mm-speech-words textarea").fill(" ")
    page.locator("#mm-speech-go").click()
    expect(page.locator(".toast-wrap")).to_contain_text("There is no text")
    rest(page)
    expect(page.locator("#mm-speech-stop")).to_be_hidden()
    expect(page.locator(".mm-speech-verdict")).to_be_visible()


def test_many_files_become_a_table_and_a_zip(open_speech, tmp_path):
    page = open_speech().page
    page.locator("#mm-speech-many button").first.click()
    files = [
        ("a.wav", "audio/wav", sound()),
        ("a.txt", "text/plain", b"one two"),
        ("b.wav", "audio/wav", b"no sound"),
        ("b.txt", "text/plain", b"one"),
    ]
    payloads = [{"name": name, "mimeType": kind, "buffer": content} for name, kind, content in files]
    page.locator("#mm-speech-files input[type=file]").set_input_files(payloads)
    expect(page.locator("#mm-speech-files")).to_contain_text(re.compile(r"b\s*\.txt"))
    page.locator("#mm-speech-all").click()
    expect(page.locator("#mm-speech-batch tbody tr")).to_have_count(2)
    expect(page.locator("#mm-speech-batch .mm-failed")).to_contain_text("b.wav")
    with page.expect_download() as download:
        page.locator("#mm-speech-batch .mm-save").click()
    download.value.save_as(tmp_path / "all.zip")
    assert Path(tmp_path / "all.zip").read_bytes().startswith(b"PK")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_on_a_phone_nothing_scrolls_sideways_and_a_tap_plays(open_speech, locale):
    page = open_speech(locale=locale, viewport={"width": 390, "height": 844}, has_touch=True).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = [
        page.locator(name).bounding_box()["y"] for name in (".mm-speech-verdict", STAGE, ".mm-speech-notes", "#mm-fold-speech")
    ]
    assert tops == sorted(tops)
    box = page.locator(STAGE).bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + seen(page, "matrix-top") + 50)
    expect(page.locator(STAGE)).to_have_attribute("data-playing", "true")


def test_the_tab_speaks_chinese_after_a_switch_without_aligning_again(open_speech):
    page = open_speech().page
    units = page.locator(".mm-speech-text").text_content()
    page.locator(".mm-language", has_text="中文").click()
    expect(page.locator("#mm-speech-go")).to_have_text("对齐")
    expect(page.locator(".mm-speech-verdict")).to_contain_text("相符的可能")
    expect(page.locator("#mm-speech-examples")).to_contain_text("跳过了一段")
    assert page.locator(".mm-speech-text").text_content() == units


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_serious(open_speech, theme, width):
    page = open_speech(f"?__theme={theme}", viewport={"width": width, "height": 900}).page
    for fold in page.locator("#mm-speech .mm-fold:visible").all():
        fold.click()
    page.locator(".mm-list summary", has_text="All units").click()
    assert grave(page) == []
