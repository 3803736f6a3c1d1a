"""How true each method is, as a visitor reads it."""

import base64

import numpy as np
import pytest
from playwright.sync_api import expect

from mmviz.ui import modules
from mmviz.views import theme
from tests.browser.test_access import grave

pytestmark = pytest.mark.browser


@pytest.fixture
def methods(open_page):
    def open_one(theme="light", **context):
        opened = open_page(f"?__theme={theme}", **context)
        opened.page.locator("[role=tab]", has_text="Methods").click()
        expect(opened.page.locator("tbody[data-model]")).to_have_count(5)
        return opened

    return open_one


def first_column(page, model="clip-mini") -> list[str]:
    return page.locator(f"[data-model={model}] tr[data-method]").evaluate_all("rows => rows.map((row) => row.dataset.method)")


def test_by_keyboard_the_menus_link_leads_to_the_table_which_is_sorted_and_taken_along(open_page):
    opened = open_page()
    page = opened.page
    page.locator("#mm-method a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[role=tab]", has_text="Methods")).to_be_focused()
    expect(page.locator("tbody[data-model]")).to_have_count(5)
    assert first_column(page) == ["occlusion", "relevance", "rollout", "attention"]
    expect(page.locator("[data-model=clip-mini] .mm-truth-mark")).to_have_count(3)
    page.locator(".mm-truth-all").click()
    head = page.locator(".mm-truth [data-column=insertion]")
    head.locator("button").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert first_column(page) == ["rollout", "occlusion", "relevance", "attention"]
    page.keyboard.press("Space")
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(head.locator("button")).to_be_focused()
    expect(page.locator(".mm-truth-live")).to_contain_text("lowest first")
    assert first_column(page) == ["attention", "relevance", "occlusion", "rollout"]
    page.locator("#mm-truth summary").first.click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").locator("visible=true").click()
    assert saved.value.suggested_filename == "mmviz-methods.csv"
    page.locator(".mm-language", has_text="中文").click()
    expect(page.locator(".mm-truth-title").first).to_have_text("哪种方法说得准？")
    assert opened.errors == []


def test_at_a_glance_methods_stand_by_their_figure_and_a_models_name_opens_its_own(methods):
    opened = methods()
    page = opened.page
    rows = page.locator(".mm-glance tbody tr")
    assert rows.evaluate_all("rows => rows.map((row) => row.dataset.glance)") == [
        "occlusion",
        "rollout",
        "relevance",
        "attention",
    ]
    first = page.locator("[data-glance=occlusion] td").first
    expect(first).to_have_text("95 %")
    assert first.evaluate("cell => getComputedStyle(cell).color !== getComputedStyle(cell).backgroundColor")
    page.locator(".mm-glance-part select").select_option(label="insertion")
    assert rows.first.get_attribute("data-glance") == "rollout"
    shown = page.locator("[data-model=clip-mini] tr[data-method=occlusion]")
    expect(shown).to_be_hidden()
    page.locator(".mm-glance thead button").first.focus()
    page.keyboard.press("Enter")
    expect(shown).to_be_visible()
    toggle = page.locator("[data-model=clip-mini] .mm-truth-toggle")
    expect(toggle).to_be_focused()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    page.locator(".mm-language", has_text="中文").click()
    expect(page.locator(".mm-truth-title").first).to_have_text("哪种方法说得准？")
    expect(shown).to_be_visible()
    page.locator("[data-model=clip-mini] .mm-truth-toggle").click()
    expect(shown).to_be_hidden()
    assert opened.errors == []


@pytest.mark.parametrize("scale", ["mass", "probability"])
def test_numbers_can_be_read_on_every_colour(open_page, scale):
    colours = np.frombuffer(base64.b64decode(theme.packed(theme.colours(scale))), np.uint8)
    inks = open_page().page.evaluate(
        """async ([kit, colours]) => {
          const { tint } = await import(new URL(kit, document.baseURI).href);
          return [...Array(256).keys()].map((at) => tint(colours, at / 255).ink);
        }""",
        [modules.address(modules.KIT), colours.tolist()],
    )
    parts = colours.reshape(-1, 4)[:, :3] / 255
    light = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    contrast = np.where(np.array(inks) == "#000", (light + 0.05) / 0.05, 1.05 / (light + 0.05))
    assert contrast.min() >= 4.5
    assert {"#000", "#fff"} == set(inks)


def test_models_stand_beside_each_other_and_their_figures_are_taken_along(methods):
    opened = methods(viewport={"width": 390, "height": 844})
    page = opened.page
    expect(page.locator(".mm-skills thead th")).to_have_count(6)
    planted = page.locator(".mm-skills [data-task=count] td[data-model=clip-mini]")
    expect(planted).to_contain_text("87.5 %")
    assert planted.get_attribute("title") == "clip-mini: English 87.5 %, Chinese 62.5 %; 8 questions, chance 50 %"
    scroll = page.locator(".mm-skills-scroll")
    scroll.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.mm-skills-scroll').scrollLeft > 0")
    page.locator(".mm-skills-part summary").click()
    with page.expect_download() as saved:
        page.locator(".mm-skills-part").get_by_role("button", name="JSON").click()
    assert saved.value.suggested_filename == "mmviz-models.json"
    assert opened.errors == []


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1440)])
def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(methods, theme, width):
    page = methods(theme, viewport={"width": width, "height": 844}).page
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
