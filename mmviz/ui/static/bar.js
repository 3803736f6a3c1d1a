// The top bar: name, what it is for, language, light or dark, device.

const THEME = "mmviz-theme";
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

function drawBar(root, payload) {
  document.documentElement.lang = payload.language === "zh" ? "zh-CN" : "en";
  const choice = (name, text) => node("button", { type: "button", class: "mm-language", lang: name === "zh" ? "zh-CN" : "en",
    "aria-pressed": String(payload.language === name), onclick: () => trigger("language", { language: name }) }, text);
  root.replaceChildren(
    node("h1", {}, "mmviz"), node("span", { class: "mm-tagline" }, payload.tagline), node("span", { class: "mm-space" }),
    payload.device ? node("span", { class: "mm-device" }, payload.device) : null,
    choice("en", "EN"), choice("zh", "中文"),
    node("button", { type: "button", class: "mm-theme", "aria-label": payload.theme, title: payload.theme,
      onclick: () => setTheme(!document.body.classList.contains("dark")) }, icon(MOON)));
}

if (kept() && !new URLSearchParams(location.search).has("__theme")) document.body.classList.toggle("dark", kept() === "dark");
onPayload(element, props, watch, drawBar);
