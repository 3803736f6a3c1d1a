// Inside the model: a probe is chosen and asked; what it finds is drawn as lists with bars, small plots and pictures, each with its words.

const kept = { open: false, view: null, probe: "", options: {} }; // outlives payloads

function drawProbes(root, payload) {
  const { words, probes } = payload;
  if (payload.is_new || payload.view) kept.view = payload.view ?? null;
  const chosen = () => probes.find(({ name }) => name === kept.probe) ?? probes[0];
  const about = node("p", { class: "mm-small" }), options = node("span", { class: "mm-probe-options" });
  const offer = () => {
    const probe = chosen();
    about.textContent = probe.about;
    options.replaceChildren(...probe.options.map(({ name, title, value, is_text }) => node("label", {}, title, " ", node("input", { name: `mm-option-${name}`, value: kept.options[name] ?? value,
      inputmode: is_text ? null : "decimal", size: is_text ? 24 : 6, oninput: (event) => (kept.options[name] = event.target.value) }))));
  };
  const select = node("select", { name: "mm-probe", onchange: () => { kept.probe = select.value; offer(); } },
    probes.map(({ name, title }) => node("option", { value: name, selected: name === chosen().name }, title)));
  const ask = (event) => {
    event.target.disabled = true;
    const given = Object.fromEntries(chosen().options.map(({ name, value }) => [name, kept.options[name] ?? value]));
    trigger("look", { probe: chosen().name, options: given });
  };
  const begun = () => { offer(); return node("div", { class: "mm-many-asked" }, node("p", { class: "mm-actions" }, node("label", {}, words.probe, " ", select), options,
    node("button", { type: "button", class: "mm-probe-look", onclick: ask }, words.look)), about); };
  const busy = working(payload, words.stop, (line) => { line.replaceWith(begun()); trigger("stop", {}); });
  const details = node("details", { class: "mm-list", open: kept.open, ontoggle: () => (kept.open = details.open) }, node("summary", {}, words.title),
    node("p", { class: "mm-small" }, words.hint), busy ?? begun(), kept.view ? findingOf(kept.view, words) : null);
  root.replaceChildren(details);
  if (payload.view) root.querySelector(".mm-probed h2")?.focus({ preventScroll: true });
}

function findingOf(view, words) {
  const rankings = view.rankings.map((ranking) => rankingOf(ranking, words));
  const rowsOf = (key) => { const at = view.rankings.findIndex((ranking) => ranking.key === key); return at < 0 ? [] : [...rankings[at].querySelectorAll("tbody tr")]; };
  const boxed = view.pictures.filter((picture) => picture.boxed), plain = view.pictures.filter((picture) => !picture.boxed);
  return node("section", { class: "mm-many mm-probed" }, node("h2", { tabindex: -1 }, view.title),
    node("ul", { class: "mm-probe-remarks" }, view.remarks.map(({ said, is_warning, take }) => node("li", { class: is_warning ? "mm-remark mm-is-warn" : "mm-remark", dir: "auto" }, said, take ? takeOf(take, words) : null))),
    boxed.map((picture) => boxedOf(picture, rowsOf(picture.boxed.ranking))), rankings, view.plots.map((plot) => plotOf(plot, words)),
    plain.length ? node("div", { class: "mm-tiles" }, plain.map(({ said, picture }) => node("figure", { class: "mm-tile" }, pictureOf(picture, said), node("figcaption", {}, said)))) : null,
    node("p", { class: "mm-actions" }, saving(words.export, view.file, () => view.json)));
}

// What a model said becomes the pair's text, and its words are asked where they looked.
function takeOf(text, words) {
  return node("button", { type: "button", class: "mm-take", onclick: () => {
    document.body.dataset.arriving = "said"; // the focus goes on from the words
    document.getElementById("mm-overlay")?.scrollIntoView({ block: "start" });
    trigger("change_words", { kind: "take", text, row: 0, other: 0 });
  } }, words.take);
}

function rankingOf(ranking, words) {
  const head = node("tr", {}, [words.item, ...ranking.columns].map((text) => node("th", { scope: "col" }, text)));
  const lines = ranking.rows.map((row) => node("tr", { class: row.mark ? `mm-at-${row.mark}` : null },
    node("th", { scope: "row", dir: "auto" }, row.picture ? pictureOf(row.picture, row.item) : row.item, row.said ? node("span", { class: "mm-at-mark" }, row.said) : null),
    row.values.map((value, column) => node("td", {}, value, column ? null : barOf(row.bar)))));
  return node("div", { class: "mm-ranking" }, node("h3", {}, ranking.title), node("div", { class: "mm-probe-table", tabindex: 0, role: "region", "aria-label": ranking.title },
    node("table", {}, node("thead", {}, head), node("tbody", {}, lines))));
}

const barOf = ([start, length]) => node("span", { class: "mm-bar", "aria-hidden": "true" }, node("span", { style: `margin-left:${100 * start}%;width:${100 * length}%` }));

function pictureOf({ width, height, rgba }, said) {
  const canvas = node("canvas", { class: "mm-probe-picture", width, height, role: "img", "aria-label": said });
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(bytes(rgba)), width, height), 0, 0);
  return canvas;
}

function shape(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// A plot of 480 x 160 with room for its ends; the same numbers stand in the list below it.
function plotOf(plot, words) {
  const [width, height, left, top, bottom] = [480, 160, 46, 14, 26];
  const x = (share) => left + share * (width - left - 8), y = (share) => top + (1 - share) * (height - top - bottom);
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${plot.title}. ${plot.lines.map(({ said }) => said).join(", ")}`, class: "mm-plot" });
  const zero = plot.ticks.y[1] > plot.ticks.y[0] ? (0 - plot.ticks.y[0]) / (plot.ticks.y[1] - plot.ticks.y[0]) : 0;
  svg.append(shape("line", { x1: left, x2: width - 8, y1: y(zero), y2: y(zero), class: "mm-plot-axis" }));
  if (plot.names) {
    svg.append(shape("polyline", { points: plot.points.map(([at, up]) => `${x(at)},${y(up)}`).join(" "), class: "mm-plot-line" }));
    plot.points.forEach(([at, up], index) => {
      const dot = shape("circle", { cx: x(at), cy: y(up), r: 3, class: "mm-plot-dot" });
      dot.append(shape("title", {}, `${plot.names[index]}: ${number(plot.values[index])}`));
      svg.append(dot);
      if (plot.names.length <= 14) svg.append(shape("text", { x: x(at), y: height - 8, "text-anchor": "middle" }, short(plot.names[index])));
    });
  } else {
    for (const [at, across, up] of plot.points) svg.append(shape("rect", { x: x(at) + 0.5, y: y(up), width: Math.max(0.5, x(at + across) - x(at) - 1), height: y(zero) - y(up), class: "mm-plot-bar" }));
    plot.ticks.x.forEach((value, index) => svg.append(shape("text", { x: index ? width - 8 : left, y: height - 8, "text-anchor": index ? "end" : "start" }, number(value))));
  }
  plot.ticks.y.forEach((value, index) => svg.append(shape("text", { x: left - 4, y: y(index) + 4, "text-anchor": "end" }, number(value))));
  plot.lines.forEach(({ said, at, upright, key }, index) => {
    svg.append(shape("line", upright ? { x1: x(at), x2: x(at), y1: top, y2: height - bottom, class: `mm-plot-mark mm-plot-${key}` } : { x1: left, x2: width - 8, y1: y(at), y2: y(at), class: `mm-plot-mark mm-plot-${key}` }));
    svg.append(shape("text", { x: upright ? x(at) + (at > 0.6 ? -4 : 4) : width - 8, y: upright ? top + 10 + 14 * index : y(at) - 4, "text-anchor": upright && at <= 0.6 ? "start" : "end" }, said));
  });
  const rows = plot.values.map((value, index) => {
    const bin = plot.names ? plot.names[index] : placeOf(plot, index);
    return node("tr", {}, node("th", { scope: "row", dir: "auto" }, bin), node("td", {}, number(value)));
  });
  return node("figure", { class: "mm-plotted" }, node("figcaption", {}, node("h3", {}, plot.title)), svg,
    listing(fill(words.as_list, { title: plot.title }), node("tr", {}, [plot.axis, plot.value].map((text) => node("th", { scope: "col" }, text))), rows));
}

const short = (name) => (name.length > 8 ? `${name.slice(0, 7)}…` : name);

function placeOf(plot, index) {
  const [low, high] = plot.ticks.x, [start, across] = plot.points[index];
  return `${number(low + start * (high - low))} – ${number(low + (start + across) * (high - low))}`;
}

onPayload(element, props, watch, drawProbes);
