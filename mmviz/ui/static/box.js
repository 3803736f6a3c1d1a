// A box on the picture, drawn by dragging with Alt held or while the panel of regions asks for one; fractions of the picture.

function buildBox(stage, layer) {
  const frame = node("div", { class: "mm-region-box", hidden: true, "aria-hidden": "true" });
  layer.append(frame);
  let from = null, box = null;
  const clamp = (value) => Math.min(1, Math.max(0, value));
  const place = (event) => {
    const seen = layer.getBoundingClientRect();
    return [clamp((event.clientX - seen.left) / seen.width), clamp((event.clientY - seen.top) / seen.height)];
  };
  const show = (found) => {
    box = found;
    frame.hidden = !box;
    if (box) frame.style.cssText = at(box);
  };
  const wanted = (event) => event.altKey || "drawing" in document.body.dataset;
  const end = () => {
    if (from === null) return;
    from = null;
    delete document.body.dataset.drawing;
    const large = box && box[2] - box[0] > 0.01 && box[3] - box[1] > 0.01;
    if (large) document.dispatchEvent(new CustomEvent("mm-box", { detail: box }));
    else show(null);
  };
  // Before the picture's own listeners, which would choose patches.
  const first = (kind, run) => stage.addEventListener(kind, run, { capture: true });
  first("pointerdown", (event) => {
    if (!wanted(event) || event.button > 0) return;
    from = place(event);
    show([...from, ...from]);
    stage.setPointerCapture(event.pointerId);
    event.stopImmediatePropagation();
    event.preventDefault();
  });
  first("pointermove", (event) => {
    if (from === null) return;
    const [x, y] = place(event);
    show([Math.min(x, from[0]), Math.min(y, from[1]), Math.max(x, from[0]), Math.max(y, from[1])]);
    event.stopImmediatePropagation();
  });
  first("pointerup", end);
  first("pointercancel", end);
  first("keydown", (event) => {
    if (event.key !== "Escape" || !(box || "drawing" in document.body.dataset)) return;
    from = null;
    show(null);
    delete document.body.dataset.drawing;
    delete document.body.dataset.box;
  });
  const listen = (event) => (stage.isConnected ? show(event.detail) : document.removeEventListener("mm-show-box", listen));
  document.addEventListener("mm-show-box", listen);
}
