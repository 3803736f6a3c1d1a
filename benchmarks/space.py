"""Maps: 100,000 points in Chromium beside Plotly's scattergl, UMAP beside umap-learn's own, retrieval beside a bare matrix product.

Prints JSON lines. `python benchmarks/space.py [page|umap|retrieval] [ROWS]`; without arguments all of it, at the sizes that are asked.
"""

import json
import resource
import shutil
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmviz.axes import ItemAxis  # noqa: E402
from mmviz.spaces import Neighbours, Space  # noqa: E402
from tests.ui import alone  # noqa: E402

ROWS, WIDTH, WIDE = 100_000, 128, 512
FLAGS = "--no-sandbox --disable-gpu --use-angle=swiftshader --no-first-run --disable-background-networking".split()
#: Draws and zooms a plane for two seconds: how many frames a second there were.
FRAMES = """async () => {
  const frame = document.querySelector('.mm-plane-frame'), next = () => new Promise((done) => requestAnimationFrame(done));
  const began = performance.now(), before = Number(frame.dataset.drawn);
  for (let i = 0; performance.now() - began < 2000; i++) {
    frame.dispatchEvent(new WheelEvent('wheel', { deltaY: i % 40 < 20 ? -20 : 20, clientX: 700, clientY: 500, bubbles: true, cancelable: true }));
    await next();
  }
  return (Number(frame.dataset.drawn) - before) / ((performance.now() - began) / 1000);
}"""


def main() -> None:
    """Measure what is asked for."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else ROWS
    for name, measure in (("page", measure_page), ("umap", measure_umap), ("retrieval", measure_retrieval)):
        if asked in ("", name):
            measure(rows)


def measure_page(rows: int) -> None:
    """Show points, zoom, choose by a drawn line, in software WebGL; then the same points by Plotly."""
    from playwright.sync_api import sync_playwright

    shown = cloud(rows)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(300_000)
        demo = serve(shown)
        try:
            page.goto(demo.local_url)
            page.click("#go")
            page.wait_for_selector(".mm-plane-stage[data-shown]")
            ours = float(page.locator(".mm-plane-stage").get_attribute("data-shown")) / 1000
            say(f"{rows:,} points, own widget: visible after the data came", round(ours, 3), "s", "<= 0.6 s")
            say(f"{rows:,} points, own widget: frames while zooming", round(page.evaluate(FRAMES), 1), "a second", ">= 30")
            say(f"{rows:,} points, own widget: drawn line to Python's answer", round(lasso(page), 3), "s", "<= 0.5 s")
            began = time.perf_counter()
            page.click("#other")
            page.wait_for_selector(".js-plotly-plot .gl-canvas-context, .js-plotly-plot canvas")
            page.wait_for_function("() => document.querySelector('.js-plotly-plot')?._fullLayout?._plots?.xy !== undefined")
            say(
                f"{rows:,} points, Plotly's scattergl in the same run: click to visible",
                round(time.perf_counter() - began, 2),
                "s",
                "",
            )
        finally:
            demo.close()
            browser.close()


def lasso(page: Any) -> float:
    """Draw a line round most points and give the seconds from letting go to Python's answer."""
    box = page.locator(".mm-plane-frame").bounding_box()
    centre = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.keyboard.down("Shift")
    page.mouse.move(centre[0] - 150, centre[1] - 150)
    page.mouse.down()
    for x, y in ((150, -150), (150, 150), (-150, 150), (-150, -140)):
        page.mouse.move(centre[0] + x, centre[1] + y, steps=4)
    began = time.perf_counter()
    page.mouse.up()
    page.wait_for_selector(".mm-chosen", timeout=60_000)
    page.keyboard.up("Shift")
    return time.perf_counter() - began


def serve(shown: Space) -> Any:
    """Serve a page with the map's widget and a plot, filled by a button each."""
    import gradio as gr
    import plotly.graph_objects as go

    from mmviz.ui import mapped, material, space, widgets

    kept = mapped.Mapped(material.Material((), shown.pairs), mapped.Wanted(), (shown,), None, None)

    def other() -> go.Figure:
        return go.Figure(go.Scattergl(x=shown.points[:, 0], y=shown.points[:, 1], mode="markers", marker={"size": 3}))

    with gr.Blocks(analytics_enabled=False) as demo:
        go_, plot_ = gr.Button("map", elem_id="go"), gr.Button("plot", elem_id="other")
        plane, chosen, plot = widgets.plane(space.message("en")), widgets.chosen(), gr.Plot()
        go_.click(lambda: mapped.payload(kept, "en"), None, plane)
        _wire(plane, chosen, kept)
        plot_.click(other, None, plot)
    alone.launch(demo)
    return demo


def _wire(plane: Any, chosen: Any, kept: Any) -> None:
    import gradio as gr

    from mmviz.ui import space

    def choose(event: gr.EventData):
        return space.choose_points(kept, "en", SimpleNamespace(rows=event.rows))

    plane.lasso(choose, None, chosen)


def measure_umap(rows: int) -> None:
    """Lay out as the program does, and as umap-learn does by itself with a seed; processor seconds, compiling done before both."""
    from mmviz.space import belief, neighbours, projection

    vectors = clustered(rows, WIDTH)
    projection.warm()
    library = projection._library()
    neighbours.neighbours(vectors[:25_000], 15)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own = library.UMAP(metric="cosine", random_state=0, n_jobs=1)
        small = vectors[:5000]
        own.fit(small)
        theirs, laid = timed(lambda: library.UMAP(metric="cosine", random_state=0, n_jobs=1).fit_transform(vectors))
    began = timed(lambda: neighbours.neighbours(vectors, 15))
    ended = timed(lambda: projection.umap(vectors, began[1]))
    ours = began[0] + ended[0]
    say(f"UMAP of {rows:,} x {WIDTH}: neighbours and layout", round(ours, 1), "s of processor time", "")
    say("the same over umap-learn's own seeded run", round(ours / theirs, 2), "times", "<= 1")
    say("recall of the neighbours", round(began[1].recall, 4), f"measured on {began[1].measured}", ">= 0.98")
    for name, points in (("ours", ended[1]), ("umap-learn's own", laid)):
        found = belief.believe(vectors, points, began[1])
        say(f"trustworthiness, {name}", round(found.trustworthiness, 4), f"kept {found.neighbours_kept:.3f}", "")


def measure_retrieval(rows: int) -> None:
    """Rank both ways, beside a bare product of matrices of the same blocks."""
    import torch

    from mmviz.space import retrieval

    rng = np.random.default_rng(0)
    texts, images = (rng.standard_normal((rows, WIDE), np.float32) for _ in range(2))
    images += texts
    for side in (texts, images):
        side /= np.linalg.norm(side, axis=1, keepdims=True)
    block = retrieval.BLOCK // rows
    keys, out = torch.from_numpy(images), torch.empty(block, rows)
    part = torch.from_numpy(texts[:block])
    bare = min(timed(lambda: torch.mm(part, keys.T, out=out))[0] for _ in range(5)) * (rows / block)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, found = timed(lambda: retrieval.retrieve(texts, images, [[i] for i in range(rows)]))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10
    say(f"retrieval {rows:,} x {rows:,} x {WIDE}, both ways", round(seconds, 1), "s of processor time", "")
    say("share of the measured peak of a matrix product", round(2 * bare / seconds, 2), "", ">= 0.5")
    held = (texts.nbytes + images.nbytes) / 2**20
    say("memory beside the vectors, and the vectors", f"{grown:.0f} + {held:.0f}", "MiB", "< 1024 together")
    say("recall at 1 of planted pairs", found.text_to_image.figures["r1"], "", "")


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Give processor seconds and what the work gave."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def clustered(rows: int, width: int) -> np.ndarray:
    """Make unit vectors near 50 centres, each cluster spread along 12 directions of its own: as embeddings of classes lie."""
    rng = np.random.default_rng(0)
    centres, spread = rng.normal(size=(50, width)), rng.normal(size=(50, 12, width)) / 4
    kind = rng.integers(0, 50, rows)
    vectors = (
        centres[kind] + np.einsum("nk,nkd->nd", rng.normal(size=(rows, 12)), spread[kind]) + 0.05 * rng.normal(size=(rows, width))
    )
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def cloud(rows: int) -> Space:
    """Make a map of points in 20 heaps, without laying anything out."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 20, rows)
    points = (rng.normal(size=(20, 2))[kind] + 0.15 * rng.normal(size=(rows, 2))).astype(np.float32)
    near = Neighbours(rng.integers(0, rows, (rows, 15)), np.zeros((rows, 15), np.float32))
    none = np.zeros((0, 2), np.int64)
    modality = (kind % 2).astype(np.uint8)
    return Space(points, points, ItemAxis(("",) * rows), ("text", "image"), modality, near, None, none, 0.5, "umap", 0)


def say(figure: str, value: Any, unit: str, asked: str) -> None:
    """Print one figure."""
    print(json.dumps({"figure": figure, "value": value, "unit": unit, "asked": asked}), flush=True)


if __name__ == "__main__":
    main()
