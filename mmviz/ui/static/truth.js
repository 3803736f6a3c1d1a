// How true each method is: a table of models and methods, sorted within each model by the column that is asked for.

const order = { column: null, down: true }; // outlives payloads; null is the order of the menu
const unfolded = new Set(); // models whose methods are shown; outlives payloads as well

function share(row, group, name, words) {
  const is_best = row.best.includes(name);
  const bar = node("span", { class: "mm-truth-bar", "aria-hidden": "true" }, node("span", { class: "mm-truth-fill", style: `width:${100 * row.shares[name]}%` }),
    node("span", { class: "mm-truth-chance", style: `left:${100 * group.chances[name]}%` }));
  return node("td", { class: is_best ? "mm-is-best" : null, "data-figure": name, "data-share": row.shares[name] },
    node("span", { class: "mm-truth-share" }, row.said[name], is_best ? node("span", { class: "mm-truth-mark" }, ` ✓ ${words.best}`) : null), bar);
}

function rowOf(row, group, { columns, words }) {
  const tags = [row.begins ? words.begins : null, row.slow ? words.slow : null].filter(Boolean);
  return node("tr", { "data-method": row.method }, node("th", { scope: "row" }, row.title, tags.map((tag) => node("span", { class: "mm-truth-tag" }, tag))),
    columns.map(({ name }) => share(row, group, name, words)));
}

function bodyOf(group, payload) {
  const { columns } = payload;
  const toggle = node("button", { type: "button", class: "mm-truth-toggle", onclick: () => body.unfold(!unfolded.has(group.model)) }, node("strong", {}, group.title));
  const head = node("tr", { class: "mm-truth-model" }, node("th", { scope: "rowgroup", colspan: columns.length + 1 }, group.rows.length ? toggle : node("strong", {}, group.title),
    group.notes.map((text) => node("span", { class: "mm-truth-note" }, text))));
  const chance = node("tr", { class: "mm-truth-chances" }, node("td"), columns.map(({ name }) => node("td", {}, node("span", { class: "mm-truth-tick", "aria-hidden": "true" }), group.chances_said[name])));
  const body = node("tbody", { class: `mm-is-${group.state}`, "data-model": group.model }, head, group.rows.length ? chance : null);
  body.sorted = () => body.append(...sorted(group.rows).map((row) => body.querySelector(`[data-method="${row.method}"]`)));
  body.append(...group.rows.map((row) => rowOf(row, group, payload)));
  body.unfold = (is_open) => {
    unfolded[is_open ? "add" : "delete"](group.model);
    toggle.setAttribute("aria-expanded", is_open);
    body.classList.toggle("mm-is-folded", group.rows.length && !is_open);
  };
  body.unfold(unfolded.has(group.model));
  return body;
}

function sorted(rows) {
  const { column, down } = order;
  if (!column) return rows;
  const sign = down ? -1 : 1;
  if (column === "method") return [...rows].sort((a, b) => -sign * a.title.localeCompare(b.title));
  return [...rows].sort((a, b) => sign * (a.shares[column] - b.shares[column]));
}

function drawTruth(root, payload) {
  const { words, columns, groups } = payload;
  payload.paint = bytes(payload.colours);
  const live = node("p", { class: "mm-small mm-truth-live", "aria-live": "polite" });
  const heads = [{ name: "method", title: words.method }, ...columns].map(({ name, title }) => node("th", { scope: "col", "data-column": name },
    node("button", { type: "button", title: fill(words.sort, { column: title }), onclick: () => sortBy(name, title) }, title)));
  const bodies = groups.map((group) => bodyOf(group, payload));
  const table = node("table", { class: "mm-truth" }, node("caption", {}, words.table), node("thead", {}, node("tr", {}, heads)), bodies);

  function unfold(model) {
    const body = bodies.find((one) => one.dataset.model === model);
    body.unfold(true);
    body.querySelector(".mm-truth-toggle").focus({ preventScroll: true });
    body.scrollIntoView({ block: "start" });
  }

  function unfoldAll() {
    const is_open = !bodies.every((body) => !body.querySelector(".mm-truth-toggle") || unfolded.has(body.dataset.model));
    bodies.forEach((body) => body.unfold(is_open));
  }

  function sortBy(name, title) {
    order.down = order.column === name ? !order.down : true;
    order.column = name;
    redraw();
    live.textContent = fill(words[order.down ? "sorted_down" : "sorted_up"], { column: title });
  }

  function redraw() {
    bodies.forEach((body) => body.sorted());
    for (const head of heads) {
      const is_own = head.dataset.column === order.column;
      if (is_own) head.setAttribute("aria-sort", (order.down === (order.column !== "method")) ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  root.replaceChildren(...[
    node("h2", { class: "mm-truth-title" }, words.title), node("p", {}, words.lead),
    payload.empty ? node("p", {}, payload.empty) : null,
    groups.some(({ rows }) => rows.length) ? glanceOf(payload, unfold) : null,
    groups.length ? node("div", { class: "mm-truth-parts" },
      node("div", {}, node("div", { class: "mm-truth-above" }, node("button", { type: "button", class: "mm-truth-all", onclick: unfoldAll }, words.unfold), live, menu(words.export, files(words, "methods"))), table),
      node("div", { class: "mm-truth-about" }, node("dl", {}, columns.flatMap(({ title, about }) => [node("dt", {}, title), node("dd", {}, about)])), node("p", {}, words.rule))) : null,
    payload.skills.columns.length ? skillsOf(payload.skills) : null,
  ].filter(Boolean));
  redraw();
}

function files(words, of) {
  return ["csv", "json"].map((format) => [words[`export_${format}`], () => trigger("export", { format, of, at: Date.now() })]);
}

// How often each model is right itself: tasks down, models across.

function cellOf(cell, { model, state }) {
  const is_known = cell.share !== undefined;
  const bar = is_known ? node("span", { class: "mm-truth-bar", "aria-hidden": "true" }, node("span", { class: "mm-truth-fill", style: `width:${100 * cell.share}%` }),
    node("span", { class: "mm-truth-chance", style: `left:${100 * cell.chance}%` })) : null;
  return node("td", { class: `mm-is-${state}`, title: cell.full, "data-model": model, "data-share": is_known ? cell.share : null }, node("span", { class: "mm-skills-full" }, cell.full),
    node("span", { class: "mm-truth-share", "aria-hidden": "true" }, cell.said), bar, cell.rest ? node("span", { class: "mm-skill-rest", "aria-hidden": "true" }, cell.rest) : null);
}

function skillsOf({ words, columns, rows }) {
  const heads = columns.map(({ title, note, model }) => node("th", { scope: "col", "data-model": model }, node("strong", {}, title), node("span", { class: "mm-truth-note" }, note)));
  const table = node("table", { class: "mm-truth mm-skills" }, node("caption", {}, words.table), node("thead", {}, node("tr", {}, node("th", { scope: "col" }, words.task), heads)),
    node("tbody", {}, rows.map(({ task, title, cells }) => node("tr", { "data-task": task }, node("th", { scope: "row" }, title), cells.map((cell, i) => cellOf(cell, columns[i]))))));
  return node("section", { class: "mm-skills-part" }, node("h2", { class: "mm-truth-title" }, words.title), node("p", {}, words.lead),
    node("div", { class: "mm-truth-above" }, menu(words.export, files(words, "models"))),
    node("div", { class: "mm-skills-scroll", tabindex: 0, role: "region", "aria-label": words.table }, table));
}

onPayload(element, props, watch, drawTruth);
