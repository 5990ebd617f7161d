// What is drawn over a slice, layer by layer, and the legend that names it and takes it away.

import { keepingFocus, make, toggle } from "./dom.js";

export const NORMAL = "#7ee081";
export const BORDERS = "#ffffff90";
const MINE = "#ffd24a";
const PROGRAM = "#58c7f3";
const DROPPED = "#c58cff";
const READERS = [ // told apart by their dashes too, for those who see no red
  { colour: "#ff6f6f", dash: [] }, { colour: "#36e2b4", dash: [6, 3] },
  { colour: "#f58bd0", dash: [2, 3] }, { colour: "#9fb4ff", dash: [8, 3, 2, 3] },
];

/** How the outline of a reader is drawn, who is the nth that an adjudicator sees. */
export const lineOf = (n) => READERS[n % READERS.length];

/** Outlines of a visit, from the lowest; other readers lie on top, so that none is covered. */
export function layersOf(visit, readers) {
  const others = (visit.others || []).map((labels, n) => ({ name: `reader ${n}`, words: readers[n], ...lineOf(n), width: 2, labels }));
  return [
    { name: "dropped", words: "left out by the program", colour: DROPPED, width: 1, dash: [4, 3], labels: visit.dropped },
    { name: "found", words: "found by the program", colour: PROGRAM, width: 1, dash: [], labels: visit.found },
    { name: "mine", words: "this reading", colour: MINE, width: others.length ? 3.5 : 2, dash: [], labels: visit.mask },
    ...others,
  ].filter((one) => one.labels);
}

function swatch(one) {
  const line = make("span", { class: "swatch" });
  line.style.borderTopColor = one.colour;
  line.style.borderTopStyle = one.dash.length ? "dashed" : "solid";
  line.style.borderTopWidth = `${Math.max(one.width, 2)}px`;
  return line;
}

/** Draw the legend: each layer of the visits, and a press hides it or shows it again. */
export function drawLegend(place, room) {
  const all = room.told.visits.flatMap((visit) => layersOf(visit, room.readers));
  const named = new Map(["mine", "found", "dropped"].flatMap((name) => all.filter((one) => one.name === name)).concat(all).map((one) => [one.name, one]));
  const { normal, borders } = room.view.shows;
  const fixed = [
    ...(borders ? [{ words: "quadrants", colour: BORDERS, dash: [3, 3], width: 1 }] : []),
    ...(normal ? [{ words: "normal marrow", colour: NORMAL, dash: [2, 2], width: 1 }] : []),
  ];
  const press = (one) => {
    const button = toggle("", !room.hidden.has(one.name), () => room.hide(one.name), { "data-layer": one.name, title: "shown or hidden" });
    button.append(swatch(one), one.words);
    return button;
  };
  keepingFocus(place, () => place.replaceChildren(
    ...[...named.values()].map(press), ...fixed.map((one) => make("span", {}, swatch(one), one.words))));
}
