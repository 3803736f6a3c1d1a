// One plane with its points: moving, zooming, pointing and drawing a line round some of them; what is over the points is a canvas of its own.

const REACH = 14; // pixels from which a point is pointed at
const LEAST = 0.5, MOST = 60; // how far the whole may shrink and grow
const SETTLED = 100; // milliseconds after a movement until all points are drawn again
// How many points are drawn while a map moves: more where frames come quickly, fewer where they do not, never fewer than FEWEST.
const FEWEST = 8000, QUICK = 20, SLOW = 28, GAPS = 4; // QUICK and SLOW are milliseconds from one frame to the next, the median of GAPS
const pace = { most: 24000, cap: Infinity, gaps: [] }; // outlives payloads

function keepPace(gap, count) {
  pace.gaps.push(gap);
  if (pace.gaps.length < GAPS) return;
  const median = pace.gaps.sort((a, b) => a - b)[GAPS >> 1];
  pace.gaps = [];
  if (median > SLOW) [pace.cap, pace.most] = [Math.min(count, pace.most), Math.max(FEWEST, Math.round(pace.most * 0.6))];
  else if (median < QUICK) pace.most = Math.max(pace.most, Math.round(Math.min(1.5 * pace.most, 0.8 * pace.cap)));
}

function readSpace(space) {
  const count = bytes(space.modality).length, pairs = wordsOf(space.pairs, Uint32Array), partners = new Map();
  for (let i = 0; i < pairs.length; i += 2) {
    for (const [one, other] of [[pairs[i], pairs[i + 1]], [pairs[i + 1], pairs[i]]]) {
      if (!partners.has(one)) partners.set(one, []);
      partners.get(one).push(other);
    }
  }
  const xy = wordsOf(space.xy, Uint16Array), near = wordsOf(space.neighbours, Uint32Array);
  const colourings = space.colourings.map((one) => ({ ...one, values: bytes(one.values), rgb: one.colours.map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16))) }));
  return { ...space, count, xy, kept: bytes(space.kept), modality: bytes(space.modality), pairs, partners, colourings, at: cellsOf(xy),
    neighbours: (i) => near.subarray(i * space.near, (i + 1) * space.near) };
}

// What a plane asks: `look` gives what is drawn over the points; what it tells: point, open, choose, and coarse, how many points were drawn
// while it moved, where that was not all.
function buildPlane(data, look, tell, title) {
  const points = node("canvas", { class: "mm-plane-points", "aria-hidden": "true", "data-flat": window.mmvizFlat === undefined ? null : String(window.mmvizFlat) });
  const over = node("canvas", { class: "mm-plane-over", "aria-hidden": "true" });
  const frame = node("div", { class: "mm-plane-frame" }, points, over, title ? node("span", { class: "mm-plane-title" }, title) : null);
  const paint = painter(points), view = { width: 1, height: 1, left: 0, top: 0, side: 1 };
  let asked = "", drag = null, pinch = null, moved = 0, drawn = 0, settling = 0;
  const fingers = new Map();
  paint.load(data.xy);

  function whole() {
    view.side = Math.min(view.width, view.height) * 0.94;
    view.left = (view.width - view.side) / 2;
    view.top = (view.height - view.side) / 2;
    redraw("points");
  }

  function size() {
    const { clientWidth: width, clientHeight: height } = frame;
    if (!width || !height) return;
    const sharp = Math.min(2, window.devicePixelRatio || 1), fresh = view.width === 1, real = Math.min(width, height) / Math.min(view.width, view.height);
    for (const canvas of [points, over]) [canvas.width, canvas.height] = [Math.round(width * sharp), Math.round(height * sharp)];
    Object.assign(view, { side: view.side * real, left: width / 2 - (view.width / 2 - view.left) * real, top: height / 2 - (view.height / 2 - view.top) * real, width, height });
    if (fresh) whole();
    else redraw("points"); // what was in the middle stays there
  }

  const onScreen = (i) => [view.left + (data.xy[2 * i] / STEPS) * view.side, view.top + (1 - data.xy[2 * i + 1] / STEPS) * view.side];
  const inSteps = (x, y) => [((x - view.left) / view.side) * STEPS, (1 - (y - view.top) / view.side) * STEPS];
  const dot = () => Math.max(1.5, Math.min(9, (data.count > 20000 ? 2 : data.count > 4000 ? 3.5 : 5) * Math.sqrt(view.side / Math.min(view.width, view.height))));

  // What is drawn anew with the next frame: "over" the points only, the "points" too, or "moving" points, of which there may be fewer.
  function redraw(what = "over") {
    const rank = ["", "over", "moving", "points"], first = !asked;
    if (rank.indexOf(what) > rank.indexOf(asked)) asked = what;
    if (what === "moving") {
      clearTimeout(settling); // by the movement, not by the frame, which may take longer
      settling = setTimeout(() => {
        moved = 0;
        redraw("points");
      }, SETTLED);
    }
    if (first) requestAnimationFrame(paintNow);
  }

  function paintNow(now) {
    const what = asked;
    asked = "";
    if (view.width === 1) return;
    if (what === "moving") {
      if (moved && data.count > FEWEST) keepPace(now - moved, data.count);
      moved = now;
    }
    if (what !== "over") paintPoints(what === "moving" ? pace.most : Infinity);
    drawOver(over, view, { data, onScreen, line: drag?.line, ...look() });
    frame.dataset.drawn = String(Number(frame.dataset.drawn || 0) + 1);
  }

  function paintPoints(most) {
    const before = drawn;
    drawn = paint.draw(view, dot(), most);
    frame.dataset.points = String(drawn);
    if (before && before < data.count && drawn === data.count) tell.coarse(before);
  }

  function zoom(x, y, by) {
    const side = Math.max(Math.min(view.width, view.height) * LEAST, Math.min(Math.min(view.width, view.height) * MOST, view.side * by)), real = side / view.side;
    Object.assign(view, { side, left: x - (x - view.left) * real, top: y - (y - view.top) * real });
    redraw("moving");
  }

  const placeOf = (event) => {
    const box = frame.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const under = (x, y) => data.at(...inSteps(x, y), (REACH / view.side) * STEPS);

  frame.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(...placeOf(event), Math.exp(-event.deltaY / 400));
  }, { passive: false });
  frame.addEventListener("pointerdown", (event) => {
    const place = placeOf(event);
    fingers.set(event.pointerId, place);
    frame.setPointerCapture(event.pointerId);
    if (fingers.size === 2) pinch = spread([...fingers.values()]);
    drag = { from: place, moved: false, line: (event.shiftKey || look().drawing) && fingers.size === 1 ? [place] : null, left: view.left, top: view.top };
  });
  frame.addEventListener("pointermove", (event) => {
    const place = placeOf(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, place);
    if (fingers.size === 2) {
      const now = spread([...fingers.values()]);
      if (pinch) zoom(...now.middle, now.far / Math.max(1, pinch.far));
      pinch = now;
    } else if (drag) {
      drag.moved ||= Math.hypot(place[0] - drag.from[0], place[1] - drag.from[1]) > 4;
      if (drag.line) drag.line.push(place);
      else if (drag.moved) Object.assign(view, { left: drag.left + place[0] - drag.from[0], top: drag.top + place[1] - drag.from[1] });
      redraw(drag.line || !drag.moved ? "over" : "moving");
    } else {
      const found = under(...place);
      frame.style.cursor = found >= 0 ? "pointer" : "";
      if (found >= 0) tell.point(found);
    }
  });
  const ended = (event) => {
    fingers.delete(event.pointerId);
    const was = drag;
    drag = pinch = null;
    if (!was || event.type === "pointercancel") return redraw();
    if (was.line && was.moved) tell.choose(inside(data.xy, was.line.map(([x, y]) => inSteps(x, y))));
    else if (!was.moved) {
      const found = under(...was.from);
      if (found >= 0) tell[event.pointerType === "touch" ? "point" : "open"](found); // a finger points first
    }
    redraw();
  };
  frame.addEventListener("pointerup", ended);
  frame.addEventListener("pointercancel", ended);
  frame.addEventListener("dblclick", whole);
  new ResizeObserver(size).observe(frame);
  return { frame, points, over, flat: paint.flat, redraw, whole, zoom: (by) => zoom(view.width / 2, view.height / 2, by),
    still: () => paintPoints(Infinity), // what is on the canvas can be read until the task ends
    tint(values, lit) { paint.tint(values, lit); redraw("points"); },
    bring(i) { // into sight, where it is not
      const [x, y] = onScreen(i);
      if (x >= 20 && y >= 20 && x <= view.width - 20 && y <= view.height - 20) return redraw();
      Object.assign(view, { left: view.left + view.width / 2 - x, top: view.top + view.height / 2 - y });
      redraw("points");
    } };
}

function spread([one, other]) {
  return { middle: [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2], far: Math.hypot(one[0] - other[0], one[1] - other[1]) };
}

// Lines to neighbours and partners, rings, the gap's arrow, the line that is being drawn.
function drawOver(canvas, view, { data, onScreen, row, lines, arrow, line, added, ink, accent, ground, lit }) {
  const pen = canvas.getContext("2d"), sharp = canvas.width / view.width;
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  pen.clearRect(0, 0, view.width, view.height);
  const stroke = (from, to, colour, width) => {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
  };
  const ring = (i, radius, colour, width) => {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(...onScreen(i), radius, 0, 7);
    pen.stroke();
  };
  if (lines) {
    pen.globalAlpha = Math.max(0.05, Math.min(0.4, 150 / data.pairs.length));
    for (let i = 0; i < data.pairs.length; i += 2) stroke(onScreen(data.pairs[i]), onScreen(data.pairs[i + 1]), ink, 0.7);
    pen.globalAlpha = 1;
  }
  if (lit && lit.length <= 60) for (const i of lit) ring(i, 6, ground, 3.5), ring(i, 6, ink, 1.5);
  for (const i of added) ring(i, 8, ground, 5), ring(i, 8, accent, 3);
  if (arrow && data.means.length === 2) drawArrow(pen, data.means.map(([x, y]) => [view.left + x * view.side, view.top + (1 - y) * view.side]), ink, ground);
  if (row >= 0) {
    for (const i of data.neighbours(row)) stroke(onScreen(row), onScreen(i), ink, 1), ring(i, 4.5, ink, 1);
    for (const i of data.partners.get(row) || []) stroke(onScreen(row), onScreen(i), ground, 5), stroke(onScreen(row), onScreen(i), accent, 2.5), ring(i, 7, accent, 2.5);
    ring(row, 8, ground, 5);
    ring(row, 8, accent, 3);
  }
  if (line) {
    pen.strokeStyle = accent;
    pen.lineWidth = 2;
    pen.beginPath();
    line.forEach((place, i) => pen[i ? "lineTo" : "moveTo"](...place));
    pen.stroke();
  }
}

function drawArrow(pen, [from, to], ink, ground) {
  const turn = Math.atan2(to[1] - from[1], to[0] - from[0]);
  if (Math.hypot(to[0] - from[0], to[1] - from[1]) < 12) return;
  for (const [colour, width] of [[ground, 6], [ink, 2.5]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    for (const side of [2.6, -2.6]) {
      pen.moveTo(...to);
      pen.lineTo(to[0] + 14 * Math.cos(turn + side), to[1] + 14 * Math.sin(turn + side));
    }
    pen.stroke();
  }
}
