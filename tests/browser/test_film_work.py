"""The film tab at work: an upload that is stopped in its middle, what is said of one that needs care, and what is taken along."""

import csv
import io
import json
import re
from itertools import chain
from xml.etree import ElementTree

import numpy as np
import opentimelineio
import PIL.Image
import pysubs2
import pytest
import webvtt
from playwright.sync_api import Page, expect

from mmviz.exports.png import ACROSS, EDGE, WIDTH
from mmviz.registry import exports
from mmviz.ui import film_words
from tests.browser.test_film_tab import open_film  # noqa: F401
from tests.media import clips

pytestmark = pytest.mark.browser
#: Pixels across of a sheet of shots.
SHEET = EDGE + ACROSS * (WIDTH + EDGE)
#: What a saved file of each format must be for its reader: each gives how many shots, clauses or chapters it holds.
READERS = {
    "chapters.txt": lambda content: len(content.decode("utf-8").splitlines()),
    "chapters.vtt": lambda content: len(webvtt.from_buffer(io.StringIO(content.decode("utf-8"))).captions),
    "csv": lambda content: len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))) - 1,
    "edl": lambda content: len(re.findall(r"^\d{3}  \S+ +V +C ", content.decode("utf-8"), re.MULTILINE)),
    "fcpxml": lambda content: len(list(ElementTree.fromstring(content).iter("asset-clip"))),
    "json": lambda content: len(json.loads(content)["shots"]),
    "otio": lambda content: len(
        list(opentimelineio.adapters.read_from_string(content.decode("utf-8"), "otio_json").find_clips())
    ),
    "png": lambda content: PIL.Image.open(io.BytesIO(content)).width // SHEET,
    "srt": lambda content: len(pysubs2.SSAFile.from_string(content.decode("utf-8"), format_="srt")),
    "vtt": lambda content: len(webvtt.from_buffer(io.StringIO(content.decode("utf-8"))).captions),
}
#: Presses Stop as soon as work is told of, however late this process gets its turn on a busy machine; only where a mouse could reach it.
STOPS_WORK = r"""() => {
  const stop = document.querySelector("#mm-film-stop");
  if (!/Finding shots: [1-9]\d* of 480 s/.test(document.querySelector("#mm-film-busy").textContent)) return false;
  stop.scrollIntoView({ block: "nearest" });
  const { left, top, width, height } = stop.getBoundingClientRect();
  if (stop.disabled || !stop.contains(document.elementFromPoint(left + width / 2, top + height / 2))) return false;
  stop.click();
  return true;
}"""


@pytest.fixture(scope="module")
def looks_again(tmp_path_factory) -> str:
    """Three shots, of which the last looks like the first."""
    rng = np.random.default_rng(5)
    one, other = (clips.scenery(rng, 30) for _ in range(2))
    return str(clips.write(tmp_path_factory.mktemp("films") / "looks again.mp4", chain(one, other, one)))


@pytest.fixture(scope="module")
def long(tmp_path_factory) -> str:
    """Eight minutes of one small shot: many seconds of work, on a busy machine too."""
    (still,) = clips.scenery(np.random.default_rng(5), 1)
    return str(clips.write(tmp_path_factory.mktemp("films") / "long.mp4", (still for _ in range(12_000))))


def ask(page: Page, film: str, text: str) -> None:
    page.locator("#mm-film-video").get_by_label("Clear").click()
    page.locator("#mm-film-video input[type=file]").set_input_files(film)
    expect(page.locator("#mm-film-video")).to_contain_text("again" if "again" in film else "long")
    page.locator("#mm-film-text textarea").fill(text)
    page.locator("#mm-film-go").click()


def rest(page: Page) -> None:
    expect(page.locator("body")).not_to_have_class(re.compile("mm-filming"))


def test_work_is_stopped_in_its_middle_and_what_stood_there_stays(open_film, long):  # noqa: F811
    opened = open_film()
    page = opened.page
    shots = page.locator(".mm-film-shot").count()
    ask(page, long, "A cat sits.")
    page.wait_for_function(STOPS_WORK)
    rest(page)
    expect(page.locator("#mm-film-busy .mm-busy")).to_be_hidden()
    expect(page.locator(".mm-film-shot")).to_have_count(shots)
    page.wait_for_timeout(500)
    expect(page.locator(".mm-film-shot")).to_have_count(shots)  # no answer comes after it
    page.locator("#mm-film-examples .mm-set").first.click()  # and it can be asked again
    page.wait_for_function("() => document.querySelector('#mm-film-busy').textContent.includes('Finding shots')")
    rest(page)
    assert opened.errors == []


def test_an_upload_says_what_asks_for_care_and_is_taken_along_in_every_format(open_film, looks_again):  # noqa: F811
    opened = open_film()
    page = opened.page
    ask(page, looks_again, "A cat sits. A dog runs. A cow eats.")
    said = page.locator(".mm-film-remarks")
    expect(said).to_contain_text("is not one of our drawings")
    expect(said).to_contain_text("Shots that look alike and could change places, in groups: 1")
    rest(page)
    assert page.locator(".mm-film-shot").count() == 3
    page.locator(".mm-film-shot").nth(0).click()
    expect(page.locator(".mm-film-info")).to_contain_text("looks like shot 3")
    formats = {film_words.export(e, "en"): e.name for e in exports if "Matching" in e.facts["takes"]}
    assert set(formats.values()) == set(READERS)
    menu = page.locator(".mm-film-controls .mm-menu")
    for title, name in formats.items():
        menu.locator("summary").click()
        with page.expect_download() as saved:
            menu.get_by_role("button", name=title, exact=True).click()
        assert saved.value.suggested_filename.startswith("mmviz-clip-mini-hmm.")
        with open(saved.value.path(), "rb") as file:
            count = READERS[name](file.read())
        assert 1 <= count <= (1 if name == "png" else 3)  # the sheet as it was written, not drawn once more at twice its size
    assert opened.errors == []
