"""How long a hover takes in Chromium: the handler with its drawing, whether the next frame has it, what the server is asked.

Prints JSON lines: for a page of 16 tokens on 14 x 14 patches and one of 12 x 12, the handler in milliseconds (p50, p95),
the share of hovers painted in the next frame, and the requests made meanwhile.
"""

import json
import shutil
import sys
from pathlib import Path

import gradio as gr
import numpy as np
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmviz.axes import PatchAxis, TextAxis  # noqa: E402
from mmviz.results import Alignment, Score  # noqa: E402
from mmviz.ui import reading, widget_words, widgets  # noqa: E402
from mmviz.views.overlay import overlay  # noqa: E402
from tests.ui import alone  # noqa: E402

FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run".split()
)
HOVERS, TOKENS, PIXELS = 200, 16, (640, 640)
#: A frame is 16.7 ms at 60 Hz; what comes within one and a half is the next one.
NEXT_FRAME = 25

MEASURE = """async (hovers) => {
  const units = [...document.querySelectorAll('.mm-unit')], times = [], frames = [];
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (let i = 0; i < hovers; i++) {
    await frame();
    const start = performance.now();
    units[(i * 7) % units.length].dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }));
    times.push(performance.now() - start);
    await frame();
    frames.push(performance.now() - start);
  }
  return { times, frames };
}"""


def main() -> None:
    """Measure both grids."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        figures = {
            f"{side}x{side}": measure(browser.new_page(viewport={"width": 1440, "height": 900}), side) for side in (14, 12)
        }
        browser.close()
    for grid, found in figures.items():
        row = {
            "figure": f"hover, {grid} patches and {TOKENS} words: handler, p95",
            "value": found.pop("handler_ms_p95"),
            "unit": "ms",
        }
        print(json.dumps({**row, "asked": "<= 4 ms, next frame >= 0.95, no request", "hovers": HOVERS, **found}))


def measure(page: Page, side: int) -> dict[str, float]:
    """Serve one widget, hover its words, and give the figures."""
    with gr.Blocks(analytics_enabled=False) as demo:
        widgets.overlay(payload(side))
    page.goto(alone.launch(demo))
    page.wait_for_selector(".mm-stage img")
    page.wait_for_timeout(1000)  # what the page still loads is no part of hovering
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    found = page.evaluate(MEASURE, HOVERS)
    page.close()
    demo.close(verbose=False)
    p50, p95 = np.percentile(found["times"], [50, 95])
    share = np.mean(np.array(found["frames"]) <= NEXT_FRAME)
    return {
        "handler_ms_p50": round(p50, 2),
        "handler_ms_p95": round(p95, 2),
        "next_frame": round(float(share), 3),
        "requests": len(asked),
    }


def payload(side: int) -> str:
    """Make a widget's payload with random maps."""
    rng = np.random.default_rng(0)
    labels = [f"token{i}" for i in range(TOKENS - 1)]
    starts = np.cumsum([0, *(len(label) + 1 for label in labels)])
    spans = np.array([*((s, s + len(label)) for s, label in zip(starts, labels)), (0, starts[-1] - 1)])
    nothing = np.zeros(TOKENS, bool)
    query = TextAxis(" ".join(labels), spans, ("word",) * (TOKENS - 1) + ("text",), nothing, nothing)
    y, x = np.divmod(np.arange(side * side), side)
    key = PatchAxis(np.stack([x, y, x + 1, y + 1], axis=1) / side, (side, side), (0, 0, 1, 1), PIXELS)
    scores = rng.exponential(size=(TOKENS, side * side)).astype(np.float32)
    alignment = Alignment(scores, query, key, nothing.astype(np.float32), "relevance", "prompt", Score(0.3, "cosine"))
    picture = reading.picture_url(rng.integers(0, 256, (*PIXELS, 3), np.uint8))
    boxes = [[] for _ in range(TOKENS)]
    drawn = {"overlay": overlay(alignment), "picture": picture, "boxes": boxes}
    return reading.written({**drawn, "words": widget_words.overlay("en"), "language": "en"})


if __name__ == "__main__":
    main()
