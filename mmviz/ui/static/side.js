// Beside the picture: the score, what it means, and what to mind.

function drawSide(root, payload) {
  const { rival, badges, blocks } = payload;
  if (!blocks) {
    root.replaceChildren();
    return;
  }
  root.replaceChildren(...[
    node("div", { class: "mm-score" }, node("span", { class: "mm-figure" }, payload.score), node("span", { class: "mm-kind" }, payload.score_kind)),
    node("p", { class: "mm-small" }, payload.score_note),
    rival ? node("section", { class: "mm-rival" }, node("h2", {}, rival.title),
      rival.rows.map((row, index) => node("p", { class: index ? "mm-row mm-false" : "mm-row" }, node("span", { class: "mm-number" }, row.score),
        node("span", {}, node("span", { class: "mm-mark" }, row.mark), " ", row.text))),
      node("p", { class: rival.is_right ? "mm-verdict" : "mm-verdict mm-wrong" }, rival.verdict)) : null,
    badges.length ? node("section", { class: "mm-badges" }, node("h2", {}, payload.badges_title),
      node("ul", {}, badges.map((badge) => node("li", { class: `mm-badge mm-${badge.kind}` }, badge.text)))) : null,
    ...blocks.map((block) => node("section", {}, node("h2", {}, block.title), node("p", {}, block.text))),
  ].filter(Boolean));
}

onPayload(element, props, watch, drawSide);
