// A picture with boxes on it: a slider leaves out those of a low score, in the picture, in their list and in words; nobody is asked for it.

const LEAST = 0.02, STEP = 0.01;

function frameOf([x0, y0, x1, y1], name, score, { width, height }) {
  const at = { x: x0 * width, y: y0 * height, width: (x1 - x0) * width, height: (y1 - y0) * height };
  const group = shape("g", {}), size = width / 32, label = `${name} ${score.toFixed(2)}`.trim();
  group.append(shape("title", {}, label), shape("rect", { ...at, class: "mm-boxed-under" }), shape("rect", { ...at, class: "mm-boxed-frame" }),
    shape("text", { x: x1 > 0.7 ? x1 * width - size / 4 : at.x + size / 4, y: at.y + size, "text-anchor": x1 > 0.7 ? "end" : "start", "font-size": size, "stroke-width": size / 4, class: "mm-boxed-name" }, label));
  return group;
}

// `rows` are the lines of the list that has the same boxes in the same order; it may end before they do.
function boxedOf({ picture, boxed, said }, rows) {
  const { boxes, names, scores, words } = boxed;
  const frames = boxes.map((box, index) => frameOf(box, names[index], scores[index], picture));
  const svg = shape("svg", { viewBox: `0 0 ${picture.width} ${picture.height}`, "aria-hidden": "true", class: "mm-boxed-frames" });
  svg.append(...frames.slice().reverse()); // the surest on top
  const told = node("p", { class: "mm-small mm-boxed-said", role: "status" }), next = node("p", { class: "mm-small" });
  const value = node("output", { class: "mm-number" });
  const range = node("input", { type: "range", name: "mm-threshold", min: LEAST, max: 1, step: STEP, value: Math.max(LEAST, boxed.threshold), oninput: () => redraw() });
  function redraw() {
    const threshold = Number(range.value), count = scores.filter((score) => score >= threshold).length;
    frames.forEach((frame, index) => (frame.style.display = index < count ? "" : "none"));
    rows.forEach((row, index) => (row.hidden = index >= count));
    const facts = { count, threshold: threshold.toFixed(2), name: names[count], score: count < scores.length ? scores[count].toFixed(2) : "", rest: scores.length - count };
    value.textContent = facts.threshold;
    told.textContent = fill(count ? words.found : words.none, facts);
    told.classList.toggle("mm-is-warn", !count);
    next.textContent = count < scores.length ? fill(words.next, facts) : "";
  }
  redraw();
  return node("figure", { class: "mm-boxed" }, node("div", { class: "mm-boxed-picture" }, pictureOf(picture, said), svg),
    node("figcaption", {}, node("label", {}, words.title, " ", range, " ", value), told, next));
}
