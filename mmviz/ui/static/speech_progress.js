// How far aligning is; the last thing it told stays until the next begins.

import { onPayload, working } from "./kit.js";

export function mount({ element, props, watch }) {
  onPayload(element, props, watch, (root, { said, share }) => root.replaceChildren(...[working({ busy: said, share })].filter(Boolean)));
}
