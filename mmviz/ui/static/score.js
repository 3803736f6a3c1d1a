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

function matching(text) {
  return node("button", { type: "button", class: "mm-match", onclick: (event) => { event.target.disabled = true; trigger("match", {}); } }, text);
}

// What was begun on request can be begun again.
function stop(busy, again) {
  if (again) busy.replaceWith(matching(again));
  else busy.remove();
  trigger("stop", {});
}

function drawScore(root, payload) {
  const busy = working(payload, payload.stop, (line) => stop(line, payload.again));
  root.replaceChildren(...[
    node("div", { class: "mm-score" }, node("span", { class: "mm-figure" }, payload.score), node("span", { class: "mm-kind" }, payload.kind)),
    payload.also ? node("div", { class: "mm-score mm-also" }, node("span", { class: "mm-figure" }, payload.also.score), node("span", { class: "mm-kind" }, payload.also.kind)) : null,
    payload.waits ? matching(payload.again) : null,
    busy, payload.standing ? standing(payload.standing) : null, payload.chances ? chances(payload.chances) : null,
    payload.standing || busy ? null : node("p", { class: "mm-small" }, payload.note),
  ].filter(Boolean));
}

onPayload(element, props, watch, drawScore);
