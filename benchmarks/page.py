"""How soon the page can be used beside a bare Gradio page of the same run, and how fast a matrix of 200 x 200 is redrawn.

Prints JSON lines: milliseconds from asking for the page until its button can be pressed (median of fresh browser contexts, both
pages in turn, and the median of the ratios of neighbours, for a machine's speed changes while it is measured), and until the first
example is finished; then milliseconds of drawing the matrix, and until the frame that has it.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmviz.axes import ItemAxis  # noqa: E402
from mmviz.matrices import Matrix  # noqa: E402
from tests.ui import alone  # noqa: E402
from tests.ui.bundle import make_bundle  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"
TIMES, SIDE = 7, 200
BARE = """
import os, sys
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio as gr
with gr.Blocks() as demo:
    text, out = gr.Textbox(label="Text"), gr.Textbox(label="Answer")
    gr.Button("Show", elem_id="mm-show").click(lambda x: x, text, out)
demo.launch(server_port=int(sys.argv[1]), ssr_mode=False, run_history=False)
"""
REDRAW = """async () => {
  const scale = document.querySelector('[name=scale]'), stage = document.querySelector('.mm-grid-stage'), draws = [], frames = [];
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (let i = 0; i < 60; i++) {
    await frame();
    const start = performance.now();
    scale.selectedIndex = (i + 1) % scale.options.length;
    scale.dispatchEvent(new Event('change'));
    draws.push(performance.now() - start);
    await frame();
    await frame();
    frames.push(performance.now() - start);
  }
  const sort = document.querySelector('[name=sort]'), sorts = [];
  for (let i = 0; i < 12; i++) {
    const start = performance.now();
    sort.selectedIndex = (i + 1) % sort.options.length;
    sort.dispatchEvent(new Event('change'));
    sorts.push(performance.now() - start);
    await frame();
  }
  return { draws, frames, sorts };
}"""


def main() -> None:
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS.split())
        usable(browser, Path(folder))
        redraw(browser)
        browser.close()


def usable(browser: Browser, folder: Path) -> None:
    """Open both pages in turn."""
    homes = {"MMVIZ_MODELS": str(make_bundle(folder / "models")), "MMVIZ_HOME": str(folder / "home")}
    ours, bare = free_port(), free_port()
    commands = {ours: ["-m", "mmviz", "serve", "--port", str(ours), "--device", "cpu"], bare: ["-c", BARE, str(bare)]}
    servers = [
        subprocess.Popen([sys.executable, *command], cwd=ROOT, env=os.environ | homes, stdout=subprocess.DEVNULL)
        for command in commands.values()
    ]
    try:
        for port in commands:
            wait(port)
        opened(browser, ours, ".mm-standing")  # the model is warm, the bank is read
        found = {port: [] for port in commands}
        finished = []
        for _ in range(TIMES):
            for port, times in found.items():
                times.append(opened(browser, port, "#mm-show"))
            finished.append(opened(browser, ours, ".mm-stage img"))
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    base, own = statistics.median(found[bare]), statistics.median(found[ours])
    ratio = statistics.median(one / other for one, other in zip(found[ours], found[bare], strict=True))
    print(json.dumps({"figure": "bare Gradio page usable", "value": round(base), "unit": "ms"}))
    print(json.dumps({"figure": "page usable", "value": round(own), "unit": "ms", "times_bare": round(ratio, 2)}))
    print(json.dumps({"figure": "first example finished", "value": round(statistics.median(finished)), "unit": "ms"}))


def opened(browser: Browser, port: int, there: str) -> float:
    """Give the milliseconds until an element is seen, in a context that knows nothing yet."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    started = time.perf_counter()
    page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
    page.wait_for_selector(there, timeout=120_000)
    found = 1000 * (time.perf_counter() - started)
    context.close()
    return found


def redraw(browser: Browser) -> None:
    """Draw 200 texts x 200 pictures on one scale after the other, then in one order after the other."""
    import gradio as gr

    from mmviz.ui import widgets

    with gr.Blocks() as demo:
        widgets.cells(payload())
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(alone.launch(demo))
    page.wait_for_selector(".mm-grid-canvas")
    found = page.evaluate(REDRAW)
    page.close()
    demo.close(verbose=False)
    for name, times in (
        ("draws", "redraw on another scale"),
        ("frames", "painted on another scale"),
        ("sorts", "sort and redraw"),
    ):
        p50, p95 = np.percentile(found[name], [50, 95])
        row = {"figure": f"matrix {SIDE} x {SIDE}: {times}", "value": round(p50, 1), "p95": round(p95, 1), "unit": "ms"}
        print(json.dumps(row))


def payload() -> str:
    """Make a matrix' payload as the page writes it."""
    from mmviz.registry import views
    from mmviz.ui import compared, reading, widget_words

    rng = np.random.default_rng(0)
    names = ItemAxis(tuple(f"a text of the usual length with number {i}" for i in range(SIDE)))
    made = Matrix(rng.uniform(-0.2, 0.7, (SIDE, SIDE)).astype(np.float32), names, names, 30.0, paired=True)
    sheet = reading.picture_url(rng.integers(0, 256, (13 * compared.THUMB, compared.ACROSS * compared.THUMB, 3), np.uint8))
    thumbs = {"picture": sheet, "side": compared.THUMB, "across": compared.ACROSS}
    return reading.written({"matrix": views["matrix"].run(made), "thumbs": thumbs, "words": widget_words.matrix("en")})


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait(port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port}")


if __name__ == "__main__":
    main()
