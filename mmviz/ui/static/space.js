// The map: what is pointed at, colours, search, choosing by a drawn line, walking from neighbour to neighbour, one or two planes.

const held = { colour: "modality", faint: false, lines: false, arrow: true, drawing: false, find: "" }; // outlives payloads
const FAINT = 40, QUIET = 30, SOLID = 215, SHOWN = 60;
const TAKEN = ["csv", "parquet", "json"];

function drawSpace(root, payload) {
  if (payload.message) {
    root.replaceChildren(node("p", { class: "mm-message", role: "status" }, payload.message));
    return;
  }
  const came = performance.now(), { words } = payload;
  const sides = [payload.space, payload.again].filter(Boolean).map(readSpace), data = sides[0];
  const state = { row: -1, lit: null, chosen: null };
  if (!data.colourings.some((one) => one.name === held.colour)) held.colour = "modality";
  const item = reader(payload, data, words);
  const info = buildItem(payload, words, item, () => open(state.row));
  const style = getComputedStyle(root);
  const look = (i) => () => ({ row: state.row, lines: held.lines, arrow: held.arrow, drawing: held.drawing, lit: state.chosen || state.lit, added: sides[i].added,
    ink: style.color, accent: style.getPropertyValue("--mm-accent") || "#1d4ed8", ground: style.getPropertyValue("--mm-ground") || "#fff" });
  const tell = { point: (i) => point(i), open: (i) => { point(i); open(i); }, choose,
    coarse: (n) => { coarse.textContent = ` ${fill(words.coarse, { n: n.toLocaleString("en"), all: data.count.toLocaleString("en") })}`; } };
  const coarse = node("span", { class: "mm-plane-coarse" });
  const planes = sides.map((side, i) => buildPlane(side, look(i), tell, sides.length > 1 ? fill(words.seed, { n: side.seed }) : ""));
  const stage = node("div", { class: "mm-plane-stage", tabindex: 0, role: "application", "aria-label": words.stage }, planes.map((plane) => plane.frame));
  const legend = node("div", { class: "mm-legend mm-plane-legend" }), gallery = node("section", { class: "mm-gallery" }), count = node("span", { class: "mm-small", role: "status" });
  root.replaceChildren(...[buildTools(), legend, info.element, payload.is_first ? node("p", { class: "mm-small mm-plane-first", role: "status" }, words[payload.is_first]) : null, stage,
    node("p", { class: "mm-small" }, words.hint, planes[0].flat ? ` (${words.flat})` : "", coarse), gallery, buildQueries(payload, words, item, open)].filter(Boolean));

  function buildTools() {
    const tick = (name, changed) => node("label", { class: "mm-check" }, node("input", { type: "checkbox", name, checked: held[name], onchange: (event) => {
      held[name] = event.target.checked;
      changed();
    } }), words[name === "drawing" ? "lasso" : name]);
    const choice = node("label", { class: "mm-choice" }, words.colour, node("select", { name: "colour", onchange: (event) => {
      held.colour = event.target.value;
      paint();
    } }, data.colourings.map(({ name }) => node("option", { value: name, selected: name === held.colour }, words[`colour_${name}`] || name))));
    const find = node("label", { class: "mm-choice" }, words.search, node("input", { type: "search", name: "find", value: held.find, oninput: (event) => {
      held.find = event.target.value;
      search();
    } }));
    const press = (text, run) => node("button", { type: "button", onclick: run }, text);
    const exports = menu(words.export, ["png", "svg", ...TAKEN].map((format) => [words[`export_${format}`], () => take(format)]));
    return node("div", { class: "mm-controls mm-above mm-plane-tools" }, choice, payload.names.length ? find : null, payload.names.length ? count : null, data.kept.length ? tick("faint", paint) : null,
      data.pairs.length ? tick("lines", redraw) : null, data.gap === null ? null : tick("arrow", redraw), tick("drawing", redraw),
      press("+", () => planes.forEach((plane) => plane.zoom(1.5))), press("−", () => planes.forEach((plane) => plane.zoom(1 / 1.5))), press(words.reset, () => planes.forEach((plane) => plane.whole())),
      payload.can_open && !data.centred ? press(words.place, () => trigger("place", {})) : null, exports);
  }

  function redraw() {
    planes.forEach((plane) => plane.redraw());
  }

  // What is not lit or chosen is quiet, what the map cannot place well is faint.
  function paint() {
    const shown = state.chosen || state.lit, lit = shown && new Uint8Array(data.count);
    if (shown) for (const i of shown) lit[i] = 1;
    sides.forEach((side, s) => {
      const { values, rgb } = side.colourings.find(({ name }) => name === held.colour) || side.colourings[0], tints = new Uint8Array(4 * side.count);
      for (let i = 0; i < side.count; i++) {
        const colour = rgb[values[i]] || [136, 136, 136], strong = held.faint && side.kept.length ? FAINT + ((SOLID - FAINT) * Math.min(255, 2 * side.kept[i])) / 255 : SOLID;
        tints.set(colour, 4 * i);
        tints[4 * i + 3] = lit && !lit[i] ? QUIET : lit ? 255 : strong;
      }
      planes[s].tint(tints, shown);
    });
    const { labels, colours } = data.colourings.find(({ name }) => name === held.colour) || data.colourings[0];
    legend.replaceChildren(...labels.map((label, i) => node("span", { class: "mm-plane-kind" }, node("span", { class: "mm-plane-dot", style: `background:${colours[i]}` }), words[`value_${label}`] || label)));
  }

  function search() {
    const asked = held.find.trim().toLowerCase();
    state.lit = asked && payload.names.length ? Uint32Array.from(payload.names.flatMap((name, i) => (name.toLowerCase().includes(asked) ? [i] : []))) : null;
    count.textContent = state.lit ? fill(words.found, { n: state.lit.length }) : "";
    paint();
  }

  function point(row, bring = false) {
    if (row === state.row && !bring) return;
    state.row = row;
    info.show(row);
    if (bring && row >= 0) planes.forEach((plane) => plane.bring(row));
    redraw();
  }

  function open(row) {
    if (!payload.can_open || row < 0 || data.added.includes(row)) return;
    document.body.dataset.arriving = "point";
    location.hash = "pair";
    trigger("open", { row });
  }

  function choose(rows) {
    state.chosen = rows.length ? rows : null;
    held.drawing = false;
    const box = root.querySelector('[name="drawing"]');
    if (box) box.checked = false;
    paint();
    const sent = base64Of(rows);
    gallery.replaceChildren(...(rows.length ? galleryOf(payload, words, item, rows, point, open, () => choose(new Uint32Array())) : []));
    stage.dataset.chosen = String(rows.length);
    trigger("lasso", { rows: sent, at: Date.now() });
  }

  function take(format) {
    const name = `mmviz-${(data.model || "map").replace(/[^\w.-]+/g, "-")}-${data.method}`;
    if (TAKEN.includes(format)) trigger("export", { format, at: Date.now() });
    else if (format === "png") savePlanes(planes, style, name);
    else save(new Blob([svgOf(data, data.colourings.find((one) => one.name === held.colour))], { type: "image/svg+xml" }), `${name}.svg`);
  }

  // Arrow keys: to the neighbour in the space that lies most in that direction on the map.
  function walk(dx, dy) {
    if (state.row < 0) return point(0, true);
    const from = [data.xy[2 * state.row], data.xy[2 * state.row + 1]];
    let best = state.row, most = -Infinity;
    for (const i of [...data.neighbours(state.row), ...(data.partners.get(state.row) || [])]) {
      const [x, y] = [data.xy[2 * i] - from[0], data.xy[2 * i + 1] - from[1]], far = Math.hypot(x, y) || 1, along = (x * dx + y * dy) / far;
      if (i !== state.row && along > most) [best, most] = [i, along];
    }
    point(best, true);
  }

  stage.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (step) walk(...step);
    else if (event.key === "Enter" || event.key === " ") open(state.row);
    else if (event.key === "Escape") state.chosen ? choose(new Uint32Array()) : point(-1);
    else if (event.key === "Home") point(0, true);
    else if (event.key === "+" || event.key === "-") planes.forEach((plane) => plane.zoom(event.key === "+" ? 1.5 : 1 / 1.5));
    else return;
    event.preventDefault();
  });
  if (held.find) search();
  else paint();
  requestAnimationFrame(() => requestAnimationFrame(() => { stage.dataset.shown = (performance.now() - came).toFixed(1); }));
}

// What an item is called, and where its small picture lies.
function reader(payload, data, words) {
  const thumbs = payload.thumbs, image = data.modalities.indexOf("image"), first = data.modality.indexOf(image);
  const named = (i) => payload.names[i] || fill(words.row, { n: i + 1 });
  const joint = data.modalities.indexOf("joint"), firstJoint = joint < 0 ? 0 : data.modality.indexOf(joint);
  const place = (i) => (thumbs && !data.added.includes(i) ? (data.modality[i] === image ? i - first : data.modality[i] === joint ? i - firstJoint : -1) : -1);
  const thumb = (i, name = named(i)) => {
    const at = place(i);
    const said = name ? { role: "img", "aria-label": name } : { "aria-hidden": "true" }; // what stands beside it says it
    return at < 0 ? null : node("span", { class: "mm-thumb", ...said, style:
      `width:${thumbs.side}px;height:${thumbs.side}px;background-image:url("${thumbs.picture}");background-position:${-(at % thumbs.across) * thumbs.side}px ${-Math.floor(at / thumbs.across) * thumbs.side}px` });
  };
  const facts = (i) => {
    const kind = data.modalities[data.modality[i]], said = [words[`value_${kind}`] || kind];
    for (const { name, labels, values } of data.colourings.slice(1)) if (labels[values[i]]) said.push(`${words[`colour_${name}`] || name}: ${words[`value_${labels[values[i]]}`] || labels[values[i]]}`);
    if (data.added.includes(i)) said.push(words.added);
    else if (data.kept.length) said.push(fill(words.kept, { share: Math.round((100 * data.kept[i]) / 255) }));
    return said.join(" · ");
  };
  const own = (i) => (data.partners.get(i) || []).find((other) => place(other) >= 0) ?? i;
  return { named, thumb, facts, own, partners: (i) => data.partners.get(i) || [], near: (i) => data.neighbours(i)[0] };
}

function buildItem(payload, words, item, opened) {
  const picture = node("span", { class: "mm-plane-picture" }), text = node("p", { class: "mm-info-text", dir: "auto" }), facts = node("p", { class: "mm-small" }, words.point), near = node("p", { class: "mm-small", dir: "auto" });
  const button = node("button", { type: "button", class: "mm-open-pair", disabled: true, onclick: opened }, words.open);
  const element = node("div", { class: "mm-info mm-plane-info" }, picture, node("div", { class: "mm-info-words", "aria-live": "polite" }, text, facts, near), payload.can_open ? button : null);
  const room = { wide: 0, high: 0 }; // it grows and never shrinks, so that the map under the pointer stays where it is
  const keepRoom = () => {
    if (element.offsetWidth !== room.wide) Object.assign(room, { wide: element.offsetWidth, high: 0 });
    if (!room.high) element.style.minHeight = "";
    room.high = Math.max(room.high, element.offsetHeight);
    element.style.minHeight = `${room.high}px`;
  };
  return {
    element,
    show(i) {
      button.disabled = i < 0;
      picture.replaceChildren(...(i < 0 ? [] : [item.thumb(item.own(i))].filter(Boolean)));
      text.textContent = i < 0 ? "" : item.named(i);
      facts.textContent = i < 0 ? words.point : item.facts(i);
      const said = i < 0 ? [] : [["pair_of", item.partners(i)[0]], ["near", item.near(i)]].filter(([, other]) => other !== undefined);
      near.textContent = said.map(([name, other]) => fill(words[name], { name: item.named(other) })).join(" · ");
      keepRoom();
    },
  };
}

function galleryOf(payload, words, item, rows, point, open, letGo) {
  const cards = [...rows.slice(0, SHOWN)].map((i) => node("button", { type: "button", class: "mm-gallery-card", onclick: () => { point(i, true); open(i); }, onpointerenter: () => point(i), onfocus: () => point(i) },
    item.thumb(i, ""), node("span", { dir: "auto" }, item.named(i))));
  return [node("h2", {}, words.gallery), node("div", { class: "mm-gallery-cards" }, cards),
    rows.length > SHOWN ? node("p", { class: "mm-small" }, fill(words.more, { n: rows.length - SHOWN })) : "",
    node("div", { class: "mm-controls" },
      payload.can_open ? node("button", { type: "button", onclick: () => document.dispatchEvent(new CustomEvent("mm-chosen", { detail: { act: "compare", rows: base64Of(rows) } })) }, words.to_matrix) : "",
      node("button", { type: "button", onclick: () => document.dispatchEvent(new CustomEvent("mm-chosen", { detail: { act: "csv", rows: base64Of(rows) } })) }, words.to_csv),
      node("button", { type: "button", onclick: letGo }, words.let_go))];
}

// Made when it is unfolded.
function buildQueries(payload, words, item, open) {
  if (!payload.queries.length) return null;
  const made = listing(words.queries, node("tr", {}, [words.rank, words.query, words.own_picture, words.instead].map((text) => node("th", { scope: "col" }, text))), []);
  made.addEventListener("toggle", () => {
    if (!made.open || made.querySelector("tbody").children.length) return;
    made.querySelector("tbody").replaceChildren(...payload.queries.map(([text, right, first, rank]) => node("tr", {}, node("td", {}, String(rank)),
      node("th", { scope: "row" }, payload.can_open ? node("button", { type: "button", class: "mm-query", dir: "auto", onclick: () => open(text) }, item.named(text)) : item.named(text)),
      node("td", {}, item.thumb(right) || item.named(right)), node("td", {}, item.thumb(first) || item.named(first)))));
  });
  return made;
}

function savePlanes(planes, style, name) {
  const gap = 16, width = planes.reduce((sum, { points }) => sum + points.width + gap, -gap), sheet = node("canvas", { width, height: planes[0].points.height }), pen = sheet.getContext("2d");
  pen.fillStyle = style.getPropertyValue("--mm-ground") || "#fff";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  let left = 0;
  for (const { points, over, still } of planes) {
    still();
    pen.drawImage(points, left, 0);
    pen.drawImage(over, left, 0);
    left += points.width + gap;
  }
  sheet.toBlob((blob) => save(blob, `${name}.png`), "image/png");
}

// Points as circles of one drawing, a group a colour: numbers and colours only, no text of a visitor.
function svgOf(data, { values, colours }) {
  const groups = [...colours, "#888888"].map(() => []), unit = 1000 / STEPS, radius = data.count > 20000 ? 0.8 : data.count > 4000 ? 1.4 : 2.4;
  for (let i = 0; i < data.count; i++) {
    groups[Math.min(values[i], colours.length)].push(`<circle cx="${(data.xy[2 * i] * unit).toFixed(1)}" cy="${(1000 - data.xy[2 * i + 1] * unit).toFixed(1)}" r="${radius}"/>`);
  }
  const drawn = groups.map((circles, i) => `<g fill="${colours[i] || "#888888"}" fill-opacity="0.85">${circles.join("")}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -10 1020 1020" width="1020" height="1020">${drawn.join("")}</svg>`;
}

onPayload(element, props, watch, drawSpace);
