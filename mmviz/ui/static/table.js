// Words down, patches across, the picture's rows one after the other; another model's table under it on the same scale.

const kept = { open: false, own: false }; // outlives payloads
const LABELS = 128, HIGH = 18, HEAD = 16, GAP = 3, NARROW = 3;

function drawTable(root, payload) {
  if (!payload.tables) {
    root.replaceChildren();
    return;
  }
  const { words, tables } = payload;
  const read = tables.map((table) => ({ ...table, values: readMaps(table) }));
  const about = node("p", { class: "mm-small" });
  const parts = read.map((table) => buildTable(table, words));
  const redraw = () => {
    const joint = read.length > 1 && read[0].scale === read[1].scale && !kept.own;
    about.textContent = words[read.length < 2 ? "about" : joint ? "about_two" : "about_own"];
    parts.forEach((part, index) => part.draw(joint ? jointEnds(read) : [read[index].low, read[index].high]));
  };
  const own = read.length > 1 && read[0].scale === read[1].scale ? node("label", { class: "mm-check" }, node("input", { type: "checkbox", name: "own-table",
    checked: kept.own, onchange: (event) => { kept.own = event.target.checked; redraw(); } }), words.own) : null;
  const choose = node("label", { class: "mm-choice" }, words.beside, node("select", { name: "beside",
    onchange: (event) => { event.target.disabled = true; trigger("beside", { model: event.target.value }); } },
    node("option", { value: "" }, words.nobody), payload.others.map(({ title, name }) => node("option", { value: name, selected: name === payload.beside }, title))));
  const details = node("details", { class: "mm-list", open: kept.open, ontoggle: () => { kept.open = details.open; redraw(); } },
    node("summary", {}, words.title), node("div", { class: "mm-table-controls" }, choose, own), about, parts.map((part) => part.element));
  root.replaceChildren(details);
  new ResizeObserver(redraw).observe(details);
}

function jointEnds(read) {
  return [Math.min(...read.map(({ low }) => low)), Math.max(...read.map(({ high }) => high))];
}

function buildTable(table, words) {
  const { units, values, grid: [rows, columns] } = table;
  const canvas = node("canvas", { "aria-hidden": "true" }), focus = node("div", { class: "mm-table-focus", "aria-hidden": "true", hidden: true });
  const stage = node("div", { class: "mm-table-stage", tabindex: 0, role: "application", "aria-label": fill(words.cells, { model: table.title }) }, canvas, focus);
  const scroll = node("div", { class: "mm-table-scroll" }, stage), said = node("p", { class: "mm-table-said", "aria-live": "polite" });
  const ends = node("span", { class: "mm-table-ends" });
  const element = node("figure", { class: "mm-table" }, node("figcaption", {}, node("strong", {}, table.title), " ", ends), scroll, said);
  const at = { row: 0, patch: 0, cell: NARROW };
  const name = (row) => (units[row].unit === "text" ? words.whole : units[row].text);
  const left = (patch) => LABELS + patch * at.cell + Math.floor(patch / columns) * GAP;

  function draw([low, high]) {
    const width = scroll.clientWidth, count = rows * columns;
    if (!width) return; // folded away
    at.cell = Math.max(NARROW, Math.min(14, Math.floor((width - LABELS - rows * GAP) / count)));
    const sharp = Math.max(1, window.devicePixelRatio || 1), wide = left(count - 1) + at.cell, tall = HEAD + units.length * HIGH;
    [canvas.width, canvas.height] = [Math.round(wide * sharp), Math.round(tall * sharp)];
    canvas.style.cssText = `display:block;width:${wide}px;height:${tall}px`;
    const pen = canvas.getContext("2d");
    pen.scale(sharp, sharp);
    paintLabels(pen, getComputedStyle(element).color);
    units.forEach((_, row) => {
      for (let k = 0; k < count; k++) {
        const from = 4 * Math.round(255 * Math.min(1, Math.max(0, (values.value(row, k) - low) / (high - low))));
        pen.fillStyle = `rgb(${values.colours[from]} ${values.colours[from + 1]} ${values.colours[from + 2]})`;
        pen.fillRect(left(k), HEAD + row * HIGH, at.cell, HIGH - 1);
      }
    });
    ends.textContent = `${words[`scale_${table.scale}`]} · ${number(low)} … ${number(high)}`;
    stage.dataset.ends = `${low} ${high}`;
  }

  function paintLabels(pen, ink) {
    pen.fillStyle = ink;
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    units.forEach((unit, row) => pen.fillText(shortened(pen, name(row), LABELS - 8), 0, HEAD + (row + 0.5) * HIGH));
    pen.font = "10px system-ui, sans-serif";
    for (let r = 0; r < rows; r++) if (!table.regions && at.cell * columns > 24) pen.fillText(fill(words.row, { r: r + 1 }).slice(0, Math.floor(at.cell * columns / 5)), left(r * columns), HEAD / 2);
  }

  function show(row, patch) {
    [at.row, at.patch] = [row, patch];
    focus.hidden = false;
    focus.style.cssText = `left:${left(patch)}px;top:${HEAD + row * HIGH}px;width:${at.cell}px;height:${HIGH - 1}px`;
    said.textContent = `${name(row)} · ${placeName(table, words, patch)} · ${number(values.value(row, patch))} (${words[`scale_${table.scale}`]})`;
    stage.dataset.value = values.value(row, patch);
  }

  function cellAt(event) {
    const box = stage.getBoundingClientRect(), x = event.clientX - box.left - LABELS, row = Math.floor((event.clientY - box.top - HEAD) / HIGH);
    const band = at.cell * columns + GAP, r = Math.floor(x / band), c = Math.floor((x - r * band) / at.cell);
    return x < 0 || row < 0 || row >= units.length || r >= rows || c >= columns ? null : [row, r * columns + c];
  }

  stage.addEventListener("pointermove", (event) => {
    const cell = cellAt(event);
    if (cell) show(...cell);
  });
  stage.addEventListener("pointerdown", (event) => {
    const cell = cellAt(event);
    if (cell) show(...cell);
  });
  stage.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -at.patch], End: [0, rows * columns - 1 - at.patch],
      PageUp: [0, -columns], PageDown: [0, columns] }[event.key];
    if (!step) return;
    show(Math.min(units.length - 1, Math.max(0, at.row + step[0])), Math.min(rows * columns - 1, Math.max(0, at.patch + step[1])));
    scroll.scrollTo({ left: left(at.patch) - scroll.clientWidth / 2 });
    event.preventDefault();
  });
  return { element, draw };
}

function shortened(pen, text, room) {
  let shown = text;
  while (shown && pen.measureText(shown === text ? text : `${shown}…`).width > room) shown = shown.slice(0, -1);
  return shown === text ? text : `${shown}…`;
}

onPayload(element, props, watch, drawTable);
