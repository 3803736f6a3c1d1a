// A button that shows or hides the rest of its column; where there is room, the page's style shows the rest without it.

function drawFold(root, payload) {
  const column = element.closest(".mm-inputs, .mm-folded");
  const toggle = (event) => {
    const isOpen = column.classList.toggle("mm-open");
    event.currentTarget.setAttribute("aria-expanded", String(isOpen));
    if (isOpen && !("made" in column.dataset)) trigger("unfold", {});
    column.dataset.made = "";
  };
  root.replaceChildren(node("button", { type: "button", class: "mm-fold", "aria-expanded": String(column.classList.contains("mm-open")),
    onclick: toggle }, payload.title));
}

onPayload(element, props, watch, drawFold);
