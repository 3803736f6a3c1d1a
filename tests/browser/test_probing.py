"""Inside the model, as a visitor meets it."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_access import grave

pytestmark = pytest.mark.browser


def test_a_probe_is_chosen_asked_read_and_saved(open_page):
    found = open_page()
    page = found.page
    page.wait_for_selector(".mm-standing")
    panel = page.locator("#mm-probes")
    expect(panel.locator(".mm-probe-look")).to_be_hidden()
    panel.locator("summary").first.click()
    panel.locator("[name=mm-option-margin]").fill("1.5")
    panel.locator(".mm-probe-look").click()
    expect(panel.locator(".mm-ranking")).to_have_count(2)
    expect(panel.locator(".mm-at-own .mm-at-mark").first).to_have_text("this pair")
    expect(panel.locator(".mm-plot [class*=mm-plot-bar]")).to_have_count(40)
    drawn = panel.locator(".mm-probe-picture").first.evaluate(
        "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    )
    assert drawn > 3
    assert grave(page) == []
    with page.expect_download() as saved:
        panel.locator(".mm-save").click()
    written = json.loads(Path(saved.value.path()).read_text("utf-8"))
    assert (written["probe"], written["options"]) == ("hardest-negatives", {"margin": 1.5})
    panel.locator("[name=mm-option-margin]").fill("wide")
    panel.locator(".mm-probe-look").click()
    expect(page.get_by_test_id("toast-body")).to_contain_text('cannot use margin="wide"')
    expect(panel.locator(".mm-probe-look")).to_be_enabled()
    assert found.errors == []


def test_reading_along_on_a_phone_by_keyboard_in_chinese(open_page):
    found = open_page("?__theme=dark", locale="zh-CN", viewport={"width": 390, "height": 844})
    page = found.page
    page.wait_for_selector(".mm-standing")
    panel = page.locator("#mm-probes")
    panel.locator("summary").first.focus()
    page.keyboard.press("Enter")
    panel.locator("[name=mm-probe]").select_option("reading-along")
    expect(panel.locator("[name=mm-option-margin]")).to_have_count(0)
    panel.locator(".mm-probe-look").focus()
    page.keyboard.press("Enter")
    expect(panel.locator(".mm-probed h2")).to_have_text("边读边看")
    expect(panel.locator(".mm-probed h2")).to_be_focused()
    dots = panel.locator(".mm-plot-dot").count()
    assert dots > 2
    panel.locator(".mm-plotted summary").click()
    expect(panel.locator(".mm-plotted tbody tr")).to_have_count(dots)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert grave(page) == []
    assert found.errors == []
