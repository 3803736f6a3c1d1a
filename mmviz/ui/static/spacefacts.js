// Beside the map: how far the work is, how far to believe the map, the gap, retrieval before and after centring.

function drawFacts(root, payload) {
  if (payload.busy) {
    showWorking(root, payload);
    return;
  }
  const line = ({ name, value, about }) => node("div", { class: "mm-belief-row" }, node("div", { class: "mm-score" }, node("span", { class: "mm-belief-figure" }, value), node("span", { class: "mm-kind" }, name)), node("p", { class: "mm-small" }, about));
  const { gap, retrieval } = payload;
  root.replaceChildren(...[
    node("div", {}, node("p", { class: "mm-size" }, payload.title), node("p", { class: "mm-small" }, payload.size)),
    gap && node("section", { class: "mm-gap" }, node("div", { class: "mm-score" }, node("span", { class: "mm-figure" }, gap.value), node("span", { class: "mm-kind" }, gap.name)),
      node("p", { class: "mm-small" }, gap.about), payload.centred && node("p", { class: "mm-small" }, payload.centred)),
    node("section", { class: "mm-badges" }, node("h2", {}, payload.belief_title), payload.belief.flatMap(({ name, rows, note }) => [node("p", { class: "mm-small mm-mine" }, name), ...rows.map(line), note && node("p", { class: "mm-small" }, note)])),
    retrieval && node("section", { class: "mm-badges" }, node("h2", {}, retrieval.title), node("table", { class: "mm-recall mm-both" },
      node("thead", {}, node("tr", {}, node("td"), retrieval.heads.map((text, i) => node("th", { scope: "col", class: i === retrieval.now && "mm-mine" }, text)))),
      node("tbody", {}, retrieval.rows.map(({ name, values }) => node("tr", {}, node("th", { scope: "row" }, name), values.map((value) => node("td", {}, value))))))),
    payload.notes.length ? node("ul", { class: "mm-badges" }, payload.notes.map((text) => node("li", { class: "mm-badge" }, text))) : null,
  ].filter(Boolean));
}

onPayload(element, props, watch, drawFacts);
