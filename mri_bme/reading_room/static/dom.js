// Small parts of a page. Text goes in as text, never as HTML.

/** Make an element with attributes and children (elements or text). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A button that is pressed or not. */
export function toggle(words, pressed, act, more = {}) {
  return make("button", { type: "button", "aria-pressed": String(Boolean(pressed)), onclick: act, ...more }, words);
}

/** What a control is called among those beside it, however often it is drawn anew. */
const nameOf = (element) => `${element.closest("[data-lesion]")?.dataset.lesion ?? ""} ${
  element.id || Object.values(element.dataset).join(" ") || element.getAttribute("aria-label") || element.textContent}`;

/** Draw a part of the page anew; whoever goes by the keyboard stays on the control that they were on. */
export function keepingFocus(place, redraw) {
  const focused = place.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  redraw();
  if (focused === null) return;
  [...place.querySelectorAll("button, summary, input, select")].find((one) => nameOf(one) === focused)?.focus({ preventScroll: true });
}

export const ml = (value) => (value === null || value === undefined ? "" : `${value.toFixed(2)} mL`);

export const interval = (low, high) =>
  low === null || low === undefined ? "" : `${low.toFixed(2)} to ${high.toFixed(2)}`;
