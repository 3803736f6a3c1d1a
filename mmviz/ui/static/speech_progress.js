// How far aligning is; the last thing it told stays until the next begins.

import { node, onPayload } from "./kit.js";

export function mount({ element, props, watch }) {
  onPayload(element, props, watch, (root, { said, share }) => root.replaceChildren(...(said ? [node("div", { class: "mm-busy", role: "status" },
    node("progress", { max: 1, value: share, "aria-label": said }), node("span", { class: "mm-small" }, said))] : [])));
}
