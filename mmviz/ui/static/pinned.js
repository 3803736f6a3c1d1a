// Pinned words side by side: the same picture once a word, all on the scale the large one has.

function buildPinned(payload, maps, handlers) {
  const { overlay, words } = payload;
  const [width, height] = overlay.size;
  const list = node("div", { class: "mm-minis" });
  const element = node("section", { class: "mm-side-by-side", hidden: true }, node("h2", {}, words.compare), list);

  function mini(unit, own, name) {
    const canvas = mapCanvas(overlay);
    paintMap(canvas, overlay, maps, unit, own);
    canvas.style.opacity = view.opacity / 100;
    canvas.classList.toggle("mm-smooth", view.smooth);
    const top = overlay.units[unit].strongest[0][1];
    const letGo = fill(words.unpin, { unit: name });
    return node("figure", { class: "mm-mini" },
      node("button", { type: "button", class: "mm-mini-stage", style: `aspect-ratio:${width}/${height}`, "aria-label": fill(words.map_of, { unit: name }),
        onclick: () => handlers.show(unit) }, node("img", { src: payload.picture, alt: "", draggable: "false" }), canvas),
      node("figcaption", {}, node("span", { class: "mm-mini-name", dir: "auto" }, name), node("span", { class: "mm-value" }, number(top)),
        node("button", { type: "button", class: "mm-sign", "aria-label": letGo, title: letGo, onclick: () => handlers.pin(unit) }, "×")));
  }

  return {
    element,
    show(pinned, own, name) {
      element.hidden = pinned.length === 0;
      list.replaceChildren(...pinned.map((unit) => mini(unit, own, name(unit))));
    },
  };
}
