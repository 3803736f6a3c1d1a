"""Nobody is kept out: axe-core on both tabs, in both themes, on a phone too."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser
GRAVE = ("serious", "critical")


def grave(page) -> list[str]:
    """What axe-core finds serious, one line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {node['target']} {node['failureSummary'][:200]}"
        for v in found
        if v["impact"] in GRAVE
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious(open_page, theme, width):
    page = open_page(f"?__theme={theme}", viewport={"width": width, "height": 900}).page
    page.wait_for_selector(".mm-standing")
    for fold in page.locator("#mm-pair .mm-fold:visible").all():
        fold.click()
    page.locator(".mm-unit").nth(1).click()
    assert grave(page) == []
    page.locator("[role=tab]").nth(1).click()
    page.wait_for_selector(".mm-recall")
    for fold in page.locator("#mm-matrix .mm-fold:visible").all():
        fold.click()
    assert grave(page) == []
