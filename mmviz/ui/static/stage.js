// The picture, the map on it, and what lies over both.

function buildStage(payload, maps, handlers) {
  const { overlay, words } = payload;
  const [rows, columns] = overlay.grid;
  const frame = overlay.frame;
  const canvas = mapCanvas(overlay);
  const marks = node("div", { class: "mm-marks", "aria-hidden": "true" });
  const boxes = node("div", { class: "mm-boxes", "aria-hidden": "true" });
  const grid = node("div", { class: "mm-grid", hidden: true, "aria-hidden": "true", style:
    `${at(frame)};background-size:${100 / columns}% ${100 / rows}%` });
  const tip = node("div", { class: "mm-tip", hidden: true, "aria-hidden": "true" });
  const [width, height] = overlay.size;
  const layer = node("div", { class: "mm-layer" },
    node("img", { src: payload.picture, alt: "", draggable: "false" }), canvas, hatched(overlay, words), grid, boxes, marks);
  const stage = node("div", { class: "mm-stage", tabindex: 0, role: "application", "aria-label": words.stage,
    style: `aspect-ratio:${width}/${height};--ratio:${width / height}` }, layer, tip);
  const zoom = buildZoom(stage, layer, words);
  buildBox(stage, layer);
  const drawn = {
    stage, layer, canvas, grid, tip, zoom,
    show(unit, own) {
      paintMap(canvas, overlay, maps, unit, own);
    },
    mark(patches, cursor) {
      marks.replaceChildren(...[...patches].map((k) => node("div", { class: "mm-patch", style: at(placeBox(overlay, k)) })),
        ...(cursor === null ? [] : [node("div", { class: "mm-patch mm-cursor", style: at(placeBox(overlay, cursor)) })]));
    },
    outline(found) {
      boxes.replaceChildren(...found.map((box) => node("div", { class: "mm-box", style: at(box) })));
    },
  };
  point(drawn, overlay, handlers);
  return drawn;
}

function point(drawn, overlay, handlers) {
  const { stage, layer, zoom } = drawn;
  let dragging = false;
  const patchAt = (event) => {
    const box = layer.getBoundingClientRect();
    return placeAt(overlay, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  stage.addEventListener("pointermove", (event) => {
    const patch = patchAt(event);
    handlers.hover(patch, event);
    if (dragging && patch !== null) handlers.extend(patch);
  });
  stage.addEventListener("pointerdown", (event) => {
    const patch = patchAt(event);
    if (patch === null || event.button > 0) return;
    dragging = true;
    handlers.select(patch, event.shiftKey || event.ctrlKey || event.metaKey);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) stage.addEventListener(end, (event) => {
    dragging = false;
    if (end !== "pointerup") handlers.hover(null, event);
  });
  stage.addEventListener("keydown", (event) => {
    if (zoom.press(event)) {
      event.preventDefault();
      return;
    }
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (step) handlers.walk(...step);
    else if (event.key === "Enter" || event.key === " ") handlers.press();
    else if (event.key === "Escape") handlers.release();
    else return;
    event.preventDefault();
  });
}
