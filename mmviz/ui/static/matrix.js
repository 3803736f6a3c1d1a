// Texts down, pictures across: walking the cells, on any scale and in any order, without asking the server.

const kept = { scale: null, sort: "given", large: false, marks: true }; // outlives payloads
const SORTS = ["given", "strongest", "text", "picture"], FORMATS = ["png", "csv", "json"];

function readMatrix({ matrix, thumbs }, loaded) {
  const shape = [matrix.texts.length, matrix.images.length];
  const scales = Object.fromEntries(matrix.scales.map((scale) => {
    const values = new Float32Array(bytes(scale.values).buffer);
    return [scale.name, { ...scale, values, tops: maxima(values, shape) }];
  }));
  const image = new Image();
  image.onload = loaded;
  image.src = thumbs.picture;
  if (!(kept.scale in scales)) kept.scale = matrix.scales[0].name; // numbers of another kind are read in another way
  const matched = new Set(matrix.matched.map(([r, c]) => r * shape[1] + c));
  return { ...matrix, shape, scales, colours: bytes(matrix.colours), pairs: matched, thumbs: { image, side: thumbs.side, across: thumbs.across } };
}

function drawMatrix(root, payload) {
  if (payload.message) {
    root.replaceChildren(node("p", { class: "mm-message", role: "status" }, payload.message));
    return;
  }
  const { words } = payload;
  const data = readMatrix(payload, () => draw());
  const [n, m] = data.shape;
  const state = { row: 0, column: 0, at: null, order: null };
  const canvas = node("canvas", { class: "mm-grid-canvas", "aria-hidden": "true" });
  const focus = node("div", { class: "mm-grid-focus", "aria-hidden": "true" });
  const stage = node("div", { class: "mm-grid-stage", tabindex: 0, role: "application", "aria-label": words.cells }, canvas, focus);
  const scroll = node("div", { class: "mm-grid-scroll" }, stage);
  const info = buildInfo(data, words, () => open(state.row, state.column));
  const bar = buildBar(data, words, words[`kind_${data.kind}`]);
  const table = node("div");
  const exports = menu(words.export, FORMATS.map((format) => [words[`export_${format}`], () => take(format)]));
  root.replaceChildren(buildChoices(words, Object.keys(data.scales), () => reorder(), () => { draw(); showCell(); }, exports), bar.element, info.element, scroll, table);

  const now = () => data.scales[kept.scale] ?? Object.values(data.scales)[0]; // a matrix that gives way to one of another kind is drawn once more

  function reorder() {
    state.order = ordered(kept.sort, data.scales.logit.values, data.shape, state.row, state.column);
    draw();
    showCell();
  }

  function draw() {
    const width = scroll.clientWidth;
    if (!width || !state.order) return; // not seen yet
    const began = performance.now();
    state.at = layout(data.shape, width, Math.max(240, window.innerHeight * 0.62), kept.large);
    drawCells(canvas, state.at, picture());
    bar.show(now());
    stage.dataset.scale = kept.scale;
    stage.dataset.drawn = (performance.now() - began).toFixed(2);
    place();
  }

  function picture() {
    const { values, low, high, tops } = now();
    const ink = getComputedStyle(root).color;
    return { values, low, high, tops, colours: data.colours, ...state.order, matched: data.matched, marks: kept.marks, thumbs: data.thumbs, texts: data.texts, ink };
  }

  function place() {
    const { at } = state, r = state.order.rows.indexOf(state.row), c = state.order.columns.indexOf(state.column);
    focus.style.cssText = `left:${at.left + c * at.cellWidth}px;top:${at.top + r * at.cellHeight}px;width:${at.cellWidth}px;height:${at.cellHeight}px`;
    return [r, c];
  }

  function showCell() {
    if (!state.at) return;
    const [r, c] = place();
    info.show(state.row, state.column, now());
    if (kept.large && document.activeElement === stage) {
      const { at } = state;
      scroll.scrollTo({ left: at.left + (c + 0.5) * at.cellWidth - scroll.clientWidth / 2, top: at.top + (r + 0.5) * at.cellHeight - scroll.clientHeight / 2 });
    }
  }

  function cellAt(event) {
    const box = stage.getBoundingClientRect(), { at, order } = state;
    const c = Math.floor((event.clientX - box.left - at.left) / at.cellWidth), r = Math.floor((event.clientY - box.top - at.top) / at.cellHeight);
    return r < 0 || c < 0 || r >= n || c >= m ? null : [order.rows[r], order.columns[c]];
  }

  function go(row, column) {
    [state.row, state.column] = [row, column];
    showCell();
  }

  function open(row, column) {
    document.body.dataset.arriving = "cell";
    location.hash = "pair";
    trigger("open", { row, column });
  }

  function take(format) {
    if (format !== "png") return trigger("export", { format, scale: kept.scale, at: Date.now() });
    return savePicture(canvas, state.at, bar.title(), now(), data, getComputedStyle(document.querySelector("gradio-app")).backgroundColor, picture().ink);
  }

  stage.addEventListener("pointermove", (event) => {
    const cell = cellAt(event);
    if (cell && (cell[0] !== state.row || cell[1] !== state.column)) go(...cell);
  });
  stage.addEventListener("click", (event) => {
    const cell = cellAt(event);
    if (!cell) return;
    go(...cell);
    if (event.pointerType !== "touch") open(...cell); // a finger points first, and opens by the button
  });
  stage.addEventListener("keydown", (event) => {
    const { rows, columns } = state.order, r = rows.indexOf(state.row), c = columns.indexOf(state.column);
    const [nr, nc] = { ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1], ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], Home: [r, 0], End: [r, m - 1],
      PageUp: [r - 10, c], PageDown: [r + 10, c] }[event.key] ?? [null, null];
    if (nr !== null) go(rows[Math.min(n - 1, Math.max(0, nr))], columns[Math.min(m - 1, Math.max(0, nc))]);
    else if (event.key === "Enter" || event.key === " ") open(state.row, state.column);
    else return;
    event.preventDefault();
  });
  table.append(buildBest(data, words, now));
  new ResizeObserver(() => { draw(); showCell(); }).observe(scroll);
  reorder();
}

function buildChoices(words, scales, reordered, redrawn, exports) {
  const select = (name, values, changed) => node("label", { class: "mm-choice" }, words[name], node("select", { name, onchange: (event) => {
    kept[name] = event.target.value;
    changed();
  } }, values.map((value) => node("option", { value, selected: kept[name] === value }, words[`${name}_${value}`]))));
  const tick = (name) => node("label", { class: "mm-check" }, node("input", { type: "checkbox", name, checked: kept[name], onchange: (event) => {
    kept[name] = event.target.checked;
    redrawn();
  } }), words[name]);
  return node("div", { class: "mm-controls mm-above" }, select("scale", scales, redrawn), select("sort", SORTS, reordered), tick("marks"), tick("large"), exports);
}

function buildBar(data, words, kind) {
  const low = node("span"), high = node("span"), name = node("span", { class: "mm-scale-name" });
  const element = node("div", { class: "mm-legend" }, name, low, strip(data.colours),
    high, node("span", { class: "mm-legend-match" }), node("span", {}, words.pairs));
  if (!data.matched.length) for (const part of [...element.children].slice(4)) part.remove();
  return {
    element,
    title: () => name.textContent,
    show(scale) {
      name.textContent = `${kind} · ${words[`scale_${scale.name}`]}`;
      low.textContent = number(scale.low);
      high.textContent = number(scale.high);
    },
  };
}

function buildInfo(data, words, opened) {
  const picture = node("span", { class: "mm-thumb", role: "img" }), text = node("p", { class: "mm-info-text", dir: "auto" }), facts = node("p", { class: "mm-small" });
  const value = node("span", { class: "mm-figure" });
  const element = node("div", { class: "mm-info" }, picture, value, node("div", { class: "mm-info-words", "aria-live": "polite" }, text, facts),
    node("button", { type: "button", class: "mm-open-pair", onclick: opened }, words.open));
  const { side, across, image } = data.thumbs;
  picture.style.cssText = `width:${side}px;height:${side}px;background-image:url("${image.src}")`;
  return {
    element,
    show(row, column, scale) {
      const place = row * data.shape[1] + column;
      picture.style.backgroundPosition = `${-(column % across) * side}px ${-Math.floor(column / across) * side}px`;
      picture.setAttribute("aria-label", data.images[column]);
      value.textContent = number(scale.values[place]);
      text.textContent = data.texts[row];
      facts.textContent = [fill(words.cell, { r: row + 1, c: column + 1 }), data.images[column], data.pairs.has(place) && words.match,
        scale.tops.ofRow[row] === column && words.row_top, scale.tops.ofColumn[column] === row && words.column_top].filter(Boolean).join(" · ");
    },
  };
}

// Made when it is unfolded, on the scale that is shown.
function buildBest(data, words, now) {
  const made = listing(words.table, node("tr", {}, [words.text, words.best].map((text) => node("th", { scope: "col" }, text))), []);
  made.addEventListener("toggle", () => {
    if (!made.open) return;
    const { values } = now(), [n, m] = data.shape;
    made.querySelector("tbody").replaceChildren(...Array.from({ length: n }, (_, r) => {
      const best = Array.from({ length: m }, (_, c) => c).sort((a, b) => values[r * m + b] - values[r * m + a]).slice(0, 3);
      return node("tr", {}, node("th", { scope: "row" }, `${r + 1}. ${data.texts[r]}`),
        node("td", {}, best.map((c) => `${c + 1}. ${data.images[c]} (${number(values[r * m + c])})`).join(words.joiner)));
    }));
  });
  return made;
}

// The canvas as it is, under a line that says the scale and its ends.
function savePicture(canvas, at, title, scale, data, ground, ink) {
  const head = 34, sheet = node("canvas", { width: canvas.width, height: Math.round(canvas.height * (1 + head / at.height)) });
  const pen = sheet.getContext("2d"), sharp = canvas.width / at.width;
  pen.fillStyle = ground;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.scale(sharp, sharp);
  pen.font = "13px system-ui, sans-serif";
  pen.fillStyle = ink;
  const ends = `${data.model} · ${title} · ${number(scale.low)}`;
  pen.fillText(ends, 4, 20);
  const from = 12 + pen.measureText(ends).width, wide = 120;
  for (let i = 0; i < wide; i++) {
    const step = 4 * Math.round((i / (wide - 1)) * 255);
    pen.fillStyle = `rgb(${data.colours[step]} ${data.colours[step + 1]} ${data.colours[step + 2]})`;
    pen.fillRect(from + i, 10, 1.5, 12);
  }
  pen.fillStyle = ink;
  pen.fillText(number(scale.high), from + wide + 8, 20);
  pen.drawImage(canvas, 0, head, at.width, at.height);
  sheet.toBlob((blob) => save(blob, `mmviz-${data.model.replace(/[^\w.-]+/g, "-")}-${scale.name}.png`), "image/png");
}

onPayload(element, props, watch, drawMatrix);
