"use strict";
const page = (() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const root = document.documentElement;

  // The room that was chosen last goes along in the address, since a file remembers nothing.
  const told = new URLSearchParams(location.hash.slice(1));
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  const button = one("#theme");
  const showTheme = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  const setTheme = (theme) => { root.dataset.theme = theme; showTheme(); };
  const flipTheme = () => {
    setTheme(isDark() ? "light" : "dark");
    told.set("room", root.dataset.theme);
    carry();
  };
  const carry = () => all("a[href]").forEach((link) => {
    const [path, hash] = link.getAttribute("href").split("#");
    if (!path.endsWith(".html")) return;
    const parts = new URLSearchParams(hash || "");
    ["room", "sort", "show", "doubt", "find"].forEach((name) => {
      if (told.get(name)) parts.set(name, told.get(name)); else parts.delete(name);
    });
    link.setAttribute("href", parts.size ? `${path}#${parts}` : path);
  });
  if (["light", "dark"].includes(told.get("room"))) setTheme(told.get("room"));
  button.addEventListener("click", flipTheme);
  dark.addEventListener("change", showTheme);
  one("#print").addEventListener("click", () => window.print());
  showTheme();
  carry();

  // A table that is wider than the screen can be reached and moved by keys.
  const reach = () => all(".scroll").forEach((box) => {
    const isWide = box.scrollWidth > box.clientWidth;
    const section = box.closest("[aria-label]:not(.scroll)");
    const named = { tabindex: "0", role: "group", "aria-label": `${section ? section.getAttribute("aria-label") : "Wide"}, table` };
    Object.entries(named).forEach(([name, value]) => {
      if (isWide) box.setAttribute(name, value); else box.removeAttribute(name);
    });
  });
  addEventListener("resize", reach);
  reach();

  const isTyping = () => Boolean(document.activeElement
    && document.activeElement.matches("input[type=search], input[type=text], select, textarea"));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping()) return;
    const link = all("a[data-key]").find((one) => one.dataset.key === event.key);
    if (event.key === "d") flipTheme(); else if (link) link.click();
  });

  return { one, all, told, carry, isTyping };
})();
