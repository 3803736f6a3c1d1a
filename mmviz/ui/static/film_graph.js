// The graph: shots as thumbnails on a time line, clauses below, an edge as solid as it is likely; what has no partner stands apart.

const APART = 26, TIMES = 18, CLAUSE = 86, GAP = 160; // pixels; a clause is cut at so many

function drawn(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function buildGraph(data, words, on) {
  const [S, C] = data.shape, slot = { shot: S > 60 ? 40 : 64, clause: C > 60 ? 84 : 116 };
  const svg = drawn("svg", { class: "mm-film-edges", "aria-hidden": "true" });
  const draft = drawn("path", { class: "mm-film-draft", d: "" });
  const shots = data.shots.map((shot, s) => node("div", { class: "mm-film-shot", "data-shot": s, title: `${clock(shot.start)} – ${clock(shot.end)}` },
    node("span", { class: "mm-film-thumb" }), node("span", { class: "mm-film-when" }, `${s + 1}`, node("span", {}, clock(shot.start)))));
  const clauses = data.clauses.map((text, c) => node("div", { class: "mm-film-clause", "data-clause": c, dir: "auto" }, node("b", {}, c + 1), text));
  const labels = [node("span", { class: "mm-film-band" }, words.band_shots), node("span", { class: "mm-film-band" }, words.band_clauses)];
  const stage = node("div", { class: "mm-film-stage", tabindex: 0, role: "application", "aria-label": words.graph, "data-keeps": "graph" }, svg, labels, shots, clauses);
  const scroll = node("div", { class: "mm-film-scroll" }, stage);
  const strip = buildStrip(data, words, (shot) => on.choose({ row: "shot", shot, clause: null }));
  const state = { at: null, edges: [], threshold: 0, selected: null, lines: new Map(), apart: { shot: new Set(), clause: new Set() } };
  const element = node("div", { class: "mm-film-graph" }, scroll, strip.element);

  function place() {
    const width = Math.max(scroll.clientWidth, S * slot.shot, C * slot.clause), thumb = Math.min(data.width, width / S - 6);
    const tall = (thumb * data.height) / data.width, top = APART + 20, bottom = top + tall + TIMES + GAP, wide = Math.min(230, width / C - 8);
    clauses.forEach((made, c) => { made.style.cssText = `left:${((c + 0.5) * width) / C - wide / 2}px;top:${bottom}px;width:${wide}px;max-height:${CLAUSE}px`; });
    const tallest = Math.max(20, ...clauses.slice(0, 400).map((made) => made.offsetHeight)), end = bottom + tallest + APART;
    state.at = { width, thumb, tall, top, bottom, x: (row, n) => ((n + 0.5) * width) / (row === "shot" ? S : C), under: top + tall + TIMES };
    stage.style.cssText = `width:${width}px;height:${end + 20}px`;
    svg.setAttribute("viewBox", `0 0 ${width} ${end}`);
    svg.style.cssText = `width:${width}px;height:${end}px`;
    labels[0].style.top = "0";
    labels[1].style.top = `${end}px`;
    stage.classList.toggle("mm-narrow", thumb < 54);
    const scale = thumb / data.width, rows = Math.ceil(S / data.across);
    shots.forEach((made, s) => {
      made.style.cssText = `left:${state.at.x("shot", s) - thumb / 2}px;top:${top}px;width:${thumb}px`;
      made.firstChild.style.cssText = `height:${tall}px;background-image:url("${data.picture}");background-size:${data.across * thumb}px ${rows * tall}px;`
        + `background-position:${-(s % data.across) * data.width * scale}px ${-Math.floor(s / data.across) * tall}px`;
    });
  }

  function ends(s, c) {
    const { x, under, bottom } = state.at;
    return [x("shot", s), under - (state.apart.shot.has(s) ? APART : 0), x("clause", c), bottom + (state.apart.clause.has(c) ? APART : 0)];
  }

  const curve = ([x1, y1, x2, y2]) => `M${x1.toFixed(1)} ${y1.toFixed(1)}C${x1.toFixed(1)} ${((y1 + y2) / 2).toFixed(1)} ${x2.toFixed(1)} ${((y1 + y2) / 2).toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`;

  function draw(edges, threshold) {
    Object.assign(state, { edges, threshold });
    if (!scroll.clientWidth) return; // not seen yet
    if (!state.at) place();
    const seen = edges.filter(([s, c, p]) => p >= threshold || data.fixed.has(`${s},${c}`));
    const matched = { shot: new Set(seen.filter((e) => e[3]).map((e) => e[0])), clause: new Set(seen.filter((e) => e[3]).map((e) => e[1])) };
    const others = (count, there) => new Set(Array.from({ length: count }, (_, n) => n).filter((n) => !there.has(n)));
    state.apart = { shot: others(S, matched.shot), clause: others(C, matched.clause) };
    shots.forEach((made, s) => made.classList.toggle("mm-apart", state.apart.shot.has(s)));
    clauses.forEach((made, c) => made.classList.toggle("mm-apart", state.apart.clause.has(c)));
    labels[0].hidden = !state.apart.shot.size;
    labels[1].hidden = !state.apart.clause.size;
    state.lines = new Map(seen.map(([s, c, p, decided]) => [`${s},${c}`, line(s, c, p, decided)]));
    const rivals = data.rivals.map(([s, c]) => drawn("path", { class: "mm-film-rival", d: curve(ends(s, c)) }));
    svg.replaceChildren(...rivals, ...[...state.lines.values()].flat(), draft);
    stage.dataset.edges = state.lines.size;
    strip.draw(state.apart.shot);
    mark();
  }

  function line(s, c, p, decided) {
    const d = curve(ends(s, c)), is_fixed = data.fixed.has(`${s},${c}`);
    const seen = drawn("path", { class: `mm-film-edge${decided ? " mm-decided" : ""}${is_fixed ? " mm-fixed" : ""}`, d, opacity: (is_fixed ? 1 : p).toFixed(3) });
    return [seen, drawn("path", { class: "mm-film-hit", d, "data-shot": s, "data-clause": c })];
  }

  // What belongs to a shot, a clause or an edge stays; the rest is dimmed.
  function mark(hovered = null) {
    const now = hovered ?? state.selected, near = { shot: new Set(), clause: new Set() };
    for (const [key, [seen]] of state.lines) {
      const [s, c] = key.split(",").map(Number);
      const is_near = now && (now.row === "pair" ? s === now.shot && c === now.clause : now.row === "shot" ? s === now.shot : c === now.clause);
      seen.classList.toggle("mm-near", Boolean(is_near));
      if (is_near) near.shot.add(s) && near.clause.add(c);
    }
    if (now?.shot != null) near.shot.add(now.shot);
    if (now?.clause != null) near.clause.add(now.clause);
    stage.classList.toggle("mm-dims", hovered !== null);
    shots.forEach((made, s) => made.classList.toggle("mm-near", near.shot.has(s)));
    clauses.forEach((made, c) => made.classList.toggle("mm-near", near.clause.has(c)));
  }

  function select(next) {
    state.selected = next;
    const alike = next.row === "shot" ? data.alike[next.shot] ?? [] : [];
    shots.forEach((made, s) => {
      made.classList.toggle("mm-at", s === next.shot && next.row !== "clause");
      made.classList.toggle("mm-alike", alike.includes(s));
    });
    clauses.forEach((made, c) => made.classList.toggle("mm-at", c === next.clause && next.row !== "shot"));
    mark();
  }

  function reveal({ row, shot, clause }) {
    const x = state.at.x(row === "clause" ? "clause" : "shot", row === "clause" ? clause : shot), { scrollLeft, clientWidth } = scroll;
    if (x < scrollLeft + 60 || x > scrollLeft + clientWidth - 60) scroll.scrollLeft = x - clientWidth / 2;
  }

  pointing(stage, on, draft, (s, c) => ends(s, c), curve);
  scroll.addEventListener("scroll", () => { kept.scroll = scroll.scrollLeft; });
  new ResizeObserver(() => {
    if (!scroll.clientWidth) return;
    place();
    draw(state.edges, state.threshold);
  }).observe(scroll);
  return { element, stage, draw, select, reveal, hover: (next) => mark(next), scrollTo: (left) => { scroll.scrollLeft = left; },
    playing(shot, share) {
      shots.forEach((made, s) => made.classList.toggle("mm-now", s === shot));
      strip.playing(share);
    } };
}

// What lies under the pointer: a shot, a clause, or an edge.
function under(target) {
  const found = target?.closest?.("[data-shot], [data-clause]");
  if (!found) return null;
  const { shot, clause } = found.dataset;
  if (shot !== undefined && clause !== undefined) return { row: "pair", shot: Number(shot), clause: Number(clause) };
  return shot !== undefined ? { row: "shot", shot: Number(shot), clause: null } : { row: "clause", shot: null, clause: Number(clause) };
}

// Pointing dims, a click selects and plays, dragging from one side to the other connects; an edge is taken by its nearer end.
function pointing(stage, on, draft, ends, curve) {
  let begun = null;
  const spot = (event) => { const box = stage.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  const held = (from, y) => {
    if (from.row !== "pair") return from.row;
    const [, y1, , y2] = ends(from.shot, from.clause);
    return y > (y1 + y2) / 2 ? "shot" : "clause";
  };
  stage.addEventListener("pointerover", (event) => { if (!begun && event.pointerType === "mouse") on.hover(under(event.target)); });
  stage.addEventListener("pointerleave", () => { if (!begun) on.hover(null); });
  stage.addEventListener("pointerdown", (event) => {
    const from = event.button === 0 && event.pointerType === "mouse" ? under(event.target) : null;
    if (from) begun = { from, at: spot(event), stays: held(from, spot(event)[1]), drags: false };
  });
  stage.addEventListener("pointermove", (event) => {
    if (!begun) return;
    const [x, y] = spot(event);
    if (!begun.drags && Math.hypot(x - begun.at[0], y - begun.at[1]) > 6) {
      begun.drags = true;
      stage.setPointerCapture(event.pointerId);
      stage.classList.add("mm-drags");
    }
    if (!begun.drags) return;
    const { from, stays } = begun, [x1, y1, x2, y2] = ends(from.shot ?? 0, from.clause ?? 0);
    draft.setAttribute("d", curve(stays === "shot" ? [x1, y1, x, y] : [x, y, x2, y2]));
  });
  const end = (event, is_dropped) => {
    const { from, stays, drags } = begun ?? {};
    begun = null;
    draft.setAttribute("d", "");
    stage.classList.remove("mm-drags");
    if (!drags || !is_dropped) return;
    stage.addEventListener("click", (click) => click.stopImmediatePropagation(), { capture: true, once: true });
    setTimeout(() => stage.dispatchEvent(new MouseEvent("click"))); // where the browser sends none, nothing waits for one
    const onto = under(document.elementsFromPoint(event.clientX, event.clientY).find((one) => one.matches?.(stays === "shot" ? ".mm-film-clause, .mm-film-clause *" : ".mm-film-shot, .mm-film-shot *")));
    if (!onto) return;
    on.drop(from.row === "pair" ? [from.shot, from.clause] : null, stays === "shot" ? [from.shot, onto.clause] : [onto.shot, from.clause]);
  };
  stage.addEventListener("pointerup", (event) => end(event, true));
  stage.addEventListener("pointercancel", (event) => end(event, false));
  stage.addEventListener("click", (event) => {
    const chosen = under(event.target);
    if (chosen) on.choose(chosen);
  });
}

// The whole film in proportion: a shot is as wide as it is long, those without a clause are hatched.
function buildStrip(data, words, chosen) {
  const canvas = node("canvas", { class: "mm-film-strip", height: 12, "aria-hidden": "true", title: words.strip, onclick: (event) => {
    const box = canvas.getBoundingClientRect(), time = ((event.clientX - box.left) / box.width) * data.seconds;
    chosen(Math.max(0, data.shots.findLastIndex((shot) => shot.start <= time)));
  } });
  const head = node("span", { class: "mm-film-head", "aria-hidden": "true", hidden: true });
  return {
    element: node("div", { class: "mm-film-line" }, canvas, head),
    playing(share) {
      head.hidden = share === null;
      head.style.left = `${100 * (share ?? 0)}%`;
    },
    draw(apart) {
      const style = getComputedStyle(canvas), width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
      canvas.width = width;
      const pen = canvas.getContext("2d");
      data.shots.forEach((shot, s) => {
        const left = (shot.start / data.seconds) * width, wide = ((shot.end - shot.start) / data.seconds) * width;
        pen.globalAlpha = apart.has(s) ? 0.18 : s % 2 ? 0.75 : 0.55;
        pen.fillStyle = style.color;
        pen.fillRect(left, 0, Math.max(1, wide - 1), 12);
      });
    },
  };
}
