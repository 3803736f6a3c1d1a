"""The map: pointing, choosing by a drawn line, searching, walking by keys, and nobody kept out."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_access import grave

pytestmark = pytest.mark.browser
#: Of the tests' page: 120 scenes in two languages (tests/browser/serve.py).
ITEMS = 360


@pytest.fixture
def open_map(open_page):
    """Open the tab and lay it out by components, so that no test waits for UMAP to be compiled."""

    def open_one(query: str = "", **context) -> Page:
        opened = open_page(f"{query}#map", **context)
        page = opened.page
        page.wait_for_selector(".mm-plane-stage[data-shown]")
        for fold in page.locator("#mm-map .mm-fold:visible").all():
            fold.click()
        page.get_by_label(re.compile("PCA")).check()
        page.click("#mm-map-go")
        page.wait_for_function("() => document.querySelector('#mm-space-facts').textContent.includes('PCA')")
        expect(page.locator(".mm-plane-first")).to_have_count(0)
        expect(page.locator("#mm-map-stop")).to_be_hidden()
        return page

    return open_one


def draw_round(page: Page, reach: float) -> None:
    """Draw a line round the middle of the map; `reach` is the share of it."""
    page.locator(".mm-plane-frame").scroll_into_view_if_needed()
    box = page.locator(".mm-plane-frame").bounding_box()
    x, y, half = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, reach * min(box["width"], box["height"]) / 2
    page.keyboard.down("Shift")
    page.mouse.move(x - half, y - half)
    page.mouse.down()
    for right, down in ((half, -half), (half, half), (-half, half), (-half, -half)):
        page.mouse.move(x + right, y + down, steps=2)
    page.mouse.up()
    page.keyboard.up("Shift")


def saved(page: Page, ask) -> tuple[str, bytes]:
    """Give the name and content of what is saved when it is asked for."""
    with page.expect_download() as download:
        ask()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_pointing_at_a_dot_says_what_it_is_without_asking_the_server(open_map):
    page = open_map(viewport={"width": 1100, "height": 900})  # what is said of a dot takes five to eight lines here
    page.wait_for_selector(".mm-remarks", state="attached")  # the pair that nobody sees asks for its trust by itself
    box, asked = page.locator(".mm-plane-frame").bounding_box(), []
    page.on("request", lambda request: asked.append(request.url))
    words = page.locator(".mm-plane-info .mm-info-text")
    said, tops = set(), []
    for step in [*range(30), *range(30)]:
        page.mouse.move(box["x"] + box["width"] * (0.3 + 0.4 * step / 30), box["y"] + box["height"] * 0.5)
        said.add(words.text_content())
        tops.append(page.locator(".mm-plane-frame").bounding_box()["y"])
    assert len(said - {""}) > 3
    assert len(set(tops[30:])) == 1  # what is said takes its room once, and the map does not jump under the pointer
    expect(page.locator(".mm-plane-info")).to_contain_text("nearest in the space:")
    expect(page.locator(".mm-plane-info .mm-thumb")).to_have_count(1)
    assert asked == []


def test_a_drawn_line_chooses_points_for_a_gallery_a_table_and_the_matrix(open_map):
    page = open_map()
    draw_round(page, 0.99)
    expect(page.locator(".mm-chosen")).to_contain_text(f"{ITEMS} chosen: 240 texts, 120 pictures")
    assert page.locator(".mm-gallery-card").count() == 60
    name, content = saved(page, lambda: page.get_by_role("button", name="as CSV").click())
    assert name.endswith(".csv")
    assert len(content.decode("utf-8-sig").splitlines()) == ITEMS + 1
    page.get_by_role("button", name="compare them in the matrix").click()
    page.wait_for_selector("#mm-matrix .mm-recall")
    expect(page.locator("#mm-recall")).to_contain_text("40 texts × 40 pictures")
    page.go_back()
    page.get_by_role("button", name="let go").click()
    expect(page.locator(".mm-gallery-card")).to_have_count(0)


def test_a_search_lights_up_and_is_counted_and_keys_walk_to_neighbours_and_into_a_pair(open_map):
    page = open_map()
    names = page.evaluate("() => [...document.querySelectorAll('.mm-plane-kind')].map((kind) => kind.textContent)")
    assert names == ["texts", "pictures"]
    page.fill("input[name=find]", "CAT")
    expect(page.locator(".mm-plane-tools [role=status]")).to_have_text(re.compile(r"^\d+ found$"))
    page.fill("input[name=find]", "no such thing")
    expect(page.locator(".mm-plane-tools [role=status]")).to_have_text("0 found")
    page.fill("input[name=find]", "")
    page.focus(".mm-plane-stage")
    said = []
    for key in ("Home", "ArrowRight", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        said.append(page.locator(".mm-plane-info .mm-info-text").text_content())
    assert said[0]
    assert len(set(said)) > 1
    assert page.locator(".mm-plane-info .mm-info-words").get_attribute("aria-live") == "polite"
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator(".mm-sentence")).to_have_text(re.compile(re.escape(said[0].split()[-1])))
    expect(page.locator("body")).to_have_attribute("data-tab", "pair")


def test_the_gap_closes_by_a_switch_and_exports_hold_every_point(open_map):
    page = open_map()
    before = float(page.locator(".mm-gap .mm-figure").text_content())
    page.get_by_label(re.compile("close the gap")).check()
    expect(page.locator(".mm-gap")).to_contain_text("Centred")
    expect(page.locator("#mm-map-stop")).to_be_hidden()
    assert float(page.locator(".mm-gap .mm-figure").text_content()) < before
    expect(page.locator(".mm-both thead")).to_contain_text("as it is")
    page.locator(".mm-plane-tools summary").click()
    name, content = saved(page, lambda: page.get_by_role("button", name="SVG, drawing").click())
    assert content.count(b"<circle") == ITEMS
    page.locator(".mm-plane-tools summary").click()
    _, content = saved(page, lambda: page.get_by_role("button", name="JSON, everything").click())
    assert len(json.loads(content)["points"]) == ITEMS


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_serious_on_the_map_and_nothing_scrolls_sideways(open_map, theme, width):
    page = open_map(f"?__theme={theme}", viewport={"width": width, "height": 900})
    page.locator("#mm-plane details.mm-list summary").click()
    page.focus(".mm-plane-stage")
    page.keyboard.press("Home")
    assert grave(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
