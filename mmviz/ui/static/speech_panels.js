// What stands around the canvas of speech: its controls, the text, what to mind, a legend, and all of it as a table.

import { bytes, fill, listing, menu, node, strip } from "./kit.js";
import { clock } from "./speech_paint.js";

const RATES = [0.5, 0.75, 1, 1.5], SHOWN = 400, SIDES = 4;

export function buildBar({ words, exports, can_undo, compared, aligners, options, file }, data, act) {
  const button = (text, title, run, more = {}) => node("button", { type: "button", class: "mm-sign", "aria-label": title, title, onclick: run, ...more }, text);
  const start = button("▶", words.play, act.toggle, { class: "mm-speech-play", disabled: !file });
  const rates = select(words.rate, "rate", RATES.map((value) => [String(value), `${value} ×`]), "1", (value) => act.rate(Number(value)));
  const zooms = node("span", { class: "mm-zoom-buttons", role: "group", "aria-label": words.zoom }, button("−", words.zoom_out, () => act.zoom(1 / 1.5)), button("+", words.zoom_in, () => act.zoom(1.5)),
    button(words.ten, words.ten_title, act.ten, { class: "mm-sign mm-speech-ten" }), button(words.whole, words.whole_title, act.fit, { class: "mm-sign mm-speech-fit" }));
  const undo = button(words.undo, words.undo_title, act.undo, { class: "mm-sign mm-speech-undo", disabled: !can_undo });
  const against = select(words.compare, "compare", [["", words.nobody], ...aligners.map(({ name, title }) => [name, title])], compared, (value) => act.compare(value));
  const taken = menu(words.export, exports.map(({ name, title }) => [title, () => act.export(name)]));
  const seen = node("span", { class: "mm-small mm-speech-seen" });
  const ways = buildOptions(words, options, act);
  return {
    element: node("div", { class: "mm-controls mm-above mm-speech-bar" }, start, rates, zooms, seen, undo, against, ways, taken),
    playing(is) {
      start.textContent = is ? "❚❚" : "▶";
      start.setAttribute("aria-label", is ? words.pause : words.play);
      start.title = is ? words.pause : words.play;
    },
    zoomed(from, to) {
      seen.textContent = to - from >= data.seconds - 0.001 ? "" : `${clock(from)} – ${clock(to)}`;
    },
  };
}

function select(title, name, choices, chosen, run) {
  return node("label", { class: "mm-choice" }, title, node("select", { name, onchange: (event) => run(event.target.value) },
    choices.map(([value, text]) => node("option", { value, selected: value === String(chosen) }, text))));
}

// How the path is found: each choice asks for it anew.
function buildOptions(words, options, act) {
  if (!options.length) return null;
  const given = Object.fromEntries(options.map(({ name, value }) => [name, value]));
  const parts = options.map(({ name, title, choices, value }) => select(title, name, choices, value, (chosen) => {
    given[name] = chosen;
    if (name !== "plain") given.plain = "on"; // whoever asks for another step wants to see it
    act.options(given);
  }));
  return node("details", { class: "mm-menu mm-speech-ways" }, node("summary", {}, words.ways), node("div", { class: "mm-choices" }, parts));
}

// The text with every unit a button; of a long one only what is around the chosen unit.
export function buildText({ words }, data, act) {
  const element = node("div", { class: "mm-speech-text", role: "group", "aria-label": words.text_group, lang: data.language === "zh" ? "zh-CN" : data.language, dir: "auto" });
  const characters = Array.from(data.text), shown = new Map();
  let lit = null, chosen = null, first = 0;

  function build(around) {
    first = data.count <= SHOWN ? 0 : Math.max(0, Math.min(data.count - SHOWN, around - SHOWN / 2));
    const last = Math.min(data.count, first + SHOWN);
    let place = first ? data.spans[2 * first] : 0;
    shown.clear();
    const parts = first ? ["… "] : [];
    for (let unit = first; unit < last; unit++) {
      const [start, end] = [data.spans[2 * unit], data.spans[2 * unit + 1]], own = characters.slice(start, end).join("");
      if (start > place) parts.push(characters.slice(place, start).join(""));
      const made = node("span", { class: `mm-speech-unit${data.spoken[unit] ? "" : " mm-unspoken"}`, "data-unit": unit, title: data.spoken[unit] ? null : words.unspoken }, data.unit === "phone" ? data.names[unit] : own);
      shown.set(unit, made);
      parts.push(made, data.unit === "phone" ? " " : "");
      place = Math.max(place, end);
    }
    parts.push(last < data.count ? " …" : characters.slice(place).join(""));
    element.replaceChildren(...parts);
  }

  function mark(unit, name, before) {
    shown.get(before)?.classList.remove(name);
    shown.get(unit)?.classList.add(name);
  }

  function near(unit) {
    if (shown.has(unit)) return false;
    build(unit);
    return true;
  }

  element.addEventListener("click", (event) => {
    const unit = event.target.closest("[data-unit]")?.dataset.unit;
    if (unit === undefined) return;
    act.select(Number(unit));
    act.play(data.starts[Number(unit)]);
  });
  build(0);
  return {
    element,
    choose(unit) {
      near(unit);
      mark(unit, "mm-is-chosen", chosen);
      chosen = unit;
      reveal(element, shown.get(unit));
    },
    light(unit) {
      if (unit === lit) return;
      if (unit !== null && near(unit)) mark(chosen, "mm-is-chosen", null);
      mark(unit, "mm-is-lit", lit);
      lit = unit;
      if (unit !== null) reveal(element, shown.get(unit));
    },
  };
}

function reveal(box, part) {
  if (!part || box.scrollHeight <= box.clientHeight) return;
  const from = part.offsetTop - box.offsetTop;
  if (from < box.scrollTop || from + part.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = from - box.clientHeight / 3;
}

// What to mind, in words: whether the text fits, what was not spoken, what has no text, how far others are apart.
export function buildNotes({ words, verdict, missing, stretches, comparisons, growth }, data, act) {
  const jump = (text, unit) => node("button", { type: "button", class: "mm-sign mm-speech-jump", onclick: () => { act.select(unit); act.play(data.starts[unit]); } }, text);
  const parts = [];
  if (missing.length) {
    parts.push(node("section", { class: "mm-speech-missing" }, node("h2", {}, words.missing), node("p", {}, missing.flatMap(({ unit, text }) => [jump(text, unit), " "]))));
  }
  if (stretches.length) {
    parts.push(node("section", { class: "mm-speech-gaps" }, node("h2", {}, words.gaps), node("p", {}, stretches.flatMap(({ text, start }) =>
      [node("button", { type: "button", class: "mm-sign mm-speech-jump", onclick: () => act.play(start) }, text), " "]))));
  }
  for (const { title, said, notes, rows } of comparisons) {
    parts.push(node("section", { class: "mm-speech-apart" }, node("h2", {}, title), node("p", { role: "status" }, said), notes.map((note) => node("p", { class: "mm-small" }, note)),
      rows.length ? node("p", {}, words.apart, " ", rows.flatMap(({ unit, text }) => [jump(text, unit), " "])) : null));
  }
  if (growth) parts.push(node("section", { class: "mm-speech-growth" }, node("h2", {}, words.growth), node("p", { class: "mm-small" }, growth)));
  return {
    verdict: node("p", { class: `mm-speech-verdict mm-is-${verdict.grade}`, role: "status" }, verdict.said),
    element: node("div", { class: "mm-speech-notes" }, parts),
  };
}

export function buildLegend({ words, sure }, data) {
  const mark = (kind, text) => [node("span", { class: `mm-speech-mark ${kind}`, "aria-hidden": "true" }), node("span", {}, text)];
  return node("div", { class: "mm-legend mm-speech-legend" },
    node("span", { class: "mm-scale-name" }, words.legend_sure), node("span", {}, "0 %"), strip(bytes(sure)), node("span", {}, "100 %"),
    mark("mm-mark-unspoken", words.legend_unspoken), data.gaps.length ? mark("mm-mark-gap", words.legend_gap) : null,
    data.warp ? [node("span", { class: "mm-scale-name" }, fill(words.legend_cost, { metric: words[`metric_${data.warp.metric}`] ?? data.warp.metric })), node("span", {}, data.warp.low.toFixed(1)), strip(bytes(data.warp.colours)),
      node("span", {}, data.warp.high.toFixed(1)), ...mark("mm-mark-path", words.legend_path)] : null,
    data.others.flatMap((other, index) => mark(`mm-mark-other mm-mark-other${index % SIDES}`, other.title)));
}

// The same as a table, made when it is unfolded.
export function buildTable({ words }, data, act) {
  const heads = [words.head_unit, words.head_start, words.head_end, words.head_sure, ...data.others.map(({ title }) => title)];
  const made = listing(words.table, node("tr", {}, heads.map((text) => node("th", { scope: "col" }, text))), []);
  made.addEventListener("toggle", () => {
    if (!made.open) return;
    made.querySelector("tbody").replaceChildren(...Array.from({ length: data.count }, (_, unit) => node("tr", {},
      node("th", { scope: "row", dir: "auto" }, node("button", { type: "button", class: "mm-speech-row", onclick: () => { act.select(unit); act.play(data.starts[unit]); } }, data.names[unit])),
      node("td", {}, data.starts[unit].toFixed(2)), node("td", {}, data.ends[unit].toFixed(2)),
      node("td", {}, data.spoken[unit] ? `${Math.round((100 * data.sure[unit]) / 255)} %` : words.unspoken),
      data.others.map((other) => node("td", {}, Number.isNaN(other.starts[unit]) ? "–" : `${other.starts[unit].toFixed(2)} (${signed(other.starts[unit] - data.starts[unit])})`)))));
  });
  return made;
}

function signed(seconds) {
  const thousandths = Math.round(1000 * seconds);
  return `${thousandths < 0 ? "−" : "+"}${Math.abs(thousandths)} ms`;
}
