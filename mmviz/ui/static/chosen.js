// What is known of chosen points; what the gallery asks of them is handed on from here.

document.addEventListener("mm-chosen", ({ detail }) => {
  if (!element.isConnected) return;
  if (detail.act === "csv") return trigger("export", { format: "csv", rows: detail.rows, at: Date.now() });
  document.body.dataset.filled = "matrix";
  location.hash = "matrix";
  trigger("compare", { rows: detail.rows, at: Date.now() });
});

function drawChosen(root, payload) {
  root.replaceChildren(...(payload.rows ? [node("p", { class: "mm-chosen", role: "status", "data-rows": payload.rows }, payload.said.join(" · "))] : []));
}

onPayload(element, props, watch, drawChosen);
