// The top bar: name, what it is for, tabs, language, light or dark, device.

const THEME = "mmviz-theme";
const LATER = ["matrix", "map", "speech", "film", "methods"]; // their rooms, and what these show, are made when they are first seen
const MOON = "M21 12.8A9 9 0 1 1 11.2 3a7 7 0 0 0 9.8 9.8z";

function kept() {
  try {
    return localStorage.getItem(THEME);
  } catch {
    return null; // storage is closed to us: the choice lasts until the page is left
  }
}

function setTheme(dark) {
  document.body.classList.toggle("dark", dark);
  try {
    localStorage.setItem(THEME, dark ? "dark" : "light");
  } catch {
    // as above
  }
}

// The tab that is seen is in the address, so that the browser's Back returns to the one before.
function tabNow() {
  const asked = location.hash.slice(1), known = [...element.querySelectorAll("[role=tab]")].map((tab) => tab.dataset.tab);
  return known.includes(asked) ? asked : known[0];
}

function showTab() {
  const now = tabNow();
  document.body.dataset.tab = now;
  for (const tab of element.querySelectorAll("[role=tab]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.tab === now));
    tab.tabIndex = tab.dataset.tab === now ? 0 : -1;
  }
  if (LATER.includes(now) && !arrived.has(now)) {
    arrived.add(now);
    trigger(`open_${now}`, {});
    if (document.body.dataset.filled !== now) trigger(now, {}); // what another tab brings is not drawn over by an example
  }
}

function buildTabs(payload) {
  const tabs = node("div", { class: "mm-tabs", role: "tablist", "aria-label": payload.views }, payload.tabs.map(({ name, title }) =>
    node("button", { type: "button", role: "tab", "data-tab": name, "aria-selected": "false", "aria-controls": `mm-${name}`,
      onclick: () => (location.hash = name) }, title)));
  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], all = [...tabs.children];
    if (!step) return;
    const next = all[(all.indexOf(event.target) + step + all.length) % all.length];
    next.focus();
    next.click();
    event.preventDefault();
  });
  return tabs;
}

function drawBar(root, payload) {
  document.documentElement.lang = payload.language === "zh" ? "zh-CN" : "en";
  const choice = (name, text) => node("button", { type: "button", class: "mm-language", lang: name === "zh" ? "zh-CN" : "en",
    "aria-pressed": String(payload.language === name), onclick: () => trigger("language", { language: name }) }, text);
  root.replaceChildren(
    node("h1", {}, "mmviz"), node("span", { class: "mm-tagline" }, payload.tagline), buildTabs(payload), node("span", { class: "mm-space" }),
    payload.device ? node("span", { class: "mm-device" }, payload.device) : "",
    choice("en", "EN"), choice("zh", "中文"),
    node("button", { type: "button", class: "mm-theme", "aria-label": payload.theme, title: payload.theme,
      onclick: () => setTheme(!document.body.classList.contains("dark")) }, icon(MOON)));
  showTab();
}

const arrived = new Set();
window.addEventListener("hashchange", () => {
  showTab();
  const here = document.activeElement; // going back hides what had the focus: the matrix takes it up where it was left
  if (tabNow() === "matrix" && (here === document.body || !here.checkVisibility())) document.querySelector(".mm-grid-stage")?.focus();
});

// A link to a tab, which Gradio would open in a window of its own, is followed here; its tab takes up the focus.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]'), tab = link && element.querySelector(`[role=tab][data-tab="${CSS.escape(link.hash.slice(1))}"]`);
  if (!tab) return;
  event.preventDefault();
  tab.click();
  tab.focus();
});

if (kept() && !new URLSearchParams(location.search).has("__theme")) document.body.classList.toggle("dark", kept() === "dark");
onPayload(element, props, watch, drawBar);
