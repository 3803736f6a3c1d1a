// Other words: choose one, put another in its place, leave it out or swap it; leave each out in turn; which edits score higher.

const kept = { open: false, of: "", row: null, left: null, tried: null, moved: null }; // outlives payloads

function movedOf(rows, { back }, ask) {
  return rows.length ? node("div", { class: "mm-moved", role: "status" }, rows.map((row) => node("p", { class: "mm-row" },
    node("span", { class: "mm-kind" }, row.name), node("span", {}, node("strong", { class: "mm-number" }, row.score), " ", node("span", { class: "mm-small" }, row.lower), " ",
      node("span", { dir: "auto" }, row.text)))), node("button", { type: "button", class: "mm-back", onclick: () => ask({ kind: "take", text: rows[0].text }) }, back)) : null;
}

function leftOf({ said, rows }) {
  return node("div", { class: "mm-left", role: "status" }, node("p", { class: "mm-small" }, said), rows.map((row) => node("p", { class: "mm-chance" },
    node("span", { class: "mm-number" }, row.said), node("span", { class: "mm-share", "aria-hidden": "true" }, node("span", { style: `width:${100 * row.share}%` })),
    node("span", { dir: "auto" }, row.text))));
}

function triedOf({ said, rows }, { take }, ask) {
  return node("div", { class: "mm-tried", role: "status" }, node("p", { class: "mm-small" }, said), node("ul", {}, rows.map((row) => node("li", {},
    node("span", { class: "mm-number" }, row.score), " ", node("span", { dir: "auto" }, row.text), " ",
    node("button", { type: "button", class: "mm-sign", "aria-label": `${take}: ${row.text}`, onclick: () => ask({ kind: "take", text: row.text }) }, take)))));
}

function choices(name, rows, chosen) {
  return node("select", { name }, rows.map((row) => node("option", { value: row.row, selected: row.row === chosen }, row.text)));
}

function drawChanges(root, payload) {
  const { words, rows } = payload;
  if (kept.of !== payload.text) Object.assign(kept, { of: payload.text, row: null, left: null, tried: null, moved: null });
  for (const part of ["left", "tried", "moved"]) kept[part] = payload[part] ?? kept[part];
  const looked = Number(document.body.dataset.lookedAt), there = (row) => rows.some((one) => one.row === row);
  const first = there(kept.row) ? kept.row : there(looked) ? looked : rows[0]?.row ?? null;
  const select = choices("mm-word", rows, first), other = choices("mm-other", rows, rows.find((row) => row.row !== first)?.row);
  const list = node("datalist", { id: "mm-others-list" }), field = node("input", { type: "text", name: "mm-new", list: "mm-others-list", autocomplete: "off" });
  const ask = (asked) => {
    trigger("change_words", { row: Number(select.value), other: Number(other.value), text: "", ...asked });
  };
  const offer = () => {
    kept.row = Number(select.value);
    list.replaceChildren(...(rows.find((row) => row.row === kept.row)?.others ?? []).map((text) => node("option", { value: text })));
    field.value = "";
  };
  select.addEventListener("change", offer);
  const replace = () => (field.value.trim() ? ask({ kind: "replace", text: field.value }) : field.focus());
  field.addEventListener("keydown", (event) => event.key === "Enter" && replace());
  const button = (name, run) => node("button", { type: "button", class: `mm-${name}`, onclick: run }, words[name]);
  const begin = (name, event) => button(name, (clicked) => { clicked.target.disabled = true; trigger(event, {}); });
  const busy = working(payload, words.stop, (line) => { line.replaceWith(begun()); trigger("stop", {}); });
  const begun = () => node("p", { class: "mm-actions" }, begin("leave", "leave"), begin("try", "try_edits"));
  const details = node("details", { class: "mm-list", open: kept.open, ontoggle: () => (kept.open = details.open) }, node("summary", {}, words.title),
    rows.length ? node("p", { class: "mm-edit" }, node("label", {}, words.word, " ", select), node("label", {}, words.new, " ", field, list),
      button("replace", replace), button("drop", () => ask({ kind: "drop" }))) : null,
    rows.length > 1 ? node("p", { class: "mm-edit" }, node("label", {}, words.other, " ", other), button("swap", () => ask({ kind: "swap" }))) : null,
    movedOf(kept.moved ?? [], words, ask), busy ?? begun(), kept.left ? leftOf(kept.left) : null, kept.tried ? triedOf(kept.tried, words, ask) : null);
  root.replaceChildren(details);
  offer();
  root.follow = (unit) => {
    if (!there(unit) || unit === Number(select.value)) return;
    select.value = unit;
    offer();
  };
}

onUnit(element);
onPayload(element, props, watch, drawChanges);
