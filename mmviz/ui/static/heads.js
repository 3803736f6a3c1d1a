// Layers down, heads across: each cell the deletion of that head's map; arrow keys walk them, Enter or a click makes one the large map.

const kept = { open: false, view: null, picked: null }; // outlives payloads

function drawHeads(root, payload) {
  const { words, units } = payload;
  if (payload.is_new) Object.assign(kept, { view: null, picked: null });
  if (payload.view) Object.assign(kept, { view: payload.view, picked: null });
  const looked = Math.min(Number(document.body.dataset.lookedAt ?? units.length - 1), units.length - 1);
  const select = node("select", { name: "mm-heads-unit" }, units.map((text, index) => node("option", { value: index, selected: index === looked }, text)));
  const begun = () => (payload.weigh ? node("p", { class: "mm-actions" }, node("label", {}, words.unit, " ", select),
    node("button", { type: "button", class: "mm-weigh-heads", onclick: (event) => { event.target.disabled = true; trigger("heads", { row: Number(select.value) }); } }, payload.weigh))
    : node("p", { class: "mm-small" }, words.none));
  const busy = working(payload, words.stop, (line) => { line.replaceWith(begun()); trigger("stop", {}); });
  const details = node("details", { class: "mm-list", open: kept.open, ontoggle: () => (kept.open = details.open) }, node("summary", {}, words.title),
    node("p", { class: "mm-small" }, words.hint), busy ?? begun(), kept.view ? overview(kept.view, words) : null);
  root.replaceChildren(details);
  root.follow = (unit) => { if (unit < units.length) select.value = unit; };
  if (payload.view) root.querySelector(".mm-heads-grid button[tabindex='0']")?.focus({ preventScroll: true });
}

function overview(view, words) {
  const colours = bytes(view.colours), count = view.cells.flat().filter(Boolean).length;
  const live = node("p", { class: "mm-live", "aria-live": "polite" });
  const told = (cell, layer, head) => (cell ? fill(words.cell, { ...cell, layer, head, count }) : fill(words.cell_flat, { layer, head }));
  const buttons = view.cells.map((row, layer) => row.map((cell, head) => node("button", { type: "button", tabindex: -1, "aria-label": told(cell, layer, head),
    "aria-pressed": String(kept.picked === `${layer} ${head}`), class: cell?.beyond ? "mm-head mm-beyond" : "mm-head", style: cell ? shade(colours, cell.at) : "",
    onfocus: () => (live.textContent = told(cell, layer, head)), onpointerenter: () => (live.textContent = told(cell, layer, head)), onclick: () => pick(layer, head) },
  node("span", { class: "mm-head-area" }, cell ? cell.area : "–"), node("span", { class: "mm-head-place" }, cell ? fill(words.place, { rank: cell.rank }) : ""))));
  const pick = (layer, head) => {
    kept.picked = `${layer} ${head}`;
    buttons.forEach((row, l) => row.forEach((button, h) => button.setAttribute("aria-pressed", String(l === layer && h === head))));
    live.textContent = fill(words.shown, { layer, head });
    trigger("pick", { method: view.method, layers: [layer], heads: [head], row: view.row });
  };
  const head = node("tr", {}, node("td"), view.cells[0].map((_, h) => node("th", { scope: "col" }, fill(words.head, { n: h }))));
  const lines = buttons.map((row, l) => node("tr", {}, node("th", { scope: "row" }, fill(words.layer, { n: l })), row.map((button) => node("td", {}, button))));
  const grid = node("div", { class: "mm-heads-grid", role: "group", "aria-label": fill(words.grid, { title: view.title }) }, node("table", {}, node("thead", {}, head), node("tbody", {}, lines)));
  walk(grid, buttons, view.cells);
  const columns = ["place", "layer", "head", "area", "better"].map((name) => node("th", { scope: "col" }, words[`column_${name}`]));
  return node("section", { class: "mm-many" }, node("h2", { dir: "auto" }, view.title), view.said.map((text) => node("p", { class: "mm-small" }, text)), legendOf(view, colours, words), grid, live,
    listing(words.table, node("tr", {}, columns), ranked(view.cells)),
    node("p", { class: "mm-actions" }, saving(words.export, "mmviz-heads.json", () => view.json)));
}

// One of the cells can be reached by Tab, the first place to begin with; arrow keys go on from there.
function walk(grid, buttons, cells) {
  const all = buttons.flat(), first = cells.flat().findIndex((cell) => cell?.rank === 1);
  all[Math.max(0, first)].tabIndex = 0;
  grid.addEventListener("focusin", (event) => all.forEach((button) => (button.tabIndex = button === event.target ? 0 : -1)));
  grid.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key], here = all.indexOf(event.target);
    if (!step || here < 0) return;
    const across = buttons[0].length;
    buttons[Math.floor(here / across) + step[0]]?.[(here % across) + step[1]]?.focus();
    event.preventDefault();
  });
}

function ranked(cells) {
  const all = cells.flatMap((row, layer) => row.map((cell, head) => ({ cell, layer, head }))).filter(({ cell }) => cell).sort((a, b) => a.cell.rank - b.cell.rank);
  return all.map(({ cell, layer, head }) => node("tr", {}, [cell.rank, layer, head, cell.area, cell.better].map((value) => node("td", {}, String(value)))));
}

function legendOf({ ends: [slow, soon] }, colours, words) {
  return node("p", { class: "mm-many-legend" }, node("span", {}, `${words.slow} ${slow}`), strip(colours), node("span", {}, `${words.soon} ${soon}`));
}

onUnit(element);
onPayload(element, props, watch, drawHeads);
