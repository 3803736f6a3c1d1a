// Speech on its canvas: ruler, waveform, spectrogram, words, costs with the path, all on one axis of time.

const RULER = 20, WORDS = 46, OTHER = 18, STRIP = 6, NARROW = 560;
const PATH = "#ffffff", CASE = "#000000", OTHERS = ["#ff8a00", "#35d0ff"];
const LOW_INK = 0.35;

// Where everything lies, so that pointing and drawing agree.
export function layout(data, width, room) {
  const gutter = width < NARROW ? 0 : 84, phone = width < NARROW;
  const lanes = [["ruler", RULER]];
  if (data.sound) lanes.push(["wave", phone ? 44 : 56], ["spectrum", phone ? 48 : 64]);
  lanes.push(["words", WORDS], ...data.others.map((_, i) => [`other${i}`, OTHER]));
  if (data.warp) lanes.push(["matrix", Math.max(180, Math.min(420, room))]);
  const at = { width, gutter, across: width - gutter, lanes: {}, height: 0 };
  for (const [name, height] of lanes) {
    at.lanes[name] = { top: at.height, height };
    at.height += height + 4;
  }
  return at;
}

export const xOf = (at, view, seconds) => at.gutter + ((seconds - view.from) / (view.to - view.from)) * at.across;
export const secondsAt = (at, view, x) => view.from + ((x - at.gutter) / at.across) * (view.to - view.from);
export const laneAt = (at, y) => Object.keys(at.lanes).find((name) => y >= at.lanes[name].top && y < at.lanes[name].top + at.lanes[name].height + 4) ?? null;

// The anchor's seconds that are seen: those the path runs through, with a little around.
export function rowsSeen(data, view) {
  const { top, bottom } = data.warp, first = data.anchorAt(view.from), last = data.anchorAt(view.to);
  const around = Math.max(0.05, (last - first) * 0.08);
  const whole = view.from <= 0.001 && view.to >= data.seconds - 0.001;
  return whole ? [top, bottom] : [Math.max(top, first - around), Math.min(bottom, Math.max(last, first + 0.1) + around)];
}

export function yOf(at, seen, anchor) {
  const lane = at.lanes.matrix;
  return lane.top + ((anchor - seen[0]) / (seen[1] - seen[0])) * lane.height;
}

// A picture of bytes in the colours given; `row` says which of its rows comes where.
export function coloured(values, rows, columns, colours, row = (r) => r) {
  const made = new OffscreenCanvas(columns, rows), pen = made.getContext("2d"), image = pen.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer), palette = new Uint32Array(256);
  for (let i = 0; i < 256; i++) palette[i] = (255 << 24) | (colours[4 * i + 2] << 16) | (colours[4 * i + 1] << 8) | colours[4 * i];
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) pixels[row(r) * columns + c] = palette[values[r * columns + c]];
  pen.putImageData(image, 0, 0);
  return made;
}

function sized(canvas, at) {
  const sharp = Math.max(1, window.devicePixelRatio || 1);
  const [wide, high] = [Math.round(at.width * sharp), Math.round(at.height * sharp)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = `${at.width}px`;
    canvas.style.height = `${at.height}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  pen.clearRect(0, 0, at.width, at.height);
  return pen;
}

export function paint(canvas, data, state, look) {
  const { at, view } = state, pen = sized(canvas, at);
  pen.font = "12px system-ui, sans-serif";
  pen.textBaseline = "middle";
  const draw = { pen, data, state, at, view, look, units: seenUnits(data, view) };
  paintRuler(draw);
  if (data.sound) {
    paintWave(draw);
    paintSpectrum(draw);
  }
  paintWords(draw);
  data.others.forEach((other, index) => paintOther(draw, other, index));
  if (data.warp) paintMatrix(draw);
  paintGaps(draw);
  paintNames(draw);
}

// Units that reach into what is seen; ends are searched, so that an hour costs no more than a minute.
export function seenUnits(data, { from, to }) {
  let low = 0, high = data.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (data.reach[middle] < from) low = middle + 1;
    else high = middle;
  }
  let last = low;
  while (last < data.count && data.starts[last] <= to) last++;
  return [low, last];
}

function paintRuler({ pen, at, view, look }) {
  const wanted = (view.to - view.from) / Math.max(2, at.across / 90);
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600].find((one) => one >= wanted) ?? 1800;
  pen.fillStyle = look.quiet;
  pen.textAlign = "center";
  pen.strokeStyle = look.line;
  for (let k = Math.ceil(view.from / step); k * step <= view.to; k++) {
    const x = xOf(at, view, k * step);
    pen.beginPath();
    pen.moveTo(x + 0.5, RULER - 5);
    pen.lineTo(x + 0.5, RULER);
    pen.stroke();
    if (x > at.gutter + 12 && x < at.width - 16) pen.fillText(clock(k * step, step), x, 8);
  }
  pen.textAlign = "start";
}

export function clock(seconds, step = 0.01) {
  const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2, minutes = Math.floor((seconds + 1e-9) / 60);
  if (minutes === 0) return `${seconds.toFixed(digits)} s`;
  const rest = (seconds - 60 * minutes).toFixed(digits);
  return `${minutes}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
}

function paintWave({ pen, data, at, view, look }) {
  const { top, height } = at.lanes.wave, { peaks, loudest } = data.sound, count = peaks.length / 2, each = data.seconds / count;
  const middle = top + height / 2;
  pen.fillStyle = look.wave;
  for (let x = 0; x < at.across; x++) {
    const first = Math.floor(secondsAt(at, view, at.gutter + x) / each), last = Math.max(first + 1, Math.floor(secondsAt(at, view, at.gutter + x + 1) / each));
    let low = 0, high = 0;
    for (let k = Math.max(0, first); k < Math.min(count, last); k++) {
      low = Math.min(low, peaks[2 * k]);
      high = Math.max(high, peaks[2 * k + 1]);
    }
    pen.fillRect(at.gutter + x, middle - (high / loudest) * (height / 2), 1, Math.max(1, ((high - low) / loudest) * (height / 2)));
  }
}

function paintPicture(pen, at, view, image, { left, right }, { top, height }, [above, below]) {
  const each = (right - left) / image.width, from = Math.max(left, view.from), to = Math.min(right, view.to);
  if (to <= from || below <= above) return;
  pen.imageSmoothingEnabled = false;
  pen.drawImage(image, (from - left) / each, above, (to - from) / each, below - above, xOf(at, view, from), top, xOf(at, view, to) - xOf(at, view, from), height);
  pen.imageSmoothingEnabled = true;
}

function paintSpectrum({ pen, data, at, view }) {
  const { picture } = data.sound;
  paintPicture(pen, at, view, picture, { left: 0, right: data.seconds }, at.lanes.spectrum, [0, picture.height]);
}

function hatch(pen, colour) {
  const made = new OffscreenCanvas(8, 8), brush = made.getContext("2d");
  brush.strokeStyle = colour;
  brush.lineWidth = 1.2;
  brush.beginPath();
  for (const shift of [-8, 0, 8]) {
    brush.moveTo(shift, 8);
    brush.lineTo(shift + 8, 0);
  }
  brush.stroke();
  return pen.createPattern(made, "repeat");
}

function paintWords({ pen, data, state, at, view, look, units: [first, last] }) {
  const { top, height } = at.lanes.words, striped = hatch(pen, look.quiet);
  pen.save();
  pen.beginPath();
  pen.rect(at.gutter, top, at.across, height);
  pen.clip();
  for (let unit = first; unit < last; unit++) {
    const left = xOf(at, view, data.starts[unit]), wide = Math.max(1, xOf(at, view, data.ends[unit]) - left);
    pen.fillStyle = look.box;
    pen.fillRect(left, top, wide, height);
    if (!data.spoken[unit]) {
      pen.fillStyle = striped;
      pen.fillRect(left, top, wide, height);
    }
    const from = 4 * data.sure[unit];
    pen.fillStyle = `rgb(${look.sure[from]} ${look.sure[from + 1]} ${look.sure[from + 2]})`;
    pen.fillRect(left, top + height - STRIP, wide, STRIP);
    pen.fillStyle = look.edge;
    pen.fillRect(left, top, 1, height);
    if (wide > 9) paintLabel(pen, data.names[unit], Math.max(left, at.gutter) + 3, top + (height - STRIP) / 2, Math.min(wide, left + wide - at.gutter) - 4, data.spoken[unit] ? look.ink : look.quiet);
    if (data.fixed.has(unit)) paintPin(pen, left, top, look.accent);
  }
  if (state.unit >= first && state.unit < last) paintBox(pen, at, view, data, state.unit, at.lanes.words, look.accent);
  pen.restore();
}

function paintLabel(pen, text, x, y, room, colour) {
  pen.fillStyle = colour;
  let shown = text;
  while (shown && pen.measureText(shown).width > room) shown = Array.from(shown).slice(0, -1).join("");
  if (shown) pen.fillText(shown, x, y);
}

function paintPin(pen, x, y, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(x - 5, y);
  pen.lineTo(x + 5, y);
  pen.lineTo(x, y + 8);
  pen.fill();
}

function paintBox(pen, at, view, data, unit, { top, height }, colour) {
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  const left = xOf(at, view, data.starts[unit]), wide = Math.max(3, xOf(at, view, data.ends[unit]) - left);
  pen.strokeRect(left + 1, top + 1, wide - 2, height - 2);
  pen.lineWidth = 1;
}

// Another one's words, each joined with ours where the two begin apart.
function paintOther({ pen, data, at, view, look, units: [first, last] }, other, index) {
  const { top, height } = at.lanes[`other${index}`], ours = at.lanes.words.top + at.lanes.words.height;
  pen.save();
  pen.beginPath();
  pen.rect(at.gutter, ours - 4, at.across, top + height - ours + 4);
  pen.clip();
  for (let unit = Math.max(0, first - 3); unit < Math.min(data.count, last + 3); unit++) {
    const start = other.starts[unit];
    if (Number.isNaN(start)) continue;
    const left = xOf(at, view, start), wide = Math.max(1, xOf(at, view, other.ends[unit]) - left);
    pen.fillStyle = look.box;
    pen.fillRect(left, top, wide, height);
    const apart = Math.abs(start - data.starts[unit]) > 0.05;
    pen.fillStyle = pen.strokeStyle = apart ? look.warning : look.quiet;
    pen.fillRect(left, top, apart ? 3 : 1, height);
    if (wide > 14) paintLabel(pen, data.names[unit], left + 5, top + height / 2, wide - 6, look.ink);
    if (!apart) continue;
    pen.beginPath();
    pen.moveTo(xOf(at, view, data.starts[unit]), index ? top : ours);
    pen.lineTo(left + 1, top);
    pen.stroke();
  }
  pen.restore();
}

function paintMatrix({ pen, data, state, at, view, look, units: [first, last] }) {
  const { warp } = data, lane = at.lanes.matrix, seen = rowsSeen(data, view), each = (warp.bottom - warp.top) / warp.rows;
  state.seen = seen;
  paintPicture(pen, at, view, warp.picture, warp, lane, [(seen[0] - warp.top) / each, (seen[1] - warp.top) / each]);
  pen.save();
  pen.beginPath();
  pen.rect(at.gutter, lane.top, at.across, lane.height);
  pen.clip();
  if ((last - first) * 12 < at.across) paintGrid(pen, data, at, view, seen, [first, last]);
  data.others.forEach((other, index) => stroke(pen, OTHERS[index % OTHERS.length], 2.5, otherPath(data, at, view, seen, other, [first, last])));
  stroke(pen, PATH, 2.5, ownPath(data, at, view, seen));
  pen.restore();
  if (at.gutter) paintRows(pen, data, at, seen, look, [first, last], state.unit);
}

function paintGrid(pen, data, at, view, seen, [first, last]) {
  const { top, height } = at.lanes.matrix;
  pen.fillStyle = "#ffffff40";
  for (let unit = first; unit < last; unit++) {
    pen.fillRect(Math.round(xOf(at, view, data.starts[unit])), top, 1, height);
    pen.fillRect(at.gutter, Math.round(yOf(at, seen, data.anchorAt(data.starts[unit]))), at.across, 1);
  }
}

function ownPath(data, at, view, seen) {
  const { seconds, anchors } = data.warp, points = [];
  for (let k = data.cornerBefore(view.from); k < seconds.length; k++) {
    points.push([xOf(at, view, seconds[k]), yOf(at, seen, anchors[k])]);
    if (seconds[k] > view.to) break;
  }
  return points;
}

// Another aligner has its own anchor: its path is drawn through the beginnings and ends of units, on our rows.
function otherPath(data, at, view, seen, other, [first, last]) {
  const points = [];
  if (other.corners) { // a plain path runs through the same frames
    for (let k = 0; k < other.corners.length; k += 2) points.push([xOf(at, view, other.corners[k]), yOf(at, seen, other.corners[k + 1])]);
    return points;
  }
  for (let unit = Math.max(0, first - 3); unit < Math.min(data.count, last + 3); unit++) {
    if (Number.isNaN(other.starts[unit])) continue;
    points.push([xOf(at, view, other.starts[unit]), yOf(at, seen, data.anchorAt(data.starts[unit]))],
      [xOf(at, view, other.ends[unit]), yOf(at, seen, data.anchorAt(data.ends[unit]))]);
  }
  return points;
}

function stroke(pen, colour, width, points) {
  if (!points.length) return;
  pen.beginPath();
  points.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.lineJoin = "round";
  for (const [shade, wide] of [[CASE, width + 2.5], [colour, width]]) {
    pen.strokeStyle = shade;
    pen.lineWidth = wide;
    pen.stroke();
  }
  pen.lineWidth = 1;
}

function paintRows(pen, data, at, seen, look, [first, last], chosen) {
  const lane = at.lanes.matrix;
  let free = lane.top;
  for (let unit = first; unit < last; unit++) {
    const y = (yOf(at, seen, data.anchorAt(data.starts[unit])) + yOf(at, seen, data.anchorAt(data.ends[unit]))) / 2;
    if (y - 6 < free || y + 6 > lane.top + lane.height) continue;
    paintLabel(pen, data.names[unit], 0, y, at.gutter - 6, unit === chosen ? look.accent : look.ink);
    free = y + 6;
  }
}

function paintGaps({ pen, data, at, view, look }) {
  const striped = hatch(pen, look.warning), top = at.lanes.wave?.top ?? at.lanes.words.top;
  const bottom = at.lanes.words.top + at.lanes.words.height;
  for (const [start, end] of data.gaps) {
    if (end < view.from || start > view.to) continue;
    const left = Math.max(at.gutter, xOf(at, view, start)), right = Math.min(at.width, xOf(at, view, end));
    pen.globalAlpha = LOW_INK;
    pen.fillStyle = striped;
    pen.fillRect(left, top, right - left, bottom - top);
    pen.globalAlpha = 1;
    pen.fillStyle = look.warning;
    pen.fillRect(left, bottom - 2, right - left, 2);
  }
}

function paintNames({ pen, data, at, look }) {
  if (!at.gutter) return;
  pen.fillStyle = look.quiet;
  for (const [lane, name] of Object.entries(look.names)) if (at.lanes[lane]) pen.fillText(name, 0, at.lanes[lane].top + Math.min(at.lanes[lane].height / 2, 32));
  data.others.forEach((other, index) => paintLabel(pen, other.title, 0, at.lanes[`other${index}`].top + OTHER / 2, at.gutter - 6, look.quiet));
}

// What moves while it plays: the head through all lanes, and where it stands on the path.
export function paintHead(canvas, data, state, look, seconds) {
  const { at, view } = state, pen = sized(canvas, at);
  if (state.hover !== null && state.hover.lane === "matrix") paintCross(pen, at, state.hover);
  if (seconds === null || seconds < view.from || seconds > view.to) return;
  const x = xOf(at, view, seconds), unit = data.unitAt(seconds);
  if (unit !== null) {
    pen.fillStyle = look.lit;
    const left = Math.max(at.gutter, xOf(at, view, data.starts[unit])), right = Math.min(at.width, xOf(at, view, data.ends[unit]));
    pen.fillRect(left, at.lanes.words.top, right - left, WORDS - STRIP);
  }
  pen.fillStyle = look.accent;
  pen.fillRect(x - 1, RULER - 6, 2, at.height - RULER);
  if (!data.warp) return;
  const y = yOf(at, state.seen, data.anchorAt(seconds));
  pen.fillRect(at.gutter, y - 0.5, x - at.gutter, 1);
  pen.beginPath();
  pen.arc(x, y, 6, 0, 7);
  pen.fillStyle = look.accent;
  pen.fill();
  pen.strokeStyle = "#fff";
  pen.lineWidth = 2;
  pen.stroke();
}

function paintCross(pen, at, { x, y }) {
  pen.fillStyle = "#ffffff90";
  pen.fillRect(x, at.lanes.matrix.top, 1, at.lanes.matrix.height);
  pen.fillRect(at.gutter, y, at.across, 1);
}
