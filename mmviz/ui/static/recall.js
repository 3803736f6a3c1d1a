// Beside the matrix: how often the right one comes first, what was left out, and how far the work is.

function drawRecall(root, payload) {
  if (payload.busy) {
    showWorking(root, payload);
    return;
  }
  const { recall, skipped } = payload;
  root.replaceChildren(...[
    node("p", { class: "mm-size" }, payload.size),
    recall.rows.length ? node("table", { class: "mm-recall" }, node("thead", {}, node("tr", {}, recall.heads.map((text, i) => node(i ? "th" : "td", { scope: i ? "col" : null }, text)))),
      node("tbody", {}, recall.rows.map((row) => node("tr", {}, node("th", { scope: "row" }, row.name), node("td", {}, row.first), node("td", {}, row.five))))) : null,
    node("p", { class: "mm-small" }, recall.note),
    skipped.length ? node("section", { class: "mm-badges" }, node("h2", {}, payload.skipped_title),
      node("ul", {}, skipped.map((text) => node("li", { class: "mm-badge mm-warning" }, text)))) : null,
    node("p", { class: "mm-small" }, payload.measured),
  ].filter(Boolean));
}

onPayload(element, props, watch, drawRecall);
