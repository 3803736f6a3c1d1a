// Example sets to choose from; choosing one fills the inputs and runs it.

function drawSets(root, payload) {
  root.replaceChildren(
    node("h2", {}, payload.title), node("p", { class: "mm-small" }, payload.hint),
    node("div", { class: "mm-sets" }, payload.items.map((item) =>
      node("button", { type: "button", class: "mm-set", onclick: () => trigger("choose", { name: item.name }) },
        node("span", { class: "mm-set-name" }, item.title), node("span", { class: "mm-small" }, item.hint)))));
}

onPayload(element, props, watch, drawSets);
