// How far the matching of a film is: the stage, its share, and what is left.

function drawBusy(root, { stages, now, said, share }) {
  if (!stages) {
    root.replaceChildren();
    return;
  }
  root.replaceChildren(node("div", { class: "mm-busy" }, node("p", { role: "status" }, said), node("progress", { max: 1, value: share, "aria-label": said }),
    node("ol", { class: "mm-film-stages" }, stages.map((title, place) => node("li", { class: place < now ? "mm-film-done" : "", "aria-current": place === now ? "step" : null }, title)))));
}

onPayload(element, props, watch, drawBusy);
