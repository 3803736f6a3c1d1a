"""How long it takes in the tab Speech from letting go of a dragged beginning until the times that are aligned anew are drawn.

Prints a JSON line: milliseconds in the browser, median and 95th percentile of 20 changes, server and transfer included.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"
STAGE, TIMES = ".mm-speech-stage", 20
#: Notes when the pointer is let go, and when the sentence on the chosen word first says that its beginning was set by hand.
WATCH = """() => {
  window.took = [];
  let began = 0;
  document.addEventListener('pointerup', () => (began = performance.now()), true);
  const look = () => {
    const is_set = document.querySelector('.mm-speech-said')?.textContent.includes('you set where it begins');
    if (began && is_set) [began, window.took] = [0, [...window.took, performance.now() - began]];
    requestAnimationFrame(look);
  };
  look();
}"""


def main() -> None:
    """Serve the page with small models, open the tab, drag a word's beginning and take it back, again and again."""
    sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
    from page import free_port, wait

    from tests.ui.bundle import make_bundle

    port = free_port()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        homes = {"MMVIZ_MODELS": str(make_bundle(Path(folder) / "models")), "MMVIZ_HOME": str(Path(folder) / "home")}
        command = [sys.executable, "-m", "mmviz", "serve", "--port", str(port), "--device", "cpu"]
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | homes, stdout=subprocess.DEVNULL)
        try:
            wait(port)
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS.split())
            page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
            page.set_default_timeout(300_000)
            page.goto(f"http://127.0.0.1:{port}/#speech")
            times = measured(page)
            browser.close()
        finally:
            server.terminate()
            server.wait()
    p50, p95 = np.percentile(times, [50, 95])
    row = {"figure": "a beginning dragged: let go to drawn, the browser and the server", "value": round(p50), "p95": round(p95)}
    print(json.dumps({**row, "unit": "ms", "asked": "<= 300", "times": len(times)}))


def measured(page: Page) -> list[float]:
    """Drag the beginning of the second word of the first example; milliseconds of each time."""
    page.wait_for_selector(STAGE)
    page.wait_for_function("() => !document.body.classList.contains('mm-speaking')")
    page.evaluate(WATCH)
    for turn in range(TIMES):
        page.locator(".mm-speech-unit").nth(1).click()
        page.locator(".mm-speech-play").click()  # a word that is clicked is played
        start = float(page.locator(".mm-speech-said").text_content().split("”, ")[1].split()[0])
        stage = page.locator(STAGE)
        box, facts = (
            stage.bounding_box(),
            {name: float(stage.get_attribute(f"data-{name}")) for name in ("gutter", "to", "words-top")},
        )
        x = box["x"] + facts["gutter"] + start / facts["to"] * (box["width"] - facts["gutter"])
        y = box["y"] + facts["words-top"] + 20
        page.mouse.move(x + 1, y)
        page.mouse.down()
        page.mouse.move(x + 9, y, steps=4)
        page.mouse.up()
        page.wait_for_function("(turn) => window.took.length > turn", arg=turn)
        page.locator(".mm-speech-undo").click()
        page.wait_for_function("() => !document.querySelector('.mm-speech-said').textContent.includes('you set')")
    return page.evaluate("window.took")


if __name__ == "__main__":
    main()
