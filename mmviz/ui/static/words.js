// The text as units that can be pointed at: words in their sentence, then phrases, then the whole.

function buildWords(payload, handlers) {
  const { overlay, words } = payload;
  const buttons = [];
  const sentence = node("div", { class: "mm-sentence" });
  const phrases = node("div", { class: "mm-phrases" });
  const characters = Array.from(overlay.text); // spans count code points, not UTF-16
  let place = 0;
  overlay.units.forEach((unit, index) => {
    const button = unitButton(unit, index, words);
    buttons.push(button);
    if (unit.unit === "word" || unit.unit === "token") {
      sentence.append(characters.slice(place, unit.span[0]).join(""), button.element);
      place = unit.span[1];
    } else phrases.append(button.element);
  });
  if (place < characters.length && sentence.childElementCount) sentence.append(characters.slice(place).join(""));
  const list = node("div", { class: "mm-words", role: "listbox", "aria-label": words.words, "aria-orientation": "horizontal" },
    sentence.childElementCount ? sentence : null, phrases);
  const chosen = buildRange(overlay, buttons, handlers);
  listen(list, buttons, handlers, chosen);
  dragOver(list, chosen);
  return { list, buttons };
}

function unitButton(unit, index, words) {
  const whole = unit.unit === "text";
  const marks = [unit.cut ? words.cut : null, unit.unknown ? words.unknown : null].filter(Boolean);
  const bar = node("span", { class: "mm-fill" });
  const value = node("span", { class: "mm-value" });
  const label = node("span", { class: "mm-label", dir: "auto" }, whole ? words.whole : unit.text);
  const element = node("span", {
    class: `mm-unit mm-${unit.unit}${unit.cut ? " mm-cut" : ""}${unit.unknown ? " mm-unknown" : ""}`,
    role: "option", tabindex: index === 0 ? 0 : -1, "data-unit": index, "aria-selected": "false",
    "aria-label": [whole ? words.whole : unit.text, ...marks].join(", "), title: marks.join("; ") || null,
  }, node("span", { class: "mm-track", "aria-hidden": "true" }, value, node("span", { class: "mm-column" }, bar)), label);
  return { element, bar, value };
}

function unitAt(event) {
  const found = event.target.closest?.("[data-unit]");
  return found ? Number(found.dataset.unit) : null;
}

// Words chosen together, from the one where it began to the one reached: a phrase of the visitor's own.
function buildRange(overlay, buttons, handlers) {
  const isWord = (unit) => unit !== null && ["word", "token"].includes(overlay.units[unit]?.unit);
  let from = null, to = null;
  const characters = Array.from(overlay.text);
  const span = () => [overlay.units[Math.min(from, to)].span[0], overlay.units[Math.max(from, to)].span[1]];
  const paint = () => buttons.forEach(({ element }, unit) => element.classList.toggle("mm-chosen",
    from !== null && from !== to && unit >= Math.min(from, to) && unit <= Math.max(from, to)));
  return {
    isWord,
    begin: (unit) => (from = to = isWord(unit) ? unit : null),
    reach(unit) {
      if (from === null || !isWord(unit) || unit === to) return;
      to = unit;
      paint();
      handlers.range(from === to ? null : characters.slice(...span()).join(""));
    },
    finish() { // true where there was a phrase to read
      const several = from !== null && from !== to, found = several ? span() : null;
      from = to = null;
      paint();
      if (several) handlers.phrase(found);
      return several;
    },
    clear() {
      from = to = null;
      paint();
    },
    get from() { return from; },
  };
}

function dragOver(list, chosen) {
  list.addEventListener("pointerdown", (event) => event.pointerType !== "touch" && event.button === 0 && chosen.begin(unitAt(event)));
  list.addEventListener("pointermove", (event) => event.buttons === 1 && chosen.reach(unitAt(event)));
  list.addEventListener("pointerup", () => chosen.finish());
  list.addEventListener("pointerleave", (event) => event.buttons === 1 && chosen.clear());
}

// Where the pointer was last moved to. Words that are drawn, or scrolled, under a pointer that stands still are not pointed at.
const pointer = { x: null, y: null };
document.addEventListener("pointermove", ({ clientX, clientY }) => Object.assign(pointer, { x: clientX, y: clientY }), { capture: true, passive: true });

function listen(list, buttons, handlers, chosen) {
  list.addEventListener("pointerover", (event) => {
    const unit = unitAt(event), stands_still = event.clientX === pointer.x && event.clientY === pointer.y;
    if (unit !== null && event.pointerType !== "touch" && !stands_still) handlers.show(unit);
  });
  list.addEventListener("pointerleave", () => handlers.leave());
  list.addEventListener("focusin", (event) => {
    const unit = unitAt(event);
    if (unit !== null) handlers.show(unit);
  });
  list.addEventListener("click", (event) => {
    const unit = unitAt(event);
    if (unit !== null) handlers.pin(unit);
  });
  list.addEventListener("keydown", (event) => {
    const unit = unitAt(event);
    if (unit === null) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -unit, End: buttons.length - 1 - unit }[event.key];
    if (step !== undefined) {
      const next = Math.min(buttons.length - 1, Math.max(0, unit + step));
      if (event.shiftKey && !(chosen.isWord(unit) && chosen.isWord(next))) return;
      if (!event.shiftKey) chosen.clear();
      else if (chosen.from === null) chosen.begin(unit);
      buttons[unit].element.tabIndex = -1;
      buttons[next].element.tabIndex = 0;
      buttons[next].element.focus();
      if (event.shiftKey) chosen.reach(next);
    } else if (event.key === "Enter" || event.key === " ") chosen.finish() || handlers.pin(unit);
    else if (event.key === "Escape") {
      chosen.clear();
      handlers.release();
    }
    else return;
    event.preventDefault();
  });
}
