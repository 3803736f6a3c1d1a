// How many passes a comparison takes, before it is begun.

function drawPasses(root, payload) {
  root.replaceChildren(...(payload.said ? [node("p", { class: payload.is_too_many ? "mm-small mm-wrong" : "mm-small", role: "status" }, payload.said)] : []));
}

onPayload(element, props, watch, drawPasses);
