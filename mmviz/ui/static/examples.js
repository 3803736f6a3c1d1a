// Pictures to choose from; choosing one fills the inputs and runs it. Sentences that are not true stand apart, folded away.

function exampleOf(item, index) {
  return node("button", { type: "button", class: "mm-example", title: item.text, onclick: () => trigger("choose", { index }) },
    node("img", { src: item.picture, alt: "" }),
    item.model ? node("span", { class: "mm-of" }, item.model) : null,
    item.mark ? node("span", { class: "mm-mark" }, item.mark) : null,
    node("span", { class: "mm-caption" }, item.text));
}

function drawExamples(root, payload) {
  const made = payload.items.map((item, index) => [item, exampleOf(item, index)]);
  const parts = [false, true].map((is_false) => made.filter(([item]) => Boolean(item.mark) === is_false).map(([, button]) => button));
  const is_open = root.querySelector(".mm-untrue")?.open;
  root.replaceChildren(
    node("h2", {}, payload.title), node("p", { class: "mm-small" }, payload.hint), node("div", { class: "mm-examples" }, parts[0]),
    ...(parts[1].length ? [node("details", { class: "mm-untrue", open: is_open }, node("summary", {}, payload.untrue), node("div", { class: "mm-examples" }, parts[1]))] : []));
}

onPayload(element, props, watch, drawExamples);
