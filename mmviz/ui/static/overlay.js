// Words above, picture below: pointing at a word shows its map, choosing patches shows bars over the words.

const view = { opacity: 100, grid: false, boxes: false, all: false, smooth: false, own: false, of: "", pinned: [] }; // outlives payloads
const FORMATS = ["png", "svg", "json", "npz", "csv"];

function drawOverlay(root, payload) {
  if (payload.message) {
    root.replaceChildren(node("p", { class: "mm-message", role: "status" }, payload.message));
    return;
  }
  const { overlay, words } = payload;
  const maps = readMaps(overlay);
  const state = { unit: payload.start ?? startingUnit(overlay, payload), pinned: pinsOf(overlay), patches: new Set(), cursor: null, hovered: null };
  const wordHandlers = {
    show: (unit) => showUnit(unit, false),
    leave: () => state.pinned.length && showUnit(state.pinned.at(-1), false),
    pin,
    release,
    range: (text) => (live.textContent = text === null ? strongest(state.unit) : fill(words.phrase_new, { unit: text })),
    phrase([start, end]) {
      document.body.dataset.arriving = "phrase";
      trigger("phrase", { start, end });
    },
  };
  const stageHandlers = {
    hover: (patch, event) => hover(patch, event),
    select(patch, more) {
      const alone = state.patches.size === 1 && state.patches.has(patch);
      if (!more) state.patches.clear();
      if (!alone) state.patches.add(patch);
      state.cursor = patch;
      showPatches();
    },
    extend(patch) {
      if (state.patches.has(patch)) return;
      state.patches.add(patch);
      showPatches();
    },
    walk(down, right) {
      state.cursor = state.cursor === null ? overlay.units[state.unit].strongest[0][0] : placeBeside(overlay, state.cursor, down, right);
      stage.mark(state.patches, state.cursor);
      live.textContent = `${label(state.cursor)}: ${number(maps.value(state.unit, state.cursor))} · ${unitName(state.unit)}`;
    },
    press() {
      if (state.cursor === null) return;
      if (!state.patches.delete(state.cursor)) state.patches.add(state.cursor);
      showPatches();
    },
    release,
  };

  const { list, buttons } = buildWords(payload, wordHandlers);
  const stage = buildStage(payload, maps, stageHandlers);
  const pinned = buildPinned(payload, maps, { pin, show: (unit) => showUnit(unit, true) });
  const live = node("p", { class: "mm-live", "aria-live": "polite" });
  const hint = node("p", { class: "mm-hint" }, words.hint);
  const scale = buildScale(overlay, words, maps);
  const exports = menu(words.export, FORMATS.map((name) => [words[`export_${name}`], () => trigger("export", { format: name, at: Date.now() })]));
  const controls = buildControls(payload, () => applyView(), stage.zoom.buttons, exports);
  root.replaceChildren(list, hint, node("div", { class: "mm-view" }, stage.stage, scale.element), controls, live, pinned.element, buildTable(payload));

  const label = (patch) => placeName(overlay, words, patch);
  const unitName = (unit) => (overlay.units[unit].unit === "text" ? words.whole : overlay.units[unit].text);

  function showUnit(unit, settle) {
    const before = state.unit;
    state.unit = unit;
    stage.show(unit, view.own);
    scale.of(unit, unitName(unit));
    buttons[before].element.setAttribute("aria-selected", "false");
    buttons[unit].element.setAttribute("aria-selected", "true");
    live.textContent = strongest(unit);
    if (view.boxes) outline();
    if (settle) announce(unit);
    if (settle) buttons.forEach(({ element }, index) => (element.tabIndex = index === unit ? 0 : -1));
  }

  function pin(unit) {
    state.pinned = state.pinned.includes(unit) ? state.pinned.filter((other) => other !== unit) : [...state.pinned, unit];
    showPinned();
    showUnit(unit, true);
  }

  function showPinned() {
    view.pinned = state.pinned.map((unit) => String(overlay.units[unit].span));
    buttons.forEach(({ element }, index) => element.classList.toggle("mm-pinned", state.pinned.includes(index)));
    pinned.show(state.pinned, view.own, unitName);
  }

  function strongest(unit) {
    const found = overlay.units[unit].strongest.map(([patch, value]) => `${label(patch)} (${number(value)})`);
    const isPinned = state.pinned.includes(unit) ? ` · ${words.pinned}` : "";
    return `${fill(words.strongest, { unit: unitName(unit) })}: ${found.join(words.joiner)}${isPinned}`;
  }

  function showPatches() {
    stage.mark(state.patches, null);
    showBars([...state.patches]);
  }

  // Bars of the given patches' mean, or, with none, of every unit's strongest patch.
  function showBars(chosen) {
    const top = Math.max(Math.abs(overlay.low), Math.abs(overlay.high));
    hint.textContent = chosen.length ? fill(words.selected, { n: chosen.length }) : words.hint;
    buttons.forEach(({ bar, value, element }, unit) => {
      const shown = chosen.length ? chosen.reduce((sum, k) => sum + maps.value(unit, k), 0) / chosen.length : overlay.units[unit].strongest[0][1];
      bar.style.height = `${Math.max(4, (100 * Math.abs(shown)) / top)}%`;
      bar.style.background = maps.colour(shown);
      value.textContent = number(shown);
      element.dataset.value = shown.toPrecision(6);
    });
  }

  function release() {
    state.pinned = [];
    state.patches.clear();
    state.cursor = null;
    showPinned();
    showPatches();
    showUnit(state.unit, true);
  }

  function hover(patch, event) {
    stage.tip.hidden = patch === null;
    scale.point(patch === null ? null : maps.value(state.unit, patch));
    if (!state.patches.size && patch !== state.hovered) showBars(patch === null ? [] : [patch]);
    state.hovered = patch;
    if (patch === null) return;
    const box = stage.stage.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    stage.tip.textContent = `${label(patch)} · ${number(maps.value(state.unit, patch))}`;
    stage.tip.style.transform = `translate(${Math.min(x + 14, box.width - 170)}px, ${y > 50 ? y - 38 : y + 22}px)`;
  }

  function outline() {
    const found = view.all ? payload.boxes.flat() : payload.boxes[state.unit];
    stage.outline(view.boxes ? found : []);
  }

  function applyView() {
    stage.canvas.style.opacity = view.opacity / 100;
    stage.canvas.classList.toggle("mm-smooth", view.smooth);
    stage.grid.hidden = !view.grid || overlay.regions !== null;
    outline();
    stage.show(state.unit, view.own);
    scale.of(state.unit, unitName(state.unit));
    pinned.show(state.pinned, view.own, unitName);
  }

  applyView();
  showBars([]);
  showUnit(state.unit, true);
  showPinned();
  root.showUnit = (unit) => unit < overlay.units.length && showUnit(unit, true);
}

// What was pinned stays so while the same is asked in another way, by its place in the text.
function pinsOf(overlay) {
  if (view.of !== overlay.text) view.pinned = [];
  view.of = overlay.text;
  const spans = overlay.units.map((unit) => String(unit.span));
  return view.pinned.map((span) => spans.indexOf(span)).filter((unit) => unit >= 0);
}

function buildTable({ overlay, words, missing }) {
  const head = node("tr", {}, [words.unit, words.patches, words.own_score, ...(missing ? [missing.title] : [])].map((text) => node("th", { scope: "col" }, text)));
  const rows = overlay.units.map((unit, row) => {
    const places = unit.strongest.map(([patch, value]) => `${placeName(overlay, words, patch)} (${number(value)})`);
    return node("tr", {}, node("th", { scope: "row" }, unit.unit === "text" ? words.whole : unit.text),
      node("td", {}, places.join(words.joiner)), node("td", {}, unit.score === null ? "" : number(unit.score)),
      missing ? node("td", {}, number(missing.values[row])) : null);
  });
  return listing(words.table, head, rows);
}

// Tell the other widgets which unit's map is looked at.
function announce(unit) {
  document.body.dataset.lookedAt = unit;
  document.dispatchEvent(new CustomEvent("mm-unit", { detail: unit }));
}

// The first thing seen: the phrase or word whose map is the strongest, for the whole text tells least.
function startingUnit(overlay, payload) {
  const rank = (unit, index) => (unit.unit === "text" || unit.cut || unit.unknown ? -1 : (payload.boxes[index].length ? 10 : 0) + Math.abs(unit.strongest[0][1]) / (overlay.high || 1));
  return overlay.units.reduce((best, unit, index) => (rank(unit, index) > rank(overlay.units[best], best) ? index : best), 0);
}

function buildScale(overlay, words, maps) {
  const stops = Array.from({ length: 33 }, (_, i) => maps.colours.slice(4 * Math.round((i / 32) * 255)))
    .map(([r, g, b, alpha]) => `rgb(${r} ${g} ${b} / ${(alpha / 255).toFixed(3)})`);
  const strip = node("div", { class: "mm-strip", style: `--stops:${stops.join(",")}` });
  const pointer = node("span", { class: "mm-pointer", hidden: true });
  const name = node("span", { class: "mm-scale-name" });
  const numbers = node("div", { class: "mm-ends" });
  const element = node("div", { class: "mm-scale" }, name, node("div", { class: "mm-strip-box" }, strip, pointer), numbers);
  let low = overlay.low, high = overlay.high;
  return {
    element,
    of(unit, text) {
      [low, high] = maps.ends(unit, view.own);
      name.textContent = words[`scale_${overlay.scale}`] + (view.own ? ` ${fill(words.own_scale, { unit: text })}` : "");
      element.classList.toggle("mm-own", view.own);
      numbers.replaceChildren(...(overlay.signed ? [high, 0, low] : [high, 0]).map((value) => node("span", {}, number(value))));
    },
    point(value) {
      pointer.hidden = value === null;
      if (value !== null) pointer.style.setProperty("--place", `${(100 * (value - low)) / (high - low)}%`);
    },
  };
}

function buildControls({ overlay, words, boxes }, changed, zoom, exports) {
  const tick = (name) => node("label", { class: "mm-check" }, node("input", { type: "checkbox", name, checked: view[name], onchange: (event) => {
    view[name] = event.target.checked;
    if (name === "all" && view.all && !view.boxes) event.currentTarget.closest(".mm-controls").querySelector("[name=boxes]").click();
    changed();
  } }), words[name === "all" ? "all_boxes" : name]);
  const known = boxes.some((found) => found.length);
  return node("div", { class: "mm-controls" },
    node("label", { class: "mm-range" }, words.opacity, node("input", { type: "range", min: 0, max: 100, value: view.opacity, name: "opacity",
      oninput: (event) => { view.opacity = Number(event.target.value); changed(); } })),
    zoom, ...(overlay.regions ? [] : [tick("grid"), tick("smooth")]), tick("own"), known ? tick("boxes") : null, known ? tick("all") : null, exports);
}

const shown = element.querySelector(".mm") || element;
document.addEventListener("mm-show-unit", (event) => shown.isConnected && shown.showUnit?.(event.detail));
onPayload(element, props, watch, drawOverlay);
