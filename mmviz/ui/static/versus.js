// A against B: the same word's map in both on one scale, what changed from A to B, and a table of every word.

const NOTHING = 65535, WIDE = 480;
const kept = { own: false, sort: 0 }; // outlives payloads

// Numbers between two ends as levels; null where there is none.
function readLevels(packed, low, high, count) {
  const raw = bytes(packed), levels = new Uint16Array(raw.buffer, 0, raw.length >> 1);
  return (unit, place) => (levels[unit * count + place] === NOTHING ? null : low + (levels[unit * count + place] / (NOTHING - 1)) * (high - low));
}

function readSide(side, { low, high }) {
  const [rows, columns] = side.grid, count = rows * columns, [x0, y0, x1, y1] = side.frame;
  return { ...side, rows, columns, count, value: readLevels(side.maps, low, high, count),
    own: side.raw && readLevels(side.raw.maps, side.raw.low, side.raw.high, count),
    at(x, y) {
      const c = Math.floor(((x - x0) / (x1 - x0)) * columns), r = Math.floor(((y - y0) / (y1 - y0)) * rows);
      return c < 0 || r < 0 || c >= columns || r >= rows ? null : r * columns + c;
    } };
}

function readChange(change) {
  const columns = change.x.length - 1, rows = change.y.length - 1;
  const span = (lines, place) => lines.findIndex((line, index) => index < lines.length - 1 && place >= line && place < lines[index + 1]);
  return { ...change, rows, columns, value: readLevels(change.maps, change.low, change.high, rows * columns),
    cell: (x, y) => [span(change.y, y), span(change.x, x)],
    box: (r, c) => [change.x[c], change.y[r], change.x[c + 1], change.y[r + 1]] };
}

function colourAt(colours, shown, low, high) {
  const from = 4 * Math.round(255 * Math.min(1, Math.max(0, (shown - low) / (high - low))));
  return colours.slice(from, from + 4);
}

function paintSide(canvas, side, unit, colours, [low, high]) {
  const pen = canvas.getContext("2d"), image = pen.createImageData(side.columns, side.rows);
  if (unit !== null) for (let k = 0; k < side.count; k++) image.data.set(colourAt(colours, side.value(unit, k), low, high), 4 * k);
  pen.putImageData(image, 0, 0);
}

function paintChange(canvas, change, row, colours, [low, high]) {
  const pen = canvas.getContext("2d"), place = (lines, index, size) => Math.round(((lines[index] - lines[0]) / (lines.at(-1) - lines[0])) * size);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  for (let r = 0; r < change.rows; r++) for (let c = 0; c < change.columns; c++) {
    const shown = change.value(row, r * change.columns + c);
    if (shown === null) continue;
    const [red, green, blue, alpha] = colourAt(colours, shown, low, high);
    const x = place(change.x, c, canvas.width), y = place(change.y, r, canvas.height);
    pen.fillStyle = `rgb(${red} ${green} ${blue} / ${alpha / 255})`;
    pen.fillRect(x, y, place(change.x, c + 1, canvas.width) - x, place(change.y, r + 1, canvas.height) - y);
  }
}

// One of the three pictures: what lies on it, and the place that is pointed at.
function buildFigure(name, picture, size, frame, seen, canvas, words, kind) {
  const [width, height] = size;
  canvas.style.cssText = at(frame);
  const mark = node("div", { class: "mm-patch mm-cursor", hidden: true }), note = node("p", { class: "mm-opposed-none", hidden: true });
  const stage = node("div", { class: `mm-mini-stage mm-opposed-${kind}`, style: `aspect-ratio:${width}/${height}` }, node("img", { src: picture, alt: "", draggable: "false" }),
    canvas, hatched({ seen }, { cropped: words.not_seen }), mark, note);
  return { stage, canvas, element: node("figure", { class: "mm-opposed-figure" }, node("figcaption", { title: name[1] }, node("strong", {}, name[0]), " ", node("span", { dir: "auto" }, name[1])), stage),
    mark(box) {
      mark.hidden = !box;
      if (box) mark.style.cssText = at(box);
    },
    tell(text) {
      note.hidden = !text;
      note.textContent = text;
    } };
}

function buildLegend(colours, title, signs) {
  const stops = Array.from({ length: 33 }, (_, i) => colours.slice(4 * Math.round((i / 32) * 255))).map(([r, g, b, alpha]) => `rgb(${r} ${g} ${b} / ${(alpha / 255).toFixed(3)})`);
  const ends = node("span", { class: "mm-opposed-ends" }), name = node("span", {}, title);
  const element = node("div", { class: "mm-opposed-legend" }, node("span", { class: "mm-opposed-strip" }, node("span", { style: `background:linear-gradient(to right, ${stops.join(",")})` })), ends, name,
    node("span", {}, signs.join(" · ")));
  return { element, show(low, high, text) {
    name.textContent = text;
    ends.replaceChildren(...(low < 0 ? [low, 0, high] : [low, high]).map((value) => node("span", {}, number(value))));
  } };
}

function buildUnits(rows, words, show) {
  const buttons = rows.map((row, index) => node("span", { class: `mm-unit mm-opposed-unit mm-${row.unit}${row.in === "both" ? "" : " mm-opposed-lone"}`, role: "option", tabindex: -1, "data-row": index,
    "aria-selected": "false" }, node("span", { dir: "auto" }, row.unit === "text" ? words.whole : row.text), row.in === "both" ? null : node("sub", {}, ` ${words[`in_${row.in}`]}`)));
  const list = node("div", { class: "mm-opposed-units", role: "listbox", "aria-label": words.words, "aria-orientation": "horizontal" }, buttons);
  const rowOf = (event) => event.target.closest?.("[data-row]")?.dataset.row;
  let shown = -1; // a page that scrolls beneath a pointer at rest is no choice: only its moves are
  for (const kind of ["pointermove", "click", "focusin"]) list.addEventListener(kind, (event) => {
    const row = rowOf(event);
    if (row !== undefined && !(kind === "pointermove" && (event.pointerType === "touch" || Number(row) === shown))) show(Number(row));
  });
  list.addEventListener("keydown", (event) => {
    const row = Number(rowOf(event)), step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -row, End: rows.length - 1 - row }[event.key];
    if (step === undefined) return;
    buttons[Math.min(rows.length - 1, Math.max(0, row + step))].focus();
    event.preventDefault();
  });
  return { list, choose: (chosen) => buttons.forEach((button, index) => {
    shown = chosen;
    button.tabIndex = index === chosen ? 0 : -1;
    button.setAttribute("aria-selected", String(index === chosen));
  }) };
}

function buildNumbers({ heads, rows }, words, show) {
  const order = () => {
    const by = rows.map((_, index) => index), size = (index) => rows[index].sizes[kept.sort - 1] ?? -1;
    return kept.sort ? by.sort((a, b) => size(b) - size(a)) : by;
  };
  const lines = rows.map((row, index) => node("tr", {}, node("th", { scope: "row" }, node("button", { type: "button", class: "mm-opposed-word", dir: "auto", onclick: () => show(index) }, row.text),
    row.in ? node("span", { class: "mm-small" }, ` ${row.in}`) : null), row.cells.map((cell) => node("td", {}, cell))));
  const body = node("tbody", {}), titles = heads.map((head, index) => node("th", { scope: "col" }, node("button", { type: "button", "aria-label": fill(words.sort, { name: head }), onclick: () => sort(index) }, head)));
  const sort = (index) => {
    kept.sort = index;
    titles.forEach((title, place) => title.setAttribute("aria-sort", place !== index ? "none" : index ? "descending" : "ascending"));
    body.replaceChildren(...order().map((place) => lines[place]));
  };
  sort(kept.sort);
  return { element: node("section", { class: "mm-opposed-table" }, node("h2", {}, words.table), node("div", { class: "mm-scroll", tabindex: 0, role: "region", "aria-label": words.table },
    node("table", {}, node("thead", {}, node("tr", {}, titles)), body)), node("p", { class: "mm-small" }, words.note)),
    choose: (chosen) => lines.forEach((line, index) => line.classList.toggle("mm-chosen", index === chosen)) };
}

function drawVersus(root, payload) {
  if (payload.busy) {
    document.body.classList.add("mm-opposing");
    showWorking(root, payload);
    return;
  }
  document.body.classList.remove("mm-opposing");
  root.follow = null;
  if (!payload.versus) {
    root.replaceChildren();
    return;
  }
  const { versus, words, names, pictures, score } = payload;
  const sides = versus.sides.map((side) => readSide(side, versus)), change = versus.change && readChange(versus.change);
  const colours = bytes(versus.colours), changeColours = change && bytes(change.colours);
  const figures = sides.map((side, index) => buildFigure(["AB"[index], names[index]], pictures[index], side.size, side.frame, side.seen,
    node("canvas", { class: "mm-map", width: side.columns, height: side.rows, "aria-hidden": "true" }), words, "side"));
  const frame = change && [change.x[0], change.y[0], change.x.at(-1), change.y.at(-1)];
  const [width, height] = sides[0].size;
  const last = change && buildFigure([words.difference, ""], pictures[0], sides[0].size, frame, change.seen,
    node("canvas", { class: "mm-map", width: WIDE, height: Math.round((WIDE * height) / width), "aria-hidden": "true" }), words, "change");
  const legend = buildLegend(colours, payload.scale, []), changeLegend = change && buildLegend(changeColours, words.difference, [words.stronger_a, words.same, words.stronger_b]);
  const live = node("p", { class: "mm-live mm-opposed-said", "aria-live": "polite" });
  const trio = node("div", { class: `mm-trio${change ? "" : " mm-duo"}`, role: "application", tabindex: 0, "aria-label": words.maps }, figures.map(({ element }) => element), last?.element ?? null,
    legend.element, changeLegend?.element ?? null);
  const state = { row: 0, place: null };
  const units = buildUnits(versus.rows, words, show), table = buildNumbers(payload.table, words, show);
  const own = versus.measure === "rank" ? null : node("label", { class: "mm-check" }, node("input", { type: "checkbox", name: "own-versus", checked: kept.own,
    onchange: (event) => { kept.own = event.target.checked; show(state.row); } }), words.own);
  const exports = menu(words.export, ["csv", "json", "npz"].map((name) => [words[`export_${name}`], () => trigger("export", { format: name, at: Date.now() })]));
  const unitName = () => (versus.rows[state.row].unit === "text" ? words.whole : versus.rows[state.row].text);
  const unitOf = (index) => versus.rows[state.row]["ab"[index]];

  // The ends of the common scale, or, of one word alone, of what both its maps reach.
  function endsOf(values, low, high, signed) {
    if (!kept.own || versus.measure === "rank") return [low, high];
    const top = values.reduce((most, value) => Math.max(most, Math.abs(value ?? 0)), 0) || high;
    return [signed ? -top : 0, top];
  }

  function mapOf(index) {
    const unit = unitOf(index);
    return unit === null ? [] : Array.from({ length: sides[index].count }, (_, k) => sides[index].value(unit, k));
  }

  function show(row) {
    state.row = row;
    units.choose(row);
    table.choose(row);
    const ends = endsOf([...mapOf(0), ...mapOf(1)], versus.low, versus.high, versus.signed);
    sides.forEach((side, index) => {
      paintSide(figures[index].canvas, side, unitOf(index), colours, ends);
      figures[index].tell(unitOf(index) === null ? words[index ? "nothing" : "nothing_a"] : "");
      figures[index].stage.dataset.unit = unitOf(index) ?? "";
    });
    const alone = kept.own && versus.measure !== "rank" ? ` ${fill(words.own_scale, { unit: unitName() })}` : "";
    legend.show(...ends, `A, B: ${payload.scale}${alone}`);
    if (change) {
      const values = Array.from({ length: change.rows * change.columns }, (_, k) => change.value(row, k));
      const [low, high] = endsOf(values, change.low, change.high, true);
      paintChange(last.canvas, change, row, changeColours, [low, high]);
      changeLegend.show(low, high, `${words.difference}: ${payload.scale}${alone}`);
      last.tell(values.every((value) => value === null) ? words.no_change : "");
    }
    say();
  }

  function said(name, index, patch) {
    const unit = unitOf(index);
    if (unit === null) return null;
    if (patch === null) return `${name} ${words.not_seen}`;
    return `${name} ${number(sides[index].value(unit, patch))}${sides[index].own ? ` (${number(sides[index].own(unit, patch))})` : ""}`;
  }

  const placeName = ([x, y]) => fill(words.place, { x: Math.round(100 * x), y: Math.round(100 * y) });
  const scaleName = sides[0].own ? `${payload.scale} (${fill(words.in_brackets, { scale: payload.raw_scale })})` : payload.scale;

  // What is pointed at, or, where nothing is, where each map is strongest.
  function say() {
    const { place } = state;
    if (place) {
      const parts = sides.map((side, index) => said("AB"[index], index, side.at(...place)));
      const [r, c] = change ? change.cell(...place) : [-1, -1], found = r < 0 || c < 0 ? null : change.value(state.row, r * change.columns + c);
      if (found !== null) parts.push(`${words.difference} ${found > 0 ? "+" : ""}${number(found)}`);
      live.textContent = `${unitName()} · ${placeName(place)} · ${parts.filter(Boolean).join(" · ")} · ${scaleName}`;
      live.dataset.change = found ?? "";
      return;
    }
    const parts = sides.map((side, index) => {
      const values = mapOf(index), best = values.indexOf(Math.max(...values));
      return values.length ? fill(words.at, { value: said("AB"[index], index, best), place: placeName(centre(placeBox(side, best))) }) : null;
    });
    live.textContent = `${fill(words.strongest, { unit: unitName() })}: ${parts.filter(Boolean).join(" · ")} · ${scaleName}`;
  }

  const centre = ([x0, y0, x1, y1]) => [(x0 + x1) / 2, (y0 + y1) / 2];

  function point(place) {
    state.place = place;
    sides.forEach((side, index) => {
      const patch = place && side.at(...place);
      figures[index].mark(patch === null || place === null ? null : placeBox(side, patch));
    });
    if (change) {
      const [r, c] = place ? change.cell(...place) : [-1, -1];
      last.mark(r < 0 || c < 0 ? null : change.box(r, c));
    }
    say();
  }

  function step(down, right) {
    const side = sides[0];
    const lines = change ?? { rows: side.rows, columns: side.columns, cell: (x, y) => { const k = side.at(x, y) ?? 0; return [Math.floor(k / side.columns), k % side.columns]; },
      box: (r, c) => placeBox(side, r * side.columns + c) };
    const [r, c] = lines.cell(...(state.place ?? [0.5, 0.5]));
    const walked = state.place ? [r + down, c + right] : [r, c];
    point(centre(lines.box(Math.min(lines.rows - 1, Math.max(0, walked[0])), Math.min(lines.columns - 1, Math.max(0, walked[1])))));
  }

  for (const { stage } of [...figures, ...(last ? [last] : [])]) {
    const placeOf = (event) => {
      const box = stage.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };
    stage.addEventListener("pointermove", (event) => point(placeOf(event)));
    stage.addEventListener("pointerdown", (event) => point(placeOf(event)));
    stage.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && point(null));
  }
  trio.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (way) step(...way);
    else if (event.key === "Escape") point(null);
    else return;
    event.preventDefault();
  });

  root.replaceChildren(...[
    node("p", { class: "mm-opposed-score", role: "status" }, node("span", { class: "mm-kind" }, score.title), " ", node("span", {}, "A ", node("strong", { class: "mm-number" }, score.a)), " ",
      node("span", {}, "B ", node("strong", { class: "mm-number" }, score.b)), " ",
      score.change ? node("span", {}, `${words.difference} `, node("strong", { class: "mm-number" }, score.change)) : null, score.lower ? node("span", { class: "mm-small" }, score.lower) : null),
    score.note ? node("p", { class: "mm-small" }, score.note) : null,
    units.list, trio, live, node("div", { class: "mm-controls" }, own, exports), payload.about.map((text) => node("p", { class: "mm-small" }, text)), table.element,
  ].flat().filter(Boolean));
  const rowAt = (unit) => versus.rows.findIndex((row) => row.a === unit);
  root.follow = (unit) => rowAt(unit) >= 0 && rowAt(unit) !== state.row && show(rowAt(unit));
  const first = rowAt(Number(document.body.dataset.lookedAt));
  show(first < 0 || payload.differs === "text" ? versus.rows.length - 1 : first); // of another text the whole changes most
}

onUnit(element);
onPayload(element, props, watch, drawVersus);
