// Shots down, clauses across: what the encoder said, what the matcher made of it, and what it changed.

function buildMatrix(data, words, on) {
  const [S, C] = data.shape, names = Object.keys(data.layers).filter((name) => data.layers[name]);
  if (!names.length) return { element: node("p", { class: "mm-small" }, words.too_large), show() {} };
  if (!names.includes(kept.shown)) kept.shown = names[0];
  const canvas = node("canvas", { class: "mm-film-cells", "aria-hidden": "true" }), mark = node("span", { class: "mm-grid-focus", "aria-hidden": "true" });
  const stage = node("div", { class: "mm-film-matrix" }, canvas, mark), said = node("p", { class: "mm-small mm-number" });
  const legend = node("span", { class: "mm-legend-strip" }), low = node("span"), high = node("span");
  const select = node("select", { name: "shown", "aria-label": words.matrix, "data-keeps": "shown", onchange: (event) => {
    kept.shown = event.target.value;
    draw();
    show(now);
  } }, names.map((name) => node("option", { value: name, selected: name === kept.shown }, words[`matrix_${name}`])));
  let now = kept.at;

  function scale() {
    const values = data.layers[kept.shown];
    if (kept.shown === "p") return { values, low: 0, high: 1, colours: data.colours.up };
    let least = Infinity, most = -Infinity;
    for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
    const top = Math.max(Math.abs(least), Math.abs(most)) || 1;
    return kept.shown === "change" ? { values, low: -top, high: top, colours: data.colours.both } : { values, low: least, high: most > least ? most : least + 1, colours: data.colours.up };
  }

  function draw() {
    const is = scale(), small = new OffscreenCanvas(C, S), brush = small.getContext("2d"), image = brush.createImageData(C, S);
    for (let i = 0; i < S * C; i++) {
      const step = 4 * Math.max(0, Math.min(255, Math.round((255 * (is.values[i] - is.low)) / (is.high - is.low))));
      for (let k = 0; k < 3; k++) image.data[4 * i + k] = is.colours[step + k];
      image.data[4 * i + 3] = 255;
    }
    brush.putImageData(image, 0, 0);
    const width = stage.clientWidth || 260, height = Math.max(48, Math.min(190, (width * S) / C));
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    canvas.style.cssText = `width:${width}px;height:${height}px`;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
    legend.style.background = gradient(is.colours);
    low.textContent = number(is.low);
    high.textContent = number(is.high);
    stage.dataset.shown = kept.shown;
  }

  function show(at) {
    now = at;
    const { shot, clause } = at, box = canvas.getBoundingClientRect(), high = box.height / S, wide = box.width / C;
    mark.hidden = !box.width;
    mark.style.cssText = `top:${(shot ?? 0) * high}px;left:${(clause ?? 0) * wide}px;height:${shot === null ? box.height : high}px;width:${clause === null ? box.width : wide}px`;
    const value = shot === null || clause === null ? null : data.layers[kept.shown][shot * C + clause];
    said.textContent = value === null ? words.matrix_about : fill(words.cell, { s: shot + 1, c: clause + 1, value: number(value) });
  }

  const cell = (event) => {
    const box = canvas.getBoundingClientRect(), part = (value, size, count) => Math.max(0, Math.min(count - 1, Math.floor((value / size) * count)));
    return { row: "pair", shot: part(event.clientY - box.top, box.height, S), clause: part(event.clientX - box.left, box.width, C) };
  };
  stage.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") on.hover(cell(event)); });
  stage.addEventListener("pointerleave", () => on.hover(null));
  stage.addEventListener("click", (event) => on.choose(cell(event)));
  new ResizeObserver(() => { draw(); show(now); }).observe(stage);
  return { element: node("figure", { class: "mm-film-figure" }, node("figcaption", { class: "mm-choice" }, select), stage, node("div", { class: "mm-legend" }, low, legend, high), said), show };
}
