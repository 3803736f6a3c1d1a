// Why: one line a question, each with a way to what shows it; at the end one sentence.

const VIEWS = { words: "#mm-overlay .mm-unit[tabindex='0']", picture: ".mm-stage", score: "#mm-score", changes: "#mm-changes", region: "#mm-region", trust: "#mm-trust",
  table: "#mm-table", side: "#mm-side" };
const SIGNS = { ok: "✓", warn: "!", bad: "✗", none: "–" };

function goTo(view) {
  const found = document.querySelector(VIEWS[view]);
  if (!found) return;
  const details = found.querySelector("details");
  if (details && view !== "score") details.open = true;
  found.scrollIntoView({ block: "center" });
  const first = found.matches("[tabindex]") ? found : found.querySelector("summary, button, select, [tabindex]");
  first?.focus({ preventScroll: true });
}

function lineOf(row, words) {
  return node("li", { class: `mm-finding mm-is-${row.verdict}`, "data-step": row.step }, node("span", { class: "mm-verdict-sign", role: "img", "aria-label": words[row.verdict] }, SIGNS[row.verdict]),
    node("span", {}, node("strong", {}, row.title), " ", node("span", { dir: "auto" }, row.said), " ",
      node("button", { type: "button", class: "mm-go", "aria-label": `${words.go_to}: ${row.title}`, onclick: () => goTo(row.view) }, words.go_to)));
}

function drawWhy(root, payload) {
  const { words, verdict } = payload;
  const begun = !root.firstChild;
  const busy = working(payload, words.stop, (line) => { line.remove(); trigger("stop", {}); }, "mm-stop-why");
  root.replaceChildren(...[
    node("h2", { dir: "auto", tabindex: -1 }, payload.title),
    node("ul", { class: "mm-findings" }, payload.rows.map((row) => lineOf(row, words))), busy,
    verdict ? node("p", { class: `mm-concluded mm-is-${verdict.grade}`, role: "status" }, verdict.said) : null,
    payload.json ? saving(words.export, "mmviz-why.json", () => payload.json) : null,
  ].filter(Boolean));
  if (begun) root.firstChild.scrollIntoView({ block: "nearest" });
}

onPayload(element, props, watch, (root, payload) => drawWhy(root, payload));
