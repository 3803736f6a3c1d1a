// Beside the picture: what to mind, and how the answer was found.

function drawSide(root, payload) {
  const { rival, badges, blocks } = payload;
  if (!blocks) {
    root.replaceChildren();
    return;
  }
  root.replaceChildren(...[
    rival ? node("section", { class: "mm-rival" }, node("h2", {}, rival.title),
      rival.rows.map((row, index) => node("p", { class: index ? "mm-row mm-false" : "mm-row" }, node("span", { class: "mm-number" }, row.score),
        node("span", {}, node("span", { class: "mm-mark" }, row.mark), " ", row.text))),
      node("p", { class: rival.is_right ? "mm-verdict" : "mm-verdict mm-wrong" }, rival.verdict)) : null,
    badges.length ? node("section", { class: "mm-badges" }, node("h2", {}, payload.badges_title),
      node("ul", {}, badges.map((badge) => node("li", { class: `mm-badge mm-${badge.kind}` }, badge.text)))) : null,
    ...blocks.map((block) => node("section", {}, node("h2", {}, block.title), node("p", {}, block.text))),
    payload.stored ? node("p", { class: "mm-small mm-stored" }, payload.stored) : null,
  ].filter(Boolean));
}

onPayload(element, props, watch, drawSide);
