// How far the map of one unit can be trusted: remarks, numbers beside the band of random maps, agreement of methods.

function band({ low, high, at }) {
  const place = (share) => `${(4 + 92 * share).toFixed(1)}%`;
  return node("span", { class: "mm-band", "aria-hidden": "true" },
    node("span", { class: "mm-band-random", style: `left:${place(low)};right:calc(100% - ${place(high)})` }),
    node("span", { class: "mm-band-own", style: `left:${place(at)}` }));
}

function agreement({ title, methods, rows }) {
  const shade = (value) => (value === null ? "" : `--share:${Math.max(0, value).toFixed(2)}`);
  return node("div", { class: "mm-scroll", tabindex: 0, role: "region", "aria-label": title }, node("table", { class: "mm-agreement" }, node("caption", {}, title),
    node("thead", {}, node("tr", {}, node("td"), methods.map((name) => node("th", { scope: "col" }, name)))),
    node("tbody", {}, rows.map((row, index) => node("tr", {}, node("th", { scope: "row" }, methods[index]),
      row.map((value) => node("td", { style: shade(value) }, value === null ? "–" : number(value))))))));
}

function drawTrust(root, payload) {
  const shown = Number(document.body.dataset.lookedAt ?? payload.units.length - 1);
  const chosen = Math.min(payload.row ?? shown, payload.units.length - 1);
  const select = node("select", { name: "mm-trust-unit" }, payload.units.map((text, index) => node("option", { value: index, selected: index === chosen }, text)));
  const ask = () => trigger("judge", { row: Number(select.value) });
  const go = node("button", { type: "button", class: "mm-judge", onclick: (event) => { event.target.disabled = true; ask(); } }, payload.judge);
  const average = node("input", { type: "checkbox", name: "mm-average", checked: payload.is_average });
  average.addEventListener("change", () => trigger("average", { on: average.checked }));
  select.addEventListener("change", () => (payload.itself ? ask() : root.querySelector(".mm-measured")?.remove()));
  const busy = working(payload, payload.stop, (line) => { line.replaceWith(go); trigger("stop", {}); });
  const measured = payload.remarks ? node("div", { class: "mm-measured" },
    node("div", { role: "status" }, node("ul", { class: "mm-remarks" }, payload.remarks.map(({ text, warns }) => node("li", { class: warns ? "mm-warns" : null }, text)))),
    node("details", { class: "mm-list" }, node("summary", {}, payload.numbers),
      node("dl", { class: "mm-figures" }, payload.rows.flatMap((row) => [node("dt", {}, row.name), node("dd", {}, row.said, row.band ? band(row.band) : null)])),
      payload.agreement ? agreement(payload.agreement) : null,
      node("p", { class: "mm-small" }, payload.note),
      node("button", { type: "button", onclick: () => trigger("export", { row: chosen, at: Date.now() }) }, payload.export))) : null;
  root.replaceChildren(...[
    node("h2", {}, payload.title),
    node("p", { class: "mm-asked" }, node("label", {}, payload.unit, " ", select), node("label", {}, average, " ", payload.average)),
    busy, measured, busy || (measured && payload.itself) ? null : go,
  ].filter(Boolean));
  root.follow = (unit) => {
    if (unit === Number(select.value) || unit >= payload.units.length) return;
    select.value = unit;
    if (payload.itself) ask();
    else root.querySelector(".mm-measured")?.replaceWith(go);
  };
  if (payload.itself && !busy && !measured) ask();
}

onUnit(element);
onPayload(element, props, watch, drawTrust);
