"use strict";
const page = (() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const root = document.documentElement;

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  const button = one("#theme");
  const showTheme = () => { if (button) button.setAttribute("aria-pressed", String(isDark())); };
  const flipTheme = () => { root.dataset.theme = isDark() ? "light" : "dark"; showTheme(); };
  if (button) button.addEventListener("click", flipTheme);
  showTheme();
  one("#print").addEventListener("click", () => window.print());

  return { one, all, flipTheme };
})();
