// Pictures to choose from; choosing one fills the inputs and runs it.

function drawExamples(root, payload) {
  root.replaceChildren(
    node("h2", {}, payload.title), node("p", { class: "mm-small" }, payload.hint),
    node("div", { class: "mm-examples" }, payload.items.map((item, index) =>
      node("button", { type: "button", class: "mm-example", title: item.text, onclick: () => trigger("choose", { index }) },
        node("img", { src: item.picture, alt: "" }),
        item.model ? node("span", { class: "mm-of" }, item.model) : null,
        item.mark ? node("span", { class: "mm-mark" }, item.mark) : null,
        node("span", { class: "mm-caption" }, item.text)))));
}

onPayload(element, props, watch, drawExamples);
