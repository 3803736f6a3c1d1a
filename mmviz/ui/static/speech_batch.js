// Files aligned at once: a row each, and all of them in one zip.

import { node, onPayload } from "./kit.js";

export function mount({ element, props, watch, trigger }) {
  onPayload(element, props, watch, (root, { title, heads, rows, left, zip }) => root.replaceChildren(...[
    node("h2", {}, title),
    node("div", { class: "mm-scroll", tabindex: 0, role: "region", "aria-label": title }, node("table", { class: "mm-speech-files" },
      node("thead", {}, node("tr", {}, heads.map((text) => node("th", { scope: "col" }, text)))),
      node("tbody", {}, rows.map(({ name, cells, why }) => node("tr", { class: why ? "mm-failed" : null }, node("th", { scope: "row", dir: "auto" }, name),
        why ? node("td", { colspan: heads.length - 1 }, why) : cells.map((cell) => node("td", {}, cell))))))),
    left.map((text) => node("p", { class: "mm-small" }, text)),
    zip ? node("button", { type: "button", class: "mm-save", onclick: () => trigger("zip", { at: Date.now() }) }, zip) : null,
  ].flat().filter(Boolean)));
}
