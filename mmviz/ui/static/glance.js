// Methods down, models across, one figure coloured: which of them is true where, at a glance.

function seenCell(row, group, name, payload) {
  if (!row) return node("td", { class: "mm-glance-none", title: payload.words.impossible }, "–");
  const share = row.shares[name];
  return node("td", { class: group.state === "old" ? "mm-is-old" : null, "data-share": share, style: shade(payload.paint, share) },
    row.best.includes(name) ? node("strong", {}, row.said[name]) : row.said[name]);
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// The methods of all models; whoever does better by the figure over the models that have it comes first.
function methodsOf(groups, name) {
  const found = new Map();
  for (const { rows } of groups) {
    for (const row of rows) found.set(row.method, { title: row.title, shares: [...(found.get(row.method)?.shares ?? []), row.shares[name]] });
  }
  return [...found].map(([method, { title, shares }]) => ({ method, title, mean: mean(shares) })).sort((a, b) => b.mean - a.mean);
}

function glanceOf(payload, open) {
  const { words, columns } = payload, groups = payload.groups.filter(({ rows }) => rows.length);
  const holder = node("div", { class: "mm-glance-scroll", tabindex: 0, role: "region", "aria-label": words.glance });
  const choice = node("select", { "aria-label": words.figure, onchange: () => draw(choice.value) }, columns.map(({ name, title }) => node("option", { value: name }, title)));

  function draw(name) {
    const heads = groups.map((group) => node("th", { scope: "col" }, node("button", { type: "button", title: fill(words.open, { model: group.title }), onclick: () => open(group.model) }, group.title)));
    const rows = methodsOf(groups, name).map(({ method, title }) => node("tr", { "data-glance": method }, node("th", { scope: "row" }, title),
      groups.map((group) => seenCell(group.rows.find((row) => row.method === method), group, name, payload))));
    holder.replaceChildren(node("table", { class: "mm-glance" }, node("caption", {}, words.glance), node("thead", {}, node("tr", {}, node("th", { scope: "col" }, words.method), heads)), node("tbody", {}, rows)));
  }

  draw(columns[0].name);
  return node("div", { class: "mm-glance-part" }, node("div", { class: "mm-truth-above" }, node("label", {}, `${words.figure} `, choice),
    node("span", { class: "mm-legend" }, "0 %", strip(payload.paint), "100 %")), holder, node("p", { class: "mm-small" }, words.glance_how));
}
