// A public model that is not here: what it is, what it weighs, and a button that asks the hub, then one that fetches.

let pressed = false; // what was pressed goes: what comes in its place takes up the focus

function drawFetching(root, payload) {
  if (payload.ready) {
    root.replaceChildren(node("p", { class: "mm-small mm-fetched", role: "status" }, payload.ready));
    return;
  }
  const { words, button, trouble } = payload;
  const events = { ask_hub: () => trigger("ask_hub", {}), get_model: () => trigger("get_model", {}) };
  const press = (event) => {
    event.target.disabled = pressed = true;
    if (button.event === "ask_hub") event.target.textContent = words.asking;
    events[button.event]();
  };
  const go = button ? node("button", { type: "button", class: "mm-fetch-go", onclick: press }, button.text) : null;
  const stop = (event) => {
    go.disabled = false;
    event.target.closest(".mm-busy").replaceWith(go);
    go.focus();
    trigger("stop", {});
  };
  const busy = payload.busy ? node("div", { class: "mm-busy" }, node("progress", { max: 1, value: payload.share, "aria-label": payload.busy }),
    node("span", { class: "mm-small" }, payload.busy), node("button", { type: "button", class: "mm-fetch-stop", onclick: stop }, words.stop)) : null;
  const before = root.querySelector(".mm-busy");
  if (busy && before) { // while it comes only the bar moves, so that Stop keeps the focus
    before.querySelector("progress").value = payload.share;
    before.querySelector("span").textContent = payload.busy;
    return;
  }
  root.replaceChildren(...[
    node("h2", {}, payload.title),
    node("dl", { class: "mm-fetch-facts" }, payload.facts.flatMap(([name, value]) => [node("dt", {}, name), node("dd", { dir: "auto" }, value)])),
    trouble.length ? node("div", { role: "status" }, trouble.map((text, index) => node("p", { class: index ? "mm-small" : "mm-fetch-trouble" }, text))) : null,
    busy || go, node("p", { class: "mm-small" }, payload.note),
  ].filter(Boolean));
  if (pressed) (busy?.querySelector("button") || go)?.focus();
  pressed = false;
}

onPayload(element, props, watch, drawFetching);
