"""A plane of many points by itself, without a server: what is drawn while it moves, once it stands, and over what."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
STATIC = Path(__file__).parents[2] / "mmviz" / "ui" / "static"
POINTS = 40_000
#: A plane of points in a grid of 200 columns, all blue, those of every 4,000th red; counted by what is seen.
PAGE = """
const count = POINTS, xy = new Uint16Array(2 * count), lit = [];
for (let i = 0; i < count; i++) {
  xy[2 * i] = ((i % 200) / 199) * 65535;
  xy[2 * i + 1] = (Math.floor(i / 200) / (count / 200 - 1)) * 65535;
}
for (let i = 0; i < count; i += 4000) lit.push(i);
const data = { count, xy, at: cellsOf(xy), means: [], added: [], pairs: [], partners: new Map(), neighbours: () => [] };
const told = (window.told = []);
const look = () => ({ row: -1, lines: false, arrow: false, drawing: false, lit: null, added: [], ink: "#000", accent: "#000", ground: "#fff" });
const plane = (window.plane = buildPlane(data, look, { point() {}, open() {}, choose() {}, coarse: (n) => told.push(n) }, ""));
plane.frame.style.cssText = "position: relative; width: 600px; height: 500px";
document.body.append(plane.frame);
const tints = new Uint8Array(4 * count);
for (let i = 0; i < count; i++) tints.set(i % 4000 ? [0, 0, 255, 30] : [255, 0, 0, 255], 4 * i);
plane.tint(tints, lit);
window.seen = () => {
  const sheet = document.createElement("canvas"), { width, height } = plane.points;
  [sheet.width, sheet.height] = [width, height];
  const pen = sheet.getContext("2d");
  pen.drawImage(plane.points, 0, 0);
  const pixels = pen.getImageData(0, 0, width, height).data, seen = { red: 0, any: 0 };
  for (let at = 0; at < pixels.length; at += 4) {
    if (pixels[at + 3]) seen.any++;
    if (pixels[at] > 250 && pixels[at + 3] > 250) seen.red++;
  }
  return seen;
};
"""
#: That all of them are drawn.
ALL = f"() => plane.frame.dataset.points === '{POINTS}'"
#: Turns the wheel and, in the frame after the plane has answered, looks at what is drawn.
MOVED = """() => new Promise((done) => {
  const { frame } = plane, before = frame.dataset.drawn;
  frame.dispatchEvent(new WheelEvent('wheel', { deltaY: -1, clientX: 300, clientY: 250, bubbles: true, cancelable: true }));
  const look = () => (frame.dataset.drawn === before ? requestAnimationFrame(look) : done([Number(frame.dataset.points), seen()]));
  requestAnimationFrame(look);
})"""


@pytest.fixture
def open_plane(chromium: Browser):
    """Show a plane by WebGL, or on a flat canvas."""
    pages = []

    def open_one(is_flat: bool) -> Page:
        page = chromium.new_page(viewport={"width": 640, "height": 540})
        pages.append(page)
        page.set_content("<body></body>")
        code = "\n".join((STATIC / name).read_text("utf-8") for name in ("kit.js", "points.js", "planes.js"))
        page.add_script_tag(content=f"window.mmvizFlat = {str(is_flat).lower()};\n{code}\n{PAGE.replace('POINTS', str(POINTS))}")
        page.wait_for_function(ALL)
        return page

    yield open_one
    for page in pages:
        page.close()


@pytest.mark.parametrize("is_flat", [False, True], ids=["webgl", "flat"])
def test_fewer_points_are_drawn_while_a_map_moves_and_all_of_them_once_it_stands(open_plane, is_flat):
    page = open_plane(is_flat)
    assert page.evaluate("plane.flat") is is_flat
    whole = page.evaluate("() => { plane.still(); return seen(); }")
    drawn, moving = page.evaluate(MOVED)
    assert 0 < drawn < POINTS
    assert moving["any"] < 0.8 * whole["any"]
    page.wait_for_function(ALL)
    assert page.evaluate("told") == [drawn]
    assert page.evaluate("() => { plane.still(); return seen(); }")["any"] == pytest.approx(whole["any"], rel=0.05)


@pytest.mark.parametrize("is_flat", [False, True], ids=["webgl", "flat"])
def test_what_is_lit_is_drawn_over_the_rest_even_while_a_map_moves(open_plane, is_flat):
    page = open_plane(is_flat)
    whole = page.evaluate("() => { plane.still(); return seen(); }")
    _, moving = page.evaluate(MOVED)
    assert whole["red"] >= POINTS // 4000
    assert moving["red"] == pytest.approx(whole["red"], rel=0.1)  # a point may cover a pixel more or less


def test_pointing_draws_no_point_anew(open_plane):
    page = open_plane(False)
    page.evaluate("() => { plane.frame.dataset.points = 'kept'; plane.redraw(); }")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("plane.frame.dataset.points") == "kept"
