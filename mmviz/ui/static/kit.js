// What all widgets share: nodes made without HTML, payloads, numbers.

function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "style") made.style.cssText = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) made.append(child); // a string becomes text, never a tag
  }
  return made;
}

function icon(path, size = 18) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: size, height: size, fill: "none", stroke: "currentColor",
    "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" })) made.setAttribute(name, value);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  made.append(line);
  return made;
}

function payloadOf(props) {
  try {
    return props.value ? JSON.parse(props.value) : null;
  } catch {
    return null;
  }
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

// Two significant digits, a true minus sign, no exponent where it can be helped.
function number(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001) {
    const [digits, power] = value.toExponential(1).split("e");
    return `${digits.replace(".0", "")}e${Number(power)}`.replace(/-/g, "−");
  }
  return (size >= 100 ? String(Math.round(value)) : value.toPrecision(2)).replace("-", "−");
}

function save(blob, name) {
  const link = node("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// A button that saves what `content` gives then.
function saving(text, name, content) {
  return node("button", { type: "button", class: "mm-save", onclick: () => save(new Blob([JSON.stringify(content(), null, 1)], { type: "application/json" }), name) }, text);
}

// How far work is, with a button that stops it where it can be stopped; null where none is going on.
function working({ busy, share }, label = null, stop = null, name = null) {
  return busy ? node("div", { class: "mm-busy", role: "status" }, node("progress", { max: 1, value: share, "aria-label": busy }), node("span", { class: "mm-small" }, busy),
    stop && node("button", { type: "button", class: name, onclick: (event) => stop(event.target.closest(".mm-busy")) }, label)) : null;
}

// While work goes on, what was there stays below how far it is.
function showWorking(root, payload) {
  root.querySelector(".mm-busy")?.remove();
  root.prepend(working(payload));
}

// A folded list of choices; choosing one closes it.
function menu(title, choices) {
  const made = node("details", { class: "mm-menu" }, node("summary", {}, title), node("div", { class: "mm-choices" },
    choices.map(([text, run]) => node("button", { type: "button", onclick: () => { made.open = false; run(); } }, text))));
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    made.open = false;
    made.firstChild.focus();
  });
  made.addEventListener("focusout", (event) => { if (!made.contains(event.relatedTarget)) made.open = false; });
  return made;
}

// A folded table: what a picture says, in words.
function listing(title, head, rows) {
  return node("details", { class: "mm-list" }, node("summary", {}, title),
    node("div", { class: "mm-scroll", tabindex: 0, role: "region", "aria-label": title },
      node("table", {}, node("thead", {}, head), node("tbody", {}, rows))));
}

// The colours of a scale (256, four bytes each) from its low end to its high one: as CSS, and as a legend's strip.
function gradient(colours) {
  const stops = Array.from({ length: 17 }, (_, i) => 4 * Math.round((i / 16) * 255)).map((k) => `rgb(${colours[k]} ${colours[k + 1]} ${colours[k + 2]})`);
  return `linear-gradient(to right, ${stops.join(",")})`;
}

function strip(colours) {
  return node("span", { class: "mm-legend-strip", style: `background:${gradient(colours)}` });
}

// The colour of a share from 0 to 1, and the ink, black or white, that can be read better on it (WCAG's relative luminance).
function tint(colours, share) {
  const from = 4 * Math.round(255 * Math.max(0, Math.min(1, share))), rgb = [colours[from], colours[from + 1], colours[from + 2]];
  const light = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return { rgb, ink: 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.179 ? "#000" : "#fff" };
}

function shade(colours, share) {
  const { rgb, ink } = tint(colours, share);
  return `background:rgb(${rgb.join(" ")});color:${ink}`;
}

// Draw now and whenever a new payload comes.
function onPayload(element, props, watch, draw) {
  const again = () => {
    const payload = payloadOf(props);
    if (payload) draw(element.querySelector(".mm") || element, payload);
  };
  watch("value", again);
  again();
}

// Hand on which unit's map is looked at, while the widget is on the page.
function onUnit(element) {
  const panel = element.querySelector(".mm") || element;
  document.addEventListener("mm-unit", (event) => panel.isConnected && panel.follow?.(event.detail));
}
