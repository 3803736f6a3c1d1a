// What stands around the graph: player, what is selected and what can be done with it, controls, corrections, the same as a table.

const SPARE = 0.04; // seconds before the end of a shot at which the player stops, so that the next shot is not seen

function buildPlayer(payload, data, words, playing) {
  const video = kept.player && kept.link === payload.video ? kept.player : node("video", { class: "mm-film-video", src: payload.video, controls: true, muted: true,
    playsinline: true, preload: "metadata", "aria-label": words.player, "data-keeps": "player" });
  const trouble = node("p", { class: "mm-small mm-film-trouble", hidden: true }, words.unplayable);
  const state = { until: null };
  if (kept.player !== video) kept.player?.pause();
  kept.player = video;
  video.muted = video.muted && payload.plays;
  const shotAt = (time) => data.shots.findLastIndex((shot) => shot.start <= time + 0.001);
  const follow = () => {
    if (!video.isConnected || video !== kept.player) return;
    if (state.until !== null && video.currentTime >= state.until - SPARE) {
      video.pause();
      state.until = null;
    }
    playing(video.paused ? null : shotAt(video.currentTime), video.currentTime / data.seconds);
    if (!video.paused) requestAnimationFrame(follow);
  };
  video.onplay = video.onpause = video.onseeked = follow;
  video.onerror = () => { trouble.hidden = false; };
  if (video.error) trouble.hidden = false;
  return {
    element: node("div", { class: "mm-film-player" }, video, trouble),
    time: () => video.currentTime,
    begin() {
      video.muted = true;
      video.play().catch(() => {}); // where the browser lets nothing play by itself, its button waits
    },
    play(shot) {
      if (shot === null || !data.shots[shot]) return;
      const { start, end } = data.shots[shot];
      video.currentTime = start + 0.001;
      state.until = end >= data.seconds - 0.1 ? null : end;
      video.dataset.shot = shot + 1;
      video.play().catch(() => {}); // a film the browser cannot decode has said so
    },
    toggle() {
      state.until = null;
      if (video.paused) video.play().catch(() => {});
      else video.pause();
    },
  };
}

// What is selected, its partners, and what can be done with it.
function buildInfo(data, payload, words, on) {
  const title = node("h2"), text = node("p", { class: "mm-film-text", dir: "auto" }), partners = node("ul", { class: "mm-film-partners" }), actions = node("div", { class: "mm-film-actions" });
  const element = node("section", { class: "mm-film-info", "aria-label": words.selected }, title, text, partners, actions);
  const button = (name, run, pressed) => node("button", { type: "button", onclick: run, "data-keeps": `act-${name}`, "aria-pressed": pressed }, words[name]);
  return { element, show };

  function show(at, edges) {
    const { row, shot, clause } = at, of = shot === null ? null : data.shots[shot];
    title.textContent = row === "pair" ? fill(words.pair, { s: shot + 1, c: clause + 1 }) : row === "shot" ? fill(words.shot, { n: shot + 1, from: clock(of.start), to: clock(of.end) }) : fill(words.clause, { n: clause + 1 });
    text.textContent = row === "shot" ? "" : data.clauses[clause];
    partners.replaceChildren(...(row === "pair" ? pairFacts(shot, clause, edges) : rows(row, row === "shot" ? shot : clause, edges)));
    if (at === kept.at) actions.replaceChildren(...choices(row, at));
  }

  function rows(row, index, edges) {
    const found = partnersOf(edges, row, index, 0).slice(0, 4).map(([s, c, p]) => node("li", {}, node("button", { type: "button", onclick: () => on.choose({ row: "pair", shot: s, clause: c }) },
      bar(p), node("span", { class: "mm-number" }, number(p)), node("span", { class: "mm-film-name" }, row === "shot" ? `${c + 1} ${data.clauses[c]}` : fill(words.shot_short, { n: s + 1, from: clock(data.shots[s].start) })))));
    const none = (row === "shot" ? data.none.shots : data.none.clauses)[index];
    const alone = none === null ? [] : [node("li", { class: "mm-film-none" }, bar(none), node("span", { class: "mm-number" }, number(none)), node("span", {}, words[`none_${row}`]))];
    const like = row === "shot" ? data.alike[index] ?? [] : [];
    const looks = like.length ? [node("li", { class: "mm-small" }, fill(words.alike, { shots: like.map((n) => n + 1).join(words.comma) }))] : [];
    return [...found, ...alone, ...looks];
  }

  function pairFacts(shot, clause, edges) {
    const place = shot * data.shape[1] + clause, p = edges.find(([s, c]) => s === shot && c === clause)?.[2] ?? data.layers.p?.[place];
    const facts = [["p", p], ["similarity", data.layers.similarity?.[place]], ["change", data.layers.change?.[place]]];
    return facts.filter(([, value]) => value !== undefined).map(([name, value]) => node("li", {}, node("span", { class: "mm-number" }, number(value)), node("span", {}, words[`fact_${name}`])));
  }

  function bar(p) {
    return node("span", { class: "mm-share" }, node("span", { style: `width:${Math.round(100 * p)}%` }));
  }

  function choices(row, { shot, clause }) {
    const { corrections } = payload, has = (list) => list.some(([s, c]) => s === shot && c === clause);
    if (row === "pair") return [button("play", () => on.act("play")), button("fix", () => on.act(has(corrections.fixed) ? "free" : "fix"), String(has(corrections.fixed))),
      button("forbid", () => on.act(has(corrections.forbidden) ? "free" : "forbid"), String(has(corrections.forbidden)))];
    const last = row === "shot" ? shot === data.shape[0] - 1 : clause === data.shape[1] - 1;
    const split = row === "shot" ? () => on.act("split_shot", { time: on.time() }) : () => actions.append(gaps(clause));
    const lone = corrections.none.some(([s]) => s === shot), alone = row === "shot" ? button("none", () => on.act(lone ? "free" : "fix", { clause: -1 }), String(lone)) : null;
    return [button("play", () => on.act("play")), button(`connect_${row}`, () => on.act("connect")), alone, button(`split_${row}`, split), last ? null : button(`merge_${row}`, () => on.act(`merge_${row}s`))].filter(Boolean);
  }

  // The clause word by word: a click on a word begins a new clause there.
  function gaps(clause) {
    for (const old of actions.querySelectorAll(".mm-film-gaps")) old.remove();
    const whole = data.given[clause], found = [];
    for (const { index, segment, isWordLike } of new Intl.Segmenter(document.documentElement.lang, { granularity: "word" }).segment(whole)) {
      if (!whole.slice(0, index).trim() || !isWordLike) found.push(node("span", {}, segment));
      else found.push(node("button", { type: "button", "aria-label": fill(words.split_here, { word: segment }), onclick: () => on.act("split_clause", { at: [...whole.slice(0, index)].length }) }, segment));
    }
    return node("p", { class: "mm-film-gaps", dir: "auto" }, node("span", { class: "mm-small" }, words.split_where), node("br"), found);
  }
}

function buildControls(data, payload, words, on) {
  const shown = node("output", {}, number(kept.threshold));
  const threshold = node("input", { type: "range", name: "threshold", min: 0.02, max: 0.98, step: 0.02, value: kept.threshold, "data-keeps": "threshold", oninput: (event) => {
    kept.threshold = Number(event.target.value);
    shown.textContent = number(kept.threshold);
    on.threshold();
  } });
  const chronological = node("label", { class: "mm-check" }, node("input", { type: "checkbox", name: "chronological", checked: payload.corrections.chronological, "data-keeps": "chronological",
    onchange: (event) => trigger("correct", { kind: "chronological", on: event.target.checked }) }), words.chronological);
  const exports = menu(words.export, payload.exports.map(([name, title]) => [title, () => trigger("export", { format: name, at: Date.now() })]));
  return node("div", { class: "mm-controls mm-above mm-film-controls" }, node("label", { class: "mm-choice" }, words.threshold, threshold, shown), stepper(data, words, on), chronological,
    node("button", { type: "button", class: "mm-film-undo", disabled: !payload.corrections.undo, "data-keeps": "undo", onclick: () => trigger("correct", { kind: "undo" }) }, words.undo), exports);
}

// Rounds of message passing, one after the other; the last is the answer.
function stepper(data, words, on) {
  if (!data.steps.length) return null;
  const last = data.steps.length, name = (step) => (step === null || step >= last ? words.step_last : fill(words.step_of, { n: step + 1, of: last + 1 }));
  const said = node("output", {}, name(kept.step));
  return node("label", { class: "mm-choice" }, words.step, node("input", { type: "range", name: "step", min: 0, max: last, step: 1, value: kept.step ?? last, "data-keeps": "step", oninput: (event) => {
    const value = Number(event.target.value);
    kept.step = value >= last ? null : value;
    said.textContent = name(kept.step);
    on.step();
  } }), said);
}

function buildRemarks({ remarks }) {
  return node("ul", { class: "mm-film-remarks" }, remarks.map(({ text, warns }) => node("li", { class: warns ? "mm-badge mm-warning" : "mm-badge" }, text)));
}

// What was corrected, each with a button that takes it back.
function buildCorrections({ corrections }, words) {
  const chip = (kind) => ([s, c]) => node("li", {}, node("span", {}, fill(words[`chip_${kind}`], { s: s + 1, c: c + 1 })),
    node("button", { type: "button", "aria-label": fill(words.take_back, { s: s + 1 }), onclick: () => trigger("correct", { kind: "free", shot: s, clause: c }) }, "×"));
  const all = [...corrections.fixed.map(chip("fixed")), ...corrections.none.map(chip("none")), ...corrections.forbidden.map(chip("forbidden"))];
  return all.length ? node("ul", { class: "mm-film-chips", "aria-label": words.corrections }, all) : node("p", { class: "mm-small" }, words.hint);
}

// This matcher against another one: where they differ, and whose order goes back less often.
function buildRivals({ versus, matchers }, data, words, choose) {
  const select = node("select", { name: "versus", "data-keeps": "versus", onchange: (event) => trigger("versus", { matcher: event.target.value }) },
    [["", words.nobody], ...matchers].map(([name, title]) => node("option", { value: name, selected: name === (versus?.matcher ?? "") }, title)));
  const made = node("section", { class: "mm-film-versus" }, node("label", { class: "mm-choice" }, words.versus, select));
  if (!versus) return made;
  const clause = (c) => (c === null ? words.nothing : `${c + 1} ${data.clauses[c]}`);
  const rows = versus.rows.map(([s, mine, theirs]) => node("tr", {}, node("th", { scope: "row" }, node("button", { type: "button", onclick: () => choose({ row: "shot", shot: s, clause: null }) }, s + 1)),
    node("td", { dir: "auto" }, clause(mine)), node("td", { dir: "auto" }, clause(theirs))));
  const head = node("tr", {}, [words.head_shot, versus.mine, versus.theirs].map((text) => node("th", { scope: "col" }, text)));
  made.append(node("p", { role: "status" }, versus.said), rows.length ? node("div", { class: "mm-scroll", tabindex: 0, role: "region", "aria-label": words.versus },
    node("table", { class: "mm-film-table" }, node("thead", {}, head), node("tbody", {}, rows))) : "");
  return made;
}

// The same in words, made when it is unfolded.
function buildAlternative(data, words, edges) {
  const head = node("tr", {}, [words.head_shot, words.head_time, words.head_clause, words.head_p].map((text) => node("th", { scope: "col" }, text)));
  const made = listing(words.table, head, []);
  made.addEventListener("toggle", () => {
    if (!made.open) return;
    const decided = edges().filter((edge) => edge[3] && (edge[2] >= kept.threshold || data.fixed.has(`${edge[0]},${edge[1]}`))), of = new Map(decided.map((edge) => [edge[0], edge]));
    const lone = data.clauses.map((_, c) => c).filter((c) => !decided.some((edge) => edge[1] === c));
    made.querySelector("tbody").replaceChildren(...data.shots.map((shot, s) => node("tr", {}, node("th", { scope: "row" }, s + 1), node("td", {}, `${clock(shot.start)} – ${clock(shot.end)}`),
      node("td", { dir: "auto" }, of.has(s) ? `${of.get(s)[1] + 1} ${data.clauses[of.get(s)[1]]}` : words.nothing), node("td", {}, of.has(s) ? number(of.get(s)[2]) : ""))),
    ...lone.map((c) => node("tr", {}, node("th", { scope: "row" }, "–"), node("td", {}, words.no_shot), node("td", { dir: "auto" }, `${c + 1} ${data.clauses[c]}`), node("td"))));
  });
  return made;
}
