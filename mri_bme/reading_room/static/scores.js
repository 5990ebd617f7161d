// What is scored by eye of one visit. Every change is sent at once.

import { make, toggle } from "./dom.js";

const SIDES = ["right", "left"]; // as a reader sees them on the screen
const BONES = { right: ["ilium", "sacrum"], left: ["sacrum", "ilium"] };
const LEVELS = ["upper", "lower"];
export const N_SLICES = 6;

/** Quadrant of a label in the marrow of a visit, 1 to 8. */
const ORDER = ["left", "right"].flatMap((side) =>
  ["ilium", "sacrum"].flatMap((bone) => LEVELS.map((level) => `${side}_${bone}_${level}`)));
export const quadrantOf = (label) => ORDER[label - 1];

const emptySparcc = (visit) => ({ first: visit.first_sparcc, slices: {} });
const emptySlice = () => ({ quadrants: [], intense: [], deep: [] });

/** Switch one thing of one slice; gives the whole score anew, or null outside the six slices. */
export function sparccWith(visit, slice, kind, name) {
  const score = structuredClone(visit.scores.sparcc || emptySparcc(visit));
  const place = slice - score.first;
  if (place < 0 || place >= N_SLICES) return null;
  const one = score.slices[place] || emptySlice();
  one[kind] = one[kind].includes(name) ? one[kind].filter((x) => x !== name) : [...one[kind], name];
  score.slices[place] = one;
  return score;
}

export const sparccTotal = (score) =>
  Object.values(score?.slices || {}).reduce((sum, one) => sum + one.quadrants.length + one.intense.length + one.deep.length, 0);

function joint(visit, slice, side, one, locked, send) {
  const press = (kind, name) => () => send("sparcc", sparccWith(visit, slice, kind, name));
  const cells = LEVELS.flatMap((level) => BONES[side].map((bone) => {
    const name = `${side}_${bone}_${level}`;
    return toggle(`${bone} ${level}`, one.quadrants.includes(name), press("quadrants", name), { disabled: locked, "data-quadrant": name });
  }));
  const more = ["intense", "deep"].map((kind) =>
    toggle(kind, one[kind].includes(side), press(kind, side), { disabled: locked, "data-more": `${side} ${kind}` }));
  return make("div", { class: "joint" }, make("span", {}, `${side} joint`), ...cells, ...more);
}

function sparcc(visit, slice, locked, send) {
  const score = visit.scores.sparcc || emptySparcc(visit);
  const place = slice - score.first;
  const last = visit.shape[0] - N_SLICES;
  const start = (by) => () => {
    const first = Math.min(Math.max(score.first + by, 0), Math.max(last, 0));
    send("sparcc", { ...score, first });
  };
  const inside = place >= 0 && place < N_SLICES;
  return make("section", { id: "sparcc" },
    make("h3", {}, "SPARCC"),
    make("p", {}, make("span", { class: "big", id: "sparcc-total" }, String(sparccTotal(score))), " of 72, slices ",
      `${score.first + 1} to ${score.first + N_SLICES} `,
      make("button", { type: "button", onclick: start(-1), disabled: locked, "aria-label": "Start one slice earlier" }, "−"), " ",
      make("button", { type: "button", onclick: start(1), disabled: locked, "aria-label": "Start one slice later" }, "+")),
    inside
      ? make("div", { class: "joints" }, ...SIDES.map((side) => joint(visit, slice, side, score.slices[place] || emptySlice(), locked, send)))
      : make("p", { class: "dim" }, "This slice is not among the six that are scored."),
    make("button", { type: "button", disabled: locked, onclick: () => send("sparcc", score) },
      visit.scores.sparcc ? "Scored" : "Keep this score (also 0)"));
}

function berlin(visit, locked, send) {
  const grades = visit.scores.berlin || {};
  const rows = ORDER.flatMap((name) => {
    const choice = make("select", {
      disabled: locked, "aria-label": `Berlin ${name.replaceAll("_", " ")}`,
      onchange: (event) => send("berlin", { ...grades, [name]: Number(event.target.value) }),
    }, ...["", 0, 1, 2, 3].map((grade) => make("option", { value: String(grade), selected: grades[name] === grade }, String(grade))));
    return [make("span", {}, name.replaceAll("_", " ")), choice];
  });
  return make("section", {}, make("h3", {}, "Berlin, 0 to 3"), make("div", { class: "berlin" }, ...rows));
}

function choice(title, name, options, visit, locked, send) {
  const buttons = options.map(([words, value]) =>
    toggle(words, visit.scores[name] === value, () => send(name, value), { disabled: locked }));
  return make("section", {}, make("h3", {}, title), make("div", { class: "reasons" }, ...buttons));
}

/** Everything that the task asks of one visit. */
export function scorePanel(visit, slice, ask, locked, send) {
  const parts = [];
  if (ask.includes("sparcc")) parts.push(sparcc(visit, slice, locked, send));
  if (ask.includes("berlin")) parts.push(berlin(visit, locked, send));
  if (ask.includes("asas")) {
    parts.push(choice("Active sacroiliitis (ASAS)", "asas", [["yes", true], ["no", false]], visit, locked, send));
  }
  if (ask.includes("impression")) {
    const numbers = Array.from({ length: 11 }, (_, n) => [String(n), n]);
    parts.push(choice("Global impression, 0 none to 10", "impression", numbers, visit, locked, send));
  }
  if (ask.includes("quality")) {
    const grades = ["good", "limited", "unreadable"].map((word) => [word, word]);
    parts.push(choice("Image quality", "quality", grades, visit, locked, send));
  }
  const comment = make("textarea", {
    "aria-label": "Comment", maxlength: 2000, disabled: locked,
    onchange: (event) => send("comment", event.target.value),
  });
  comment.value = visit.scores.comment || "";
  parts.push(make("section", {}, make("h3", {}, "Comment"), comment));
  if (ask.includes("masks")) {
    const box = make("input", { type: "checkbox", id: "read", disabled: locked, onchange: (event) => send("read", event.target.checked) });
    box.checked = Boolean(visit.scores.read);
    parts.push(make("label", { class: "check" }, box, " I have read this visit; what is drawn is all the edema there is, also if it is none"));
  }
  return parts;
}
