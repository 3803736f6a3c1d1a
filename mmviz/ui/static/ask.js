// The button "Why?": asks about the unit that is looked at, and about the box where one was drawn for this text.

function drawnBox() {
  return document.body.dataset.box ? JSON.parse(document.body.dataset.box) : null;
}

function drawAsk(root, payload) {
  root.replaceChildren(node("button", { type: "button", class: "mm-ask", title: payload.about,
    onclick: () => trigger("why", { row: Number(document.body.dataset.lookedAt ?? -1), box: drawnBox() }) }, payload.ask));
}

onPayload(element, props, watch, drawAsk);
