// Small multiples: one picture many times, a map on each; arrow keys walk them, Enter or a click makes one the large map.

const kept = { open: false, view: null, scale: "", picked: null, layered: "" }; // outlives payloads

function readFloats(base64) {
  return new Float32Array(bytes(base64).buffer);
}

function drawMultiples(root, payload) {
  const { words, units } = payload;
  if (payload.is_new) Object.assign(kept, { view: null, picked: null });
  if (payload.view) Object.assign(kept, { view: payload.view, picked: null });
  const looked = Number(document.body.dataset.lookedAt ?? units.length - 1);
  const select = node("select", { name: "mm-multiples-unit" }, units.map((text, index) => node("option", { value: index, selected: index === Math.min(looked, units.length - 1) }, text)));
  const known = payload.layered.map(({ name }) => name);
  const first = [kept.layered, payload.method].find((name) => known.includes(name)) ?? known[0];
  const layered = node("select", { name: "mm-layered", "aria-label": words.layers, onchange: () => (kept.layered = layered.value) },
    payload.layered.map(({ name, title }) => node("option", { value: name, selected: name === first }, title)));
  const ask = (kind) => trigger("multiples", { kind, row: Number(select.value), method: layered.value ?? "" });
  const begin = (kind) => node("button", { type: "button", class: `mm-by-${kind}`, onclick: (event) => { event.target.disabled = true; ask(kind); } }, words[kind]);
  const begun = () => node("div", { class: "mm-many-asked" },
    node("p", { class: "mm-actions" }, node("label", {}, words.unit, " ", select), begin("methods"), begin("words")),
    known.length ? node("p", { class: "mm-actions" }, begin("layers"), layered) : node("p", { class: "mm-small" }, words.no_layers));
  const busy = working(payload, words.stop, (line) => { line.replaceWith(begun()); trigger("stop", {}); });
  const details = node("details", { class: "mm-list", open: kept.open, ontoggle: () => (kept.open = details.open) }, node("summary", {}, words.title),
    node("p", { class: "mm-small" }, words.hint), busy ?? begun(), kept.view ? viewOf(kept.view, words) : null);
  root.replaceChildren(details);
  root.follow = (unit) => { if (unit < units.length) select.value = unit; };
  if (payload.view) root.querySelector(".mm-tiles button[tabindex='0']")?.focus({ preventScroll: true });
}

function viewOf(view, words) {
  const raw = readFloats(view.raw), ranks = view.ranks && readFloats(view.ranks);
  const [rows, columns] = view.grid, count = rows * columns;
  const place = (patch) => placeName(view, words, patch);
  const places = (cell) => (cell.flat ? words.flat : cell.strongest.map(([patch, value]) => `${place(patch)} (${number(value)})`).join(words.joiner));
  const live = node("p", { class: "mm-live", "aria-live": "polite" });
  const legend = node("span", { class: "mm-many-legend" });
  const tiles = view.cells.map((cell, index) => tileOf(view, cell, {
    point(patch) {
      const rank = ranks ? `; ${fill(words.rank, { rank: number(ranks[index * count + patch]) })}` : "";
      live.textContent = fill(words.raw, { title: cell.title, place: place(patch), value: number(raw[index * count + patch]), scale: cell.measure }) + rank;
    },
    focus: () => (live.textContent = fill(words.strongest, { title: cell.title, places: places(cell) })),
    pick() {
      kept.picked = index;
      tiles.forEach((tile, other) => tile.button.setAttribute("aria-pressed", String(other === index)));
      live.textContent = fill(words.shown, { title: cell.title });
      if (view.kind === "words") show(cell.pick.row);
      else trigger("pick", cell.pick);
    },
  }, words));
  const paint = () => {
    const scale = view.scales.find(({ name }) => name === kept.scale) ?? view.scales[0];
    const maps = readMaps({ ...scale, grid: view.grid, units: view.cells });
    tiles.forEach((tile, index) => tile.paint(maps, index));
    legend.replaceChildren(...legendOf(scale, maps, view.scales.length < 2));
  };
  const colour = view.scales.length < 2 ? null : node("label", { class: "mm-choice" }, words.colour, " ", node("select", { name: "mm-many-scale",
    onchange: (event) => { kept.scale = event.target.value; paint(); } }, view.scales.map(({ name, title }) => node("option", { value: name, selected: name === kept.scale }, title))));
  const list = node("div", { class: "mm-tiles", role: "group", "aria-label": fill(words.grid, { title: view.title }) }, tiles.map(({ element }) => element));
  const isShown = (cell, index) => (kept.picked === null ? cell.is_shown ?? cell.pick.row === Number(document.body.dataset.lookedAt) : kept.picked === index);
  tiles.forEach(({ button }, index) => button.setAttribute("aria-pressed", String(isShown(view.cells[index], index))));
  walk(list, tiles.map(({ button }) => button), Math.max(0, view.cells.findIndex(isShown)));
  paint();
  const head = node("tr", {}, [words.map, words.patches, words.measure].map((text) => node("th", { scope: "col" }, text)));
  const lines = view.cells.map((cell) => node("tr", {}, node("th", { scope: "row", dir: "auto" }, cell.title), node("td", {}, places(cell)), node("td", {}, cell.measure)));
  return node("section", { class: "mm-many" }, node("h2", { dir: "auto" }, view.title), view.said.map((text) => node("p", { class: "mm-small" }, text)),
    node("p", { class: "mm-actions" }, colour, legend), list, live, listing(words.table, head, lines),
    node("p", { class: "mm-actions" }, node("button", { type: "button", class: "mm-save", onclick: () => save(fileOf(view, raw), `mmviz-${view.kind}.json`) }, words.export)));
}

function tileOf(view, cell, handlers, words) {
  const [width, height] = view.size, canvas = mapCanvas(view);
  const picture = document.querySelector(".mm-stage img")?.src ?? "";
  const button = node("button", { type: "button", class: "mm-mini-stage", style: `aspect-ratio:${width}/${height}`, "aria-pressed": "false", onclick: handlers.pick, onfocus: handlers.focus },
    node("img", { src: picture, alt: cell.title, draggable: "false" }), canvas);
  button.addEventListener("pointermove", (event) => {
    const box = button.getBoundingClientRect();
    const place = placeAt(view, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    if (place !== null) handlers.point(place);
  });
  const top = cell.flat ? words.flat : number(cell.strongest[0][1]);
  return {
    button,
    element: node("figure", { class: "mm-tile" }, button, node("figcaption", {}, node("span", { class: "mm-tile-name", dir: "auto" }, cell.title),
      node("span", { class: "mm-value" }, `${top}${view.kind === "methods" && !cell.flat ? ` ${cell.measure}` : ""}`))),
    paint(maps, index) {
      paintMap(canvas, view, maps, index, false);
    },
  };
}

// One of the buttons can be reached by Tab; arrow keys go on from there, up and down by rows as they stand on the page.
function walk(list, buttons, first) {
  buttons.forEach((button, index) => (button.tabIndex = index === first ? 0 : -1));
  list.addEventListener("focusin", (event) => buttons.forEach((button) => (button.tabIndex = button === event.target ? 0 : -1)));
  list.addEventListener("keydown", (event) => {
    const here = buttons.indexOf(event.target), across = buttons.filter((button) => Math.abs(button.getBoundingClientRect().top - buttons[0].getBoundingClientRect().top) < 4).length;
    const next = { ArrowRight: here + 1, ArrowLeft: here - 1, ArrowDown: here + across, ArrowUp: here - across, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined || here < 0) return;
    buttons[next]?.focus();
    event.preventDefault();
  });
}

function legendOf({ low, high, signed, title }, maps, isNamed) {
  return [node("span", {}, signed ? number(low) : "0"), strip(maps.colours), node("span", {}, number(high)), isNamed ? node("span", { class: "mm-small" }, title) : null].filter(Boolean);
}

// The picture's own widget shows a word's map.
function show(unit) {
  document.dispatchEvent(new CustomEvent("mm-show-unit", { detail: unit }));
  document.getElementById("mm-overlay")?.scrollIntoView({ block: "start" });
}

function fileOf(view, raw) {
  const count = view.grid[0] * view.grid[1];
  const maps = view.cells.map((cell, index) => ({ title: cell.title, ...cell.file, scores: [...raw.slice(index * count, (index + 1) * count)] }));
  return new Blob([JSON.stringify({ kind: view.kind, ...view.file, grid: view.grid, maps })], { type: "application/json" });
}

onUnit(element);
onPayload(element, props, watch, drawMultiples);
