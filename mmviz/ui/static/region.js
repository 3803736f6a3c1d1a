// A region of the picture: its edges by mouse or by number, which words look into it, what hiding it changes.

const EDGES = ["x0", "y0", "x1", "y1"];
const kept = { open: false, of: "", edges: ["", "", "", ""] }; // outlives payloads

function boxOf(fields) {
  const box = fields.map((field) => Number(field.value) / 100);
  return fields.every((field) => field.value !== "") && box[0] < box[2] && box[1] < box[3] && Math.min(...box) >= 0 && Math.max(...box) <= 1 ? box : null;
}

// What Why is told, and what the picture shows.
function share(box) {
  if (box) document.body.dataset.box = JSON.stringify(box);
  else delete document.body.dataset.box;
  document.dispatchEvent(new CustomEvent("mm-show-box", { detail: box }));
}

function resultOf(payload) {
  const { words } = payload;
  const head = node("tr", {}, [words.unit, words.share, words.times, payload.is_hidden ? words.change : null].filter(Boolean).map((text) => node("th", { scope: "col" }, text)));
  const rows = payload.rows.map((row) => node("tr", {}, node("th", { scope: "row", dir: "auto" }, row.text),
    node("td", {}, node("span", { class: "mm-share", "aria-hidden": "true" }, node("span", { style: `width:${100 * row.bar}%` })), " ", row.share),
    node("td", {}, row.times), payload.is_hidden ? node("td", {}, row.change) : null));
  return node("div", { class: "mm-region-result", role: "status" }, payload.said.map((text) => node("p", { class: "mm-small" }, text)),
    rows.length === 0 ? [] : node("div", { class: "mm-scroll", tabindex: 0, role: "region", "aria-label": words.title }, node("table", {}, node("thead", {}, head), node("tbody", {}, rows))));
}

function drawRegion(root, payload) {
  const { words } = payload;
  if (kept.of !== payload.text) Object.assign(kept, { of: payload.text, edges: ["", "", "", ""] });
  if (payload.box) kept.edges = payload.box.map((place) => String(Math.round(1000 * place) / 10));
  const fields = EDGES.map((name, index) => node("input", { type: "number", min: 0, max: 100, step: "any", name: `mm-${name}`, value: kept.edges[index] }));
  const send = (event) => {
    const box = boxOf(fields);
    fields.forEach((field) => field.setAttribute("aria-invalid", String(!box)));
    if (!box) return fields[0].focus();
    share(box);
    return trigger(event, { box });
  };
  fields.forEach((field, index) => field.addEventListener("input", () => {
    kept.edges[index] = field.value;
    share(boxOf(fields));
  }));
  const draw = node("button", { type: "button", class: "mm-draw", onclick: () => {
    document.body.dataset.drawing = "";
    document.querySelector(".mm-stage")?.scrollIntoView({ block: "nearest" });
  } }, words.draw);
  const details = node("details", { class: "mm-list", open: kept.open, ontoggle: () => (kept.open = details.open) }, node("summary", {}, words.title),
    node("p", { class: "mm-small" }, words.hint),
    node("p", { class: "mm-edges" }, draw, fields.map((field, index) => node("label", {}, words[EDGES[index]], " ", field))),
    node("p", { class: "mm-actions" }, node("button", { type: "button", class: "mm-look", onclick: () => send("look") }, words.look),
      node("button", { type: "button", class: "mm-hide", onclick: () => send("hide") }, words.hide),
      payload.corrects ? [node("button", { type: "button", class: "mm-add-region", onclick: () => send("add_region") }, words.add),
        node("button", { type: "button", class: "mm-move-region", onclick: () => send("move_region") }, words.move)] : []),
    payload.rows ? resultOf(payload) : null);
  root.replaceChildren(details);
  share(boxOf(fields));
  root.take = (box) => {
    kept.edges = box.map((place) => String(Math.round(1000 * place) / 10));
    fields.forEach((field, index) => (field.value = kept.edges[index]));
    details.open = true;
    send("look");
  };
}

const panel = element.querySelector(".mm") || element;
document.addEventListener("mm-box", (event) => panel.isConnected && panel.take?.(event.detail));
onPayload(element, props, watch, drawRegion);
