// Speech and its text: seen, heard and put right on one axis of time.

import { bytes, fill, node, onPayload } from "./kit.js";
import { coloured, clock, laneAt, layout, paint, paintHead, secondsAt, xOf } from "./speech_paint.js";
import { buildBar, buildLegend, buildNotes, buildTable, buildText } from "./speech_panels.js";

const NEAR = 6, MOVED = 4, NUDGE = 0.01, WAIT = 700, LEAST = 0.02, SHORTEST = 0.25, TEN = 10;

export function mount({ element, props, watch, trigger }) {
  const kept = { of: "", from: 0, to: 0, unit: 0, rate: 1, audio: null }; // outlives payloads
  let last = null;
  onPayload(element, props, watch, (root, payload) => {
    if (props.value === last && root.firstChild) return; // an event's last step is told twice
    last = props.value;
    draw(root, payload, kept, trigger);
  });
}

// What the payload says, made ready to be looked up by unit and by second.
function read({ speech, sound, others, fixed }, kept) {
  const numbers = (text, kind) => new kind(bytes(text).buffer);
  const data = { ...speech, count: speech.names.length, starts: numbers(speech.starts, Float32Array), ends: numbers(speech.ends, Float32Array),
    sure: bytes(speech.sure), spoken: bytes(speech.spoken), spans: numbers(speech.spans, Int32Array), fixed: new Map(fixed), sound: null };
  data.reach = Float32Array.from(data.ends);
  for (let k = 1; k < data.count; k++) data.reach[k] = Math.max(data.reach[k], data.reach[k - 1]);
  data.others = others.map((other) => ({ ...other, starts: numbers(other.starts, Float32Array), ends: numbers(other.ends, Float32Array), corners: other.path && numbers(other.path, Float32Array) }));
  if (sound === "same") data.sound = kept.sound; // only times have changed
  else if (sound) {
    const { bands, columns } = sound;
    const peaks = Int8Array.from(bytes(sound.peaks), (value) => value - 128);
    data.sound = { ...sound, peaks, loudest: peaks.reduce((most, value) => Math.max(most, Math.abs(value)), 8), picture: coloured(bytes(sound.spectrum), bands, columns, bytes(sound.colours), (r) => bands - 1 - r) };
  }
  kept.sound = data.sound;
  data.warp = speech.warp && readWarp(speech.warp, numbers);
  data.unitAt = (seconds) => unitAt(data, seconds);
  data.cornerBefore = (seconds) => Math.max(0, firstAbove(data.warp.seconds, seconds) - 1);
  data.anchorAt = (seconds) => anchorAt(data.warp, seconds);
  return data;
}

function readWarp(warp, numbers) {
  const path = numbers(warp.path, Float32Array), count = path.length / 2;
  const seconds = Float32Array.from({ length: count }, (_, k) => path[2 * k]), anchors = Float32Array.from({ length: count }, (_, k) => path[2 * k + 1]);
  return { ...warp, seconds, anchors, picture: coloured(bytes(warp.costs), warp.rows, warp.columns, bytes(warp.colours)) };
}

function firstAbove(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function unitAt({ starts, ends }, seconds) {
  const unit = firstAbove(starts, seconds + 1e-4) - 1;
  return unit >= 0 && seconds < ends[unit] ? unit : null;
}

function anchorAt({ seconds, anchors }, at) {
  const k = firstAbove(seconds, at);
  if (k === 0) return anchors[0];
  if (k === seconds.length) return anchors[k - 1];
  const share = (at - seconds[k - 1]) / (seconds[k] - seconds[k - 1] || 1);
  return anchors[k - 1] + share * (anchors[k] - anchors[k - 1]);
}

function draw(root, payload, kept, trigger) {
  kept.stop?.();
  if (payload.message) {
    root.replaceChildren(node("div", { class: "mm-message", role: "status" }, payload.message.map((line) => node("p", {}, line))));
    return;
  }
  const began = performance.now(), { words } = payload, data = read(payload, kept);
  if (kept.of !== payload.of) Object.assign(kept, { of: payload.of, from: 0, to: data.seconds, unit: 0 });
  kept.unit = Math.min(kept.unit, data.count - 1);
  const state = { at: null, view: kept, unit: kept.unit, seen: null, hover: null, playing: false, head: null, dragged: null, waiting: null };
  const base = node("canvas", { "aria-hidden": "true" }), over = node("canvas", { class: "mm-speech-over", "aria-hidden": "true" });
  const stage = node("div", { class: "mm-speech-stage", tabindex: 0, role: "application", "aria-label": words.stage, "aria-describedby": "mm-speech-said" }, base, over);
  const said = node("p", { class: "mm-speech-said", id: "mm-speech-said", "aria-live": "polite" }), hovered = node("p", { class: "mm-speech-hover mm-small" });
  const audio = node("audio", { preload: "auto", src: payload.file ? new URL(`gradio_api/file=${encodeURI(payload.file)}`, document.baseURI).href : null });
  audio.playbackRate = kept.rate;
  const act = { play, toggle, zoom, ten, undo, select, rate, export: (format) => trigger("export", { format, at: Date.now() }),
    compare: (aligner) => trigger("compare", { aligner }), options: (given) => trigger("options", { given }), fit: () => show(0, data.seconds), sound: () => trigger("sound", {}) };
  const bar = buildBar(payload, data, act), text = buildText(payload, data, act), notes = buildNotes(payload, data, act), table = buildTable(payload, data, act);
  root.replaceChildren(...[notes.verdict, text.element, bar.element, stage, said, hovered, buildLegend(payload, data), audio, notes.element, table].filter(Boolean));

  function look() {
    const style = getComputedStyle(root), of = (name) => style.getPropertyValue(name).trim(), dark = document.body.classList.contains("dark");
    return { ink: style.color, quiet: of("--mm-quiet"), line: of("--mm-line"), accent: of("--mm-accent"), warning: of("--mm-warning"), wave: of("--mm-quiet"), box: of("--background-fill-secondary"),
      edge: of("--mm-quiet"), lit: dark ? "#93b4ff66" : "#1d4ed844", sure: bytes(payload.sure), names: { wave: words.wave, spectrum: words.spectrum, words: words.words } };
  }

  function redraw() {
    const width = root.clientWidth;
    if (!width) return; // not seen yet
    const from = performance.now();
    state.at = layout(data, width, window.innerHeight * 0.42);
    stage.style.height = `${state.at.height}px`;
    paint(base, data, state, look());
    paintHead(over, data, state, look(), state.head);
    Object.assign(stage.dataset, { from: kept.from.toFixed(3), to: kept.to.toFixed(3), unit: state.unit, drawn: (performance.now() - from).toFixed(1),
      wordsTop: state.at.lanes.words.top, matrixTop: state.at.lanes.matrix?.top ?? "", gutter: state.at.gutter });
  }

  function show(from, to) {
    const length = Math.min(data.seconds, Math.max(SHORTEST, to - from));
    kept.from = Math.max(0, Math.min(data.seconds - length, from));
    kept.to = kept.from + length;
    bar.zoomed(kept.from, kept.to);
    redraw();
  }

  function zoom(factor, around = (kept.from + kept.to) / 2) {
    show(around - (around - kept.from) / factor, around + (kept.to - around) / factor);
  }

  function ten() {
    const first = Math.max(0, Math.min(data.count - TEN, state.unit - TEN / 2)), last = Math.min(data.count, first + TEN) - 1;
    const around = 0.03 * (data.ends[last] - data.starts[first]);
    show(data.starts[first] - around, data.ends[last] + around);
  }

  function tell(unit) {
    const share = Math.round((100 * data.sure[unit]) / 255);
    said.textContent = [fill(words.unit_at, { n: unit + 1, total: data.count, text: data.names[unit], start: data.starts[unit].toFixed(2), end: data.ends[unit].toFixed(2) }),
      data.spoken[unit] ? fill(words.sure_at, { share }) : words.unspoken, data.fixed.has(unit) && words.fixed].filter(Boolean).join(" · ");
  }

  function select(unit, seen = true) {
    state.unit = kept.unit = Math.max(0, Math.min(data.count - 1, unit));
    text.choose(state.unit);
    tell(state.unit);
    const length = kept.to - kept.from, start = data.starts[state.unit];
    if (seen && (start < kept.from || data.ends[state.unit] > kept.to)) show(start - length / 3, start - length / 3 + length);
    else redraw();
  }

  function play(from) {
    if (!payload.file) return;
    audio.currentTime = Math.max(0, Math.min(data.seconds - 0.01, from));
    audio.play().catch(() => (hovered.textContent = words.no_play)); // the sound's format is none this browser knows
  }

  function toggle() {
    if (!audio.paused) audio.pause();
    else if (state.head === null || state.head >= data.seconds - 0.05) play(data.starts[state.unit]);
    else play(state.head);
  }

  function rate(value) {
    kept.rate = audio.playbackRate = value;
  }

  function follow() {
    if (!root.contains(audio)) return audio.pause(); // another answer has taken its place
    state.head = audio.currentTime;
    const length = kept.to - kept.from, unit = data.unitAt(state.head);
    if (state.head > kept.to && kept.to < data.seconds - 0.01) show(state.head - length * 0.05, state.head + length * 0.95);
    paintHead(over, data, state, look(), state.head);
    Object.assign(stage.dataset, { head: state.head.toFixed(2), lit: unit ?? "" });
    text.light(unit);
    if (data.warp) hovered.textContent = counted(data.anchorAt(state.head), state.head);
    if (!audio.paused) requestAnimationFrame(follow);
  }

  function counted(anchor, seconds) {
    const [rows, columns] = data.warp.frames, done = Math.round((anchor / (data.warp.bottom || 1)) * rows) * Math.round((seconds / data.seconds) * columns);
    return fill(words.cells_done, { done: done.toLocaleString("en"), all: (rows * columns).toLocaleString("en"), rows: rows.toLocaleString("en"), columns: columns.toLocaleString("en") });
  }

  function undo() {
    if (payload.can_undo) ask("undo", {});
  }

  // Asks for times that were changed; the stage has the focus again when they come.
  function ask(name, about) {
    kept.asked = performance.now();
    if (document.activeElement === stage) document.body.dataset.speaking = "stage";
    trigger(name, about);
  }

  // How far a beginning may go: between the fixed ones around it, leaving each unit a moment.
  function held(unit, start) {
    let before = 0, after = data.seconds, least = 0;
    for (const [other, place] of data.fixed) {
      if (other < unit && place >= before) [before, least] = [place, LEAST];
      if (other > unit) after = Math.min(after, place);
    }
    return Math.max(before + least, Math.min(after - LEAST, start));
  }

  // Moves a beginning at once; the rest follows when the server has realigned it.
  function place(unit, start) {
    const to = held(unit, start);
    const touching = unit > 0 && Math.abs(data.ends[unit - 1] - data.starts[unit]) < 0.03;
    data.starts[unit] = to;
    data.ends[unit] = Math.max(data.ends[unit], to);
    if (touching || (unit > 0 && data.ends[unit - 1] > to)) data.ends[unit - 1] = Math.max(to, data.starts[unit - 1]);
    for (let k = unit - 1; k >= 0 && data.starts[k] > to; k--) data.starts[k] = data.ends[k] = to;
    for (let k = unit + 1; k < data.count && data.starts[k] < to; k++) [data.starts[k], data.ends[k]] = [to, Math.max(to, data.ends[k])];
    select(unit, false);
  }

  function commit(unit) {
    clearTimeout(state.waiting);
    state.waiting = null;
    ask("pin", { unit, start: Number(data.starts[unit].toFixed(4)) });
  }

  function nudge(step) {
    if (!payload.can_pin) return (said.textContent = words.no_pin);
    place(state.unit, data.starts[state.unit] + step);
    clearTimeout(state.waiting);
    const unit = state.unit;
    state.waiting = setTimeout(() => commit(unit), WAIT); // several presses are one question
    return undefined;
  }

  function spot(event) {
    const box = stage.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    return { x, y, lane: laneAt(state.at, y), seconds: Math.max(0, Math.min(data.seconds, secondsAt(state.at, kept, x))) };
  }

  function boundaryAt({ x, lane, seconds }) {
    if (lane !== "words" || !payload.can_pin) return null;
    const near = firstAbove(data.starts, seconds) - 1;
    const found = [near, near + 1].filter((unit) => unit >= 0 && unit < data.count && Math.abs(xOf(state.at, kept, data.starts[unit]) - x) <= NEAR);
    return found.length ? found[found.length - 1] : null;
  }

  function hover(at) {
    state.hover = at;
    stage.style.cursor = at && boundaryAt(at) !== null ? "ew-resize" : "pointer";
    if (!at || !audio.paused) return;
    const unit = data.unitAt(at.seconds), where = clock(at.seconds, 0.01);
    hovered.textContent = at.lane === "matrix" ? fill(words.cell, { seconds: where, anchor: (state.seen[0] + ((at.y - state.at.lanes.matrix.top) / state.at.lanes.matrix.height) * (state.seen[1] - state.seen[0])).toFixed(2),
      word: unit === null ? "–" : data.names[unit] }) : [where, unit === null ? "" : `“${data.names[unit]}”`].join(" ");
    paintHead(over, data, state, look(), state.head);
  }

  stage.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || !state.at) return;
    const at = spot(event), unit = boundaryAt(at);
    state.dragged = { ...at, unit, from: kept.from, moved: false, pointer: event.pointerType };
    if (event.pointerType !== "touch" || unit !== null) stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!state.at) return;
    const at = spot(event), drag = state.dragged;
    if (!drag) return hover(at);
    if (Math.abs(at.x - drag.x) > MOVED) drag.moved = true;
    if (!drag.moved) return undefined;
    if (drag.unit !== null) return place(drag.unit, at.seconds);
    const length = kept.to - kept.from, by = ((drag.x - at.x) / state.at.across) * length;
    return show(drag.from + by, drag.from + by + length);
  });
  stage.addEventListener("pointerup", (event) => {
    const drag = state.dragged;
    state.dragged = null;
    if (!drag) return;
    if (drag.moved) return drag.unit !== null && commit(drag.unit);
    const { lane, seconds } = spot(event), unit = lane === "words" && drag.unit !== null ? drag.unit : data.unitAt(seconds);
    if (unit !== null) select(unit, false);
    play(lane === "words" && unit !== null ? data.starts[unit] : seconds);
  });
  stage.addEventListener("pointercancel", () => (state.dragged = null));
  stage.addEventListener("pointerleave", () => state.at && !state.dragged && hover(null));
  stage.addEventListener("wheel", (event) => {
    const length = kept.to - kept.from;
    if (event.ctrlKey || event.metaKey) zoom(Math.exp(-event.deltaY / 240), spot(event).seconds);
    else if (event.deltaX || event.shiftKey) show(kept.from + ((event.deltaX || event.deltaY) / state.at.across) * length, kept.to + ((event.deltaX || event.deltaY) / state.at.across) * length);
    else return; // the page scrolls
    event.preventDefault();
  }, { passive: false });
  stage.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: TEN, PageUp: -TEN }[event.key], part = (kept.to - kept.from) / 8;
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) undo();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (step && event.shiftKey) show(kept.from + part * Math.sign(step), kept.to + part * Math.sign(step));
    else if (step) select(state.unit + step);
    else if (event.key === "Home" || event.key === "End") select(event.key === "Home" ? 0 : data.count - 1);
    else if (event.key === "Enter") play(data.starts[state.unit]);
    else if (event.key === " ") toggle();
    else if (event.key === "Escape") audio.pause();
    else if (event.key === "[" || event.key === "]") nudge(event.key === "[" ? -NUDGE : NUDGE);
    else if (event.key === "+" || event.key === "=") zoom(1.5, data.starts[state.unit]);
    else if (event.key === "-") zoom(1 / 1.5, data.starts[state.unit]);
    else if (event.key === "0") show(0, data.seconds);
    else if (event.key === "t") ten();
    else if (event.key === "u") undo();
    else return;
    event.preventDefault();
  });
  const isPlaying = (playing) => {
    stage.dataset.playing = playing;
    bar.playing(playing);
    if (playing) requestAnimationFrame(follow);
  };
  audio.addEventListener("play", () => isPlaying(true));
  audio.addEventListener("pause", () => isPlaying(false));
  audio.addEventListener("error", () => payload.file && act.sound());
  kept.stop = () => { audio.pause(); clearTimeout(state.waiting); sizes.disconnect(); themes.disconnect(); };
  const sizes = new ResizeObserver(redraw), themes = new MutationObserver(redraw);
  sizes.observe(root);
  themes.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  text.choose(state.unit);
  tell(state.unit);
  bar.zoomed(kept.from, kept.to);
  redraw();
  stage.dataset.ready = (performance.now() - began).toFixed(0);
  if (kept.asked) stage.dataset.answered = (performance.now() - kept.asked).toFixed(0);
  kept.asked = null;
  if (document.body.dataset.speaking === "stage") stage.focus({ preventScroll: true });
  delete document.body.dataset.speaking;
}
