// The score, and what it is compared with.

function chances({ title, rows, said }) {
  return node("section", { class: "mm-chances" }, node("h2", {}, title), rows.map((row, index) =>
    node("p", { class: index ? "mm-chance" : "mm-chance mm-mine" }, node("span", { class: "mm-number" }, row.said),
      node("span", { class: "mm-share", "aria-hidden": "true" }, node("span", { style: `width:${100 * row.share}%` })),
      node("span", { dir: "auto" }, row.text))), node("p", { class: "mm-small" }, said));
}

function standing({ share, said, above, verdict, title, best }) {
  return node("section", { class: "mm-standing" },
    node("p", {}, node("strong", { class: "mm-number" }, share), " ", said),
    node("p", { class: above ? "mm-verdict mm-right" : "mm-verdict mm-wrong" }, verdict),
    node("details", { class: "mm-list" }, node("summary", {}, title),
      node("ul", { class: "mm-best" }, best.map((row) => node("li", {}, node("span", { class: "mm-number" }, row.score), " ", row.text)))));
}

function drawScore(root, payload) {
  const busy = payload.busy ? node("div", { class: "mm-busy", role: "status" }, node("progress", { max: 1, value: payload.share, "aria-label": payload.busy }),
    node("span", { class: "mm-small" }, payload.busy),
    node("button", { type: "button", onclick: (event) => { event.target.closest(".mm-busy").remove(); trigger("stop", {}); } }, payload.stop)) : null;
  root.replaceChildren(...[
    node("div", { class: "mm-score" }, node("span", { class: "mm-figure" }, payload.score), node("span", { class: "mm-kind" }, payload.kind)),
    busy, payload.standing ? standing(payload.standing) : null, payload.chances ? chances(payload.chances) : null,
    payload.standing || busy ? null : node("p", { class: "mm-small" }, payload.note),
  ].filter(Boolean));
}

onPayload(element, props, watch, drawScore);
