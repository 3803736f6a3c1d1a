"""Maps of regions on the page: a model of keypoints beside the others."""

import json
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Served, serving
from tests.browser.test_page import ask, pixels, unit
from tests.models.tiny import make_clip, make_lmnn

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def keypoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page with a model of keypoints as its only choice beside the default."""
    folder = tmp_path_factory.mktemp("keypoints")
    for name, make in {"clip-mini": make_clip, "lmnn-mini": make_lmnn}.items():
        written = make(folder / "models" / name)
        card = {"title": name, "things": ["cat"], "languages": ["en", "zh"]}
        (written / "mmviz_card.json").write_text(json.dumps(card), "utf-8")
    with serving(folder, {}) as served:
        yield served


@pytest.fixture
def page(chromium: Browser, keypoints: Served) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    page, errors = context.new_page(), []
    page.set_default_timeout(120_000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(keypoints.url)
    page.wait_for_selector(".mm-stage img")
    page.locator("#mm-model input").first.click()
    page.locator("li[role=option][aria-label='lmnn-mini']").click()
    expect(page.locator("#mm-method input")).to_have_value("Contributions", timeout=120_000)
    ask(page, "a red cat under a red tree")
    expect(page.locator("canvas.mm-regions")).to_have_count(1, timeout=120_000)
    expect(unit(page, "tree")).to_be_visible(timeout=120_000)
    yield page
    context.close()
    assert errors == []


def test_hovering_a_word_colours_the_boxes_of_keypoints_and_nothing_else(page):
    unit(page, "cat").hover()
    cat = np.frombuffer(pixels(page), np.uint8).reshape(-1, 4)
    unit(page, "tree").hover()
    tree = np.frombuffer(pixels(page), np.uint8).reshape(-1, 4)
    assert not np.array_equal(cat, tree)
    assert 0.02 < (cat[:, 3] > 0).mean() < 0.98  # what no keypoint covers stays clear
    assert np.array_equal(cat[:, 3] > 0, tree[:, 3] > 0)


def test_a_region_under_the_pointer_is_named_and_elsewhere_there_is_none(page):
    stage = page.locator(".mm-stage")
    stage.focus()
    page.keyboard.press("ArrowRight")
    first = page.locator(".mm-live").first.text_content()
    page.keyboard.press("ArrowRight")
    second = page.locator(".mm-live").first.text_content()
    assert first.startswith("keypoint ")
    assert second.startswith("keypoint ")
    assert first != second
    cursor = page.locator(".mm-cursor").bounding_box()
    page.mouse.move(cursor["x"] + cursor["width"] / 2, cursor["y"] + cursor["height"] / 2)
    expect(page.locator(".mm-tip")).to_contain_text("keypoint ")
    expect(page.locator("[name=grid]")).to_have_count(0)


def test_the_page_says_what_is_coloured_and_what_the_score_is_the_sum_of(page):
    expect(page.locator("#mm-side")).to_contain_text("keypoints and nothing else of the picture")
    expect(page.locator("#mm-side")).to_contain_text("all cells of the whole text’s map")
