// Shots above, clauses below, edges between: walked, filtered and played here; the server is asked when something is matched again.

const kept = { threshold: 0.2, step: null, shown: "similarity", at: { row: "shot", shot: 0, clause: null }, scroll: 0, player: null, link: "" }; // outlives payloads

function readFilm(payload) {
  const { film } = payload, floats = (text) => (text ? new Float32Array(bytes(text).buffer) : null);
  const steps = film.steps.map((step) => ({ p: floats(step.p), none: floats(step.none) }));
  const layers = { similarity: floats(film.similarity), p: floats(film.p), change: floats(film.change) };
  return { ...film, clauses: film.clauses.map((text) => text.trim()), given: film.clauses, steps, layers, ...payload.frame, colours: { up: bytes(film.colours), both: bytes(film.diverging) },
    fixed: new Set(payload.corrections.fixed.map(String)), shape: [film.shots.length, film.clauses.length] };
}

// The edges at a step of message passing, the last one being the answer: [shot, clause, probability, decided].
function edgesAt(data, step) {
  const of = data.steps[step];
  if (!of) return data.edges;
  const [S, C] = data.shape, found = [];
  for (let s = 0; s < S; s++) {
    let best = -1, top = of.none[s];
    for (let c = 0; c < C; c++) if (of.p[s * C + c] > top) [best, top] = [c, of.p[s * C + c]];
    for (let c = 0; c < C; c++) if (of.p[s * C + c] >= data.least) found.push([s, c, of.p[s * C + c], c === best]);
  }
  return found;
}

function drawFilm(root, payload) {
  if (payload.message) {
    kept.player?.pause();
    root.replaceChildren(node("p", { class: "mm-message", role: "status" }, payload.message));
    return;
  }
  const { words } = payload, data = readFilm(payload), had = root.contains(document.activeElement) && document.activeElement.dataset.keeps;
  if (kept.link !== payload.video) Object.assign(kept, { at: { row: "shot", shot: 0, clause: null }, scroll: 0, step: null });
  if (!data.steps[kept.step]) kept.step = null;
  const state = { edges: edgesAt(data, kept.step), hovered: null, connecting: false };
  const [S, C] = data.shape, at = clamp(kept.at, S, C);
  const live = node("p", { class: "mm-live", role: "status", "aria-live": "polite" });
  const player = buildPlayer(payload, data, words, (shot) => graph.playing(shot));
  const graph = buildGraph(data, words, { choose, hover, drop: (from, to) => trigger("correct", { kind: "move", from, to }) });
  const matrix = buildMatrix(data, words, { choose, hover });
  const info = buildInfo(data, payload, words, { choose, act, time: () => player.time() });
  const controls = buildControls(data, payload, words, { threshold: redraw, step: restep });
  root.replaceChildren(
    buildRemarks(payload), node("div", { class: "mm-film-grid" }, player.element, info.element, matrix.element,
      node("div", { class: "mm-film-main" }, controls, graph.element, live, buildCorrections(payload, words), buildRivals(payload, data, words, choose))),
    buildAlternative(data, words, () => state.edges));
  graph.stage.addEventListener("keydown", keys);
  select(at, false);
  redraw();
  graph.scrollTo(kept.scroll);
  if (had) root.querySelector(`[data-keeps="${CSS.escape(had)}"]`)?.focus({ preventScroll: true });
  if (payload.plays && kept.link !== payload.video && !matchMedia("(prefers-reduced-motion: reduce)").matches) player.begin();
  kept.link = payload.video;

  function redraw() {
    graph.draw(state.edges, kept.threshold);
    info.show(kept.at, state.edges);
    matrix.show(kept.at);
  }

  function restep() {
    state.edges = edgesAt(data, kept.step);
    redraw();
  }

  function select(next, plays) {
    kept.at = next;
    graph.select(next);
    info.show(next, state.edges);
    matrix.show(next);
    if (plays && next.shot !== null) player.play(next.shot);
  }

  function choose(next, plays = true) {
    state.connecting = false;
    select(next, plays);
    live.textContent = told(next);
  }

  function hover(next) {
    graph.hover(next);
    matrix.show(next ?? kept.at);
    info.show(next ?? kept.at, state.edges);
  }

  function told({ row, shot, clause }) {
    if (row === "pair") return fill(words.told_pair, { s: shot + 1, c: clause + 1, p: number(chance(shot, clause)), text: data.clauses[clause] });
    const partners = partnersOf(state.edges, row, row === "shot" ? shot : clause, kept.threshold).slice(0, 3);
    const named = partners.map(([s, c, p]) => (row === "shot" ? fill(words.partner_clause, { n: c + 1, text: data.clauses[c], p: number(p) }) : fill(words.partner_shot, { n: s + 1, p: number(p) })));
    const what = row === "shot" ? fill(words.told_shot, { n: shot + 1, from: clock(data.shots[shot].start), to: clock(data.shots[shot].end) }) : fill(words.told_clause, { n: clause + 1, text: data.clauses[clause] });
    return `${what} ${named.length ? named.join(words.joiner) : words[`alone_${row}`]}`;
  }

  function chance(shot, clause) {
    return state.edges.find(([s, c]) => s === shot && c === clause)?.[2] ?? data.layers.p?.[shot * C + clause] ?? 0;
  }

  // What a button or a key does; `correct` asks the server.
  function act(kind, more = {}) {
    const { row, shot, clause } = kept.at;
    if (kind === "play") player.play(row === "clause" ? strongest(clause) : shot);
    else if (kind === "connect") {
      state.connecting = true;
      kept.from = row === "clause" ? { row: "clause", clause } : { row: "shot", shot };
      select(row === "clause" ? { row: "shot", shot: strongest(clause) ?? 0, clause } : { row: "clause", clause: partnersOf(state.edges, "shot", shot, 0)[0]?.[1] ?? 0, shot }, false);
      live.textContent = words.connecting;
      graph.stage.focus({ preventScroll: true });
    } else trigger("correct", { kind, shot, clause, ...more });
  }

  function strongest(clause) {
    return partnersOf(state.edges, "clause", clause, kept.threshold)[0]?.[0] ?? null;
  }

  function keys(event) {
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== "z" || !payload.corrections.undo) return;
      act("undo");
    } else if (event.key === "Escape" && state.connecting) {
      state.connecting = false;
      live.textContent = words.let_go;
    } else if (event.key === "Enter" && state.connecting) {
      const { from } = kept, to = kept.at;
      state.connecting = false;
      trigger("correct", { kind: "fix", shot: from.row === "shot" ? from.shot : to.shot, clause: from.row === "shot" ? to.clause : from.clause });
    } else if (event.key === "Enter") act("play");
    else if (event.key === " ") player.toggle();
    else if (event.key === "c" && kept.at.row !== "pair") act("connect");
    else if ((event.key === "f" || event.key === "x" || event.key === "Delete") && pairNow()) act(event.key === "f" ? "fix" : "forbid", pairNow());
    else if (event.key === "s" && kept.at.row === "shot") act("split_shot", { time: player.time() });
    else if (event.key === "m" && (kept.at.row === "shot" ? kept.at.shot < S - 1 : kept.at.row === "clause" && kept.at.clause < C - 1)) act(`merge_${kept.at.row}s`);
    else {
      const next = walked(event.key, kept.at, state.edges, data, kept.threshold);
      if (!next) return;
      select(next, false);
      live.textContent = state.connecting ? `${words.connecting} ${told(next)}` : told(next);
      graph.reveal(next);
    }
    event.preventDefault();
  }

  // The edge meant by a key: the one selected, or that of a clause with the shot it was reached from.
  function pairNow() {
    const { row, shot, clause } = kept.at;
    if (row === "pair" || (row === "clause" && shot !== null)) return { shot, clause };
    const first = row === "shot" ? partnersOf(state.edges, "shot", shot, kept.threshold)[0] : partnersOf(state.edges, "clause", clause, kept.threshold)[0];
    return first ? { shot: first[0], clause: first[1] } : null;
  }
}

function clamp({ row, shot, clause }, S, C) {
  const s = shot === null ? null : Math.min(shot, S - 1), c = clause === null ? null : Math.min(clause, C - 1);
  return { row, shot: s, clause: c };
}

// The edges of a shot or clause, strongest first.
function partnersOf(edges, row, index, threshold) {
  const side = row === "shot" ? 0 : 1;
  return edges.filter((edge) => edge[side] === index && edge[2] >= threshold).sort((a, b) => b[2] - a[2]);
}

// Left and right walk a row; down goes from a shot to its clauses, strongest first; up goes back to its shot.
function walked(key, at, edges, data, threshold) {
  const [S, C] = data.shape, along = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[key];
  const row = at.row === "clause" ? "clause" : "shot";
  if (along) {
    const end = (row === "shot" ? S : C) - 1, next = Math.min(end, Math.max(0, (row === "shot" ? at.shot : at.clause) + along));
    return row === "shot" ? { row, shot: next, clause: null } : { row, shot: null, clause: next };
  }
  if (key === "ArrowDown" && row === "shot") {
    const first = at.row === "pair" ? at.clause : partnersOf(edges, "shot", at.shot, threshold)[0]?.[1];
    return { row: "clause", shot: at.shot, clause: first ?? Math.min(C - 1, Math.round((at.shot * C) / S)) };
  }
  if (key === "ArrowDown" && at.shot !== null) {
    const partners = partnersOf(edges, "shot", at.shot, threshold).map((edge) => edge[1]);
    return partners.length ? { row, shot: at.shot, clause: partners[(partners.indexOf(at.clause) + 1) % partners.length] } : null;
  }
  if (key === "ArrowUp" && row === "clause") {
    const shot = at.shot ?? partnersOf(edges, "clause", at.clause, threshold)[0]?.[0] ?? Math.min(S - 1, Math.round((at.clause * S) / C));
    return { row: "shot", shot, clause: null };
  }
  return null;
}

// 75.3 s is 1:15.3
function clock(seconds) {
  const minutes = Math.floor(seconds / 60), rest = seconds - 60 * minutes;
  const hours = Math.floor(minutes / 60), two = (value) => String(value).padStart(2, "0");
  return `${hours ? `${hours}:${two(minutes % 60)}` : minutes}:${rest < 10 ? "0" : ""}${rest.toFixed(1)}`;
}

onPayload(element, props, watch, drawFilm);
