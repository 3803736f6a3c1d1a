// Words above, picture below: pointing at a word shows its map, choosing patches shows bars over the words.

function readMaps(overlay) {
  const raw = bytes(overlay.maps);
  const levels = new Uint16Array(raw.buffer, 0, raw.length >> 1);
  const colours = bytes(overlay.colours); // 256 x red, green, blue, alpha
  const count = overlay.grid[0] * overlay.grid[1];
  return {
    count,
    value: (unit, patch) => overlay.low + (levels[unit * count + patch] / 65535) * (overlay.high - overlay.low),
    paint(unit, pixels) {
      for (let k = 0; k < count; k++) {
        const step = (levels[unit * count + k] >> 8) * 4;
        for (let c = 0; c < 4; c++) pixels[4 * k + c] = colours[step + c];
      }
    },
    colour(value) {
      const place = (value - overlay.low) / (overlay.high - overlay.low);
      const step = Math.round(255 * Math.min(1, Math.max(0, place))) * 4;
      return `rgb(${colours[step]} ${colours[step + 1]} ${colours[step + 2]})`;
    },
    colours,
  };
}

const view = { opacity: 100, grid: false, boxes: false, all: false, smooth: false }; // outlives payloads

function drawOverlay(root, payload) {
  if (payload.message) {
    root.replaceChildren(node("p", { class: "mm-message", role: "status" }, payload.message));
    return;
  }
  const { overlay, words } = payload;
  const maps = readMaps(overlay);
  const state = { unit: startingUnit(overlay, payload), pinned: null, patches: new Set(), cursor: null, hovered: null };
  const wordHandlers = {
    show: (unit) => showUnit(unit, false),
    leave: () => state.pinned !== null && showUnit(state.pinned, false),
    pin(unit) {
      state.pinned = state.pinned === unit ? null : unit;
      showUnit(unit, true);
    },
    release,
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
      const [rows, columns] = overlay.grid, k = state.cursor ?? overlay.units[state.unit].strongest[0][0];
      const r = Math.floor(k / columns) + (state.cursor === null ? 0 : down), c = (k % columns) + (state.cursor === null ? 0 : right);
      state.cursor = Math.min(rows - 1, Math.max(0, r)) * columns + Math.min(columns - 1, Math.max(0, c));
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
  const live = node("p", { class: "mm-live", "aria-live": "polite" });
  const hint = node("p", { class: "mm-hint" }, words.hint);
  const scale = buildScale(overlay, words, maps);
  const controls = buildControls(payload, () => applyView());
  root.replaceChildren(list, hint, node("div", { class: "mm-view" }, stage.stage, scale.element), controls, live, buildTable());

  const label = (patch) => fill(words.patch, { r: Math.floor(patch / overlay.grid[1]) + 1, c: (patch % overlay.grid[1]) + 1 });
  const unitName = (unit) => (overlay.units[unit].unit === "text" ? words.whole : overlay.units[unit].text);

  function showUnit(unit, settle) {
    const before = state.unit;
    state.unit = unit;
    stage.show(unit);
    buttons[before].element.setAttribute("aria-selected", "false");
    buttons[unit].element.setAttribute("aria-selected", "true");
    live.textContent = strongest(unit);
    if (view.boxes) outline();
    if (settle) buttons.forEach(({ element }, index) => {
      element.classList.toggle("mm-pinned", index === state.pinned);
      element.tabIndex = index === unit ? 0 : -1;
    });
  }

  function strongest(unit) {
    const found = overlay.units[unit].strongest.map(([patch, value]) => `${label(patch)} (${number(value)})`);
    const pinned = state.pinned === unit ? ` · ${words.pinned}` : "";
    return `${fill(words.strongest, { unit: unitName(unit) })}: ${found.join(words.joiner)}${pinned}`;
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
    state.pinned = null;
    state.patches.clear();
    state.cursor = null;
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
    stage.grid.hidden = !view.grid;
    outline();
  }

  function buildTable() {
    const head = node("tr", {}, [words.unit, words.patches, words.own_score].map((text) => node("th", { scope: "col" }, text)));
    const rows = overlay.units.map((unit, index) => {
      const places = unit.strongest.map(([patch, value]) => `${fill(words.patch, { r: Math.floor(patch / overlay.grid[1]) + 1,
        c: (patch % overlay.grid[1]) + 1 })} (${number(value)})`);
      return node("tr", {}, node("th", { scope: "row" }, unit.unit === "text" ? words.whole : unit.text),
        node("td", {}, places.join(words.joiner)), node("td", {}, unit.score === null ? "" : number(unit.score)));
    });
    return node("details", { class: "mm-list" }, node("summary", {}, words.table),
      node("div", { class: "mm-scroll", tabindex: 0, role: "region", "aria-label": words.table }, node("table", {}, node("thead", {}, head), node("tbody", {}, rows))));
  }

  applyView();
  showBars([]);
  showUnit(state.unit, true);
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
  const ends = overlay.signed ? [overlay.high, 0, overlay.low] : [overlay.high, 0];
  const element = node("div", { class: "mm-scale" }, node("span", { class: "mm-scale-name" }, words[`scale_${overlay.scale}`]),
    node("div", { class: "mm-strip-box" }, strip, pointer), node("div", { class: "mm-ends" }, ends.map((value) => node("span", {}, number(value)))));
  return {
    element,
    point(value) {
      pointer.hidden = value === null;
      if (value !== null) pointer.style.setProperty("--place", `${(100 * (value - overlay.low)) / (overlay.high - overlay.low)}%`);
    },
  };
}

function buildControls({ words, boxes }, changed) {
  const tick = (name) => node("label", { class: "mm-check" }, node("input", { type: "checkbox", name, checked: view[name], onchange: (event) => {
    view[name] = event.target.checked;
    if (name === "all" && view.all && !view.boxes) event.currentTarget.closest(".mm-controls").querySelector("[name=boxes]").click();
    changed();
  } }), words[name === "all" ? "all_boxes" : name]);
  const known = boxes.some((found) => found.length);
  return node("div", { class: "mm-controls" },
    node("label", { class: "mm-range" }, words.opacity, node("input", { type: "range", min: 0, max: 100, value: view.opacity, name: "opacity",
      oninput: (event) => { view.opacity = Number(event.target.value); changed(); } })),
    tick("grid"), tick("smooth"), known ? tick("boxes") : null, known ? tick("all") : null);
}

onPayload(element, props, watch, drawOverlay);
