// The right-hand side: what a reading comes to, the program's lesions, scores, and signing.

import { interval, keepingFocus, make, ml } from "./dom.js";
import { lineOf } from "./layers.js";
import { scorePanel } from "./scores.js";

export const REASONS = ["vessel", "joint fluid", "partial volume", "artifact", "unsuppressed fat", "other disease", "normal variant"];

function numbers(room) {
  const { told, numbers: found } = room;
  if (!found?.visits) return [];
  const rows = told.visits.map((visit, n) => {
    const one = found.visits[n];
    return make("tr", {},
      make("th", { scope: "row" }, visit.name),
      make("td", { class: "number big", "data-volume": String(n) }, one.evaluable ? ml(one.edema_ml) : "not evaluable"),
      make("td", { class: one.evaluable ? "number dim" : "dim" },
        make("div", {}, one.evaluable ? interval(one.low_ml, one.high_ml) : one.reason),
        one.evaluable && one.sparcc_estimate !== null ? make("div", {}, `SPARCC est. ${one.sparcc_estimate}`) : null));
  });
  const changes = (found.changes || []).map((change) => make("p", { "data-change": "" },
    change.change_ml === null
      ? `${change.name}: not evaluable, ${change.reason}`
      : `${change.name}: ${change.change_ml > 0 ? "+" : ""}${ml(change.change_ml)} (${interval(change.low_ml, change.high_ml)}), ${change.verdict}`));
  const doubts = told.visits.flatMap((visit) => (visit.doubts || []).map((doubt) => make("p", { class: "dim", "data-doubt": "" }, `${visit.name}: ${doubt}`)));
  const stale = found.version !== room.acts.version || !room.acts.isEmpty;
  return [make("h2", {}, "This reading", stale ? make("span", { class: "dim" }, " being measured") : null),
    make("table", { id: "numbers" }, ...rows), ...changes, ...doubts];
}

function programs(room) {
  if (!room.told.blindAtFirst || !room.told.shows_program) return [];
  const rows = room.told.visits.filter((visit) => visit.program?.lesions).map((visit) => make("tr", {},
    make("th", { scope: "row" }, visit.name),
    make("td", { class: "number" }, ml(visit.program.edema_ml)),
    make("td", { class: "number" }, visit.program.sparcc_estimate === null ? "" : `SPARCC est. ${visit.program.sparcc_estimate}`)));
  return [make("h2", {}, "What the program gives"), make("table", { id: "programs" }, ...rows)];
}

function practice(room) {
  const parts = [];
  if (room.told.consensus) {
    const rows = room.told.visits.map((visit, n) => make("tr", {},
      make("th", { scope: "row" }, visit.name),
      make("td", { class: "number" }, room.told.consensus[n].edema_ml === undefined ? "" : ml(room.told.consensus[n].edema_ml)),
      make("td", { class: "number" }, room.told.consensus[n].sparcc === undefined ? "" : `SPARCC ${room.told.consensus[n].sparcc}`)));
    parts.push(make("h2", {}, "The consensus"), make("table", { id: "consensus" }, ...rows));
  }
  const done = room.me.calibration;
  if (done) {
    const names = { edema_ml: "volume", sparcc: "SPARCC" };
    const ends = (name) => (done.interval[name] ? ` (${done.interval[name].map((end) => end.toFixed(2)).join(" to ")})` : "");
    const found = Object.entries(done.icc).map(([name, icc]) => `${names[name]} ${icc.toFixed(2)}${ends(name)}`).join(", ");
    parts.push(make("p", { id: "practice", class: "dim" },
      `Practice: ${done.n_cases} case${done.n_cases === 1 ? "" : "s"} with a consensus read, ICC ${found || "not yet"}; the target is ${done.target}${done.is_reached ? ", reached" : ""}.`));
  }
  return parts;
}

function lesion(room, one) {
  const asks = room.rejecting === one;
  const isIn = room.isDrawn(one);
  const chosen = room.chosen === one;
  const button = (words, act, more = {}) => make("button", { type: "button", disabled: room.told.signed, onclick: act, ...more }, words);
  const reasons = asks
    ? make("div", { class: "reasons" }, ...REASONS.map((reason, n) =>
      button(`${n + 1} ${reason}`, () => room.reject(one, reason))))
    : null;
  return make("div", { class: "lesion", "data-lesion": `${one.kept ? "kept" : "dropped"} ${one.label}`, "aria-current": String(chosen) },
    make("button", { type: "button", "aria-pressed": String(chosen), onclick: () => room.choose(one) },
      `${one.kept ? "Lesion" : "Dropped"} ${one.label}: ${one.quadrant}, ${ml(one.volume_ml)}`),
    make("div", { class: "do" },
      button("Accept", () => room.accept(one), { title: "a" }),
      button("Reject", () => room.startRejecting(one), { title: "r", disabled: room.told.signed || !isIn })),
    make("p", {}, `${isIn ? "In" : "Not in"} this reading; ${one.reason}`), reasons);
}

function lesions(room) {
  const found = room.visit.program?.lesions;
  if (!found || !room.me.ask.includes("masks")) return [];
  if (room.told.blindAtFirst && !room.me.adjudicates) return [];
  const [kept, dropped] = [true, false].map((is) => found.filter((one) => one.kept === is));
  return [make("h2", {}, `Found by the program, ${room.visit.name}`),
    ...(kept.length ? kept.map((one) => lesion(room, one)) : [make("p", { class: "dim" }, "Nothing.")]),
    ...(dropped.length ? [leftOut(room, dropped)] : [])];
}

/** Candidates that the program left out, folded away: often specks by the dozen. */
function leftOut(room, dropped) {
  const total = dropped.reduce((sum, one) => sum + one.volume_ml, 0);
  const isMeant = [room.chosen, room.rejecting].some((one) => one && !one.kept);
  return make("details", { id: "left-out", open: room.showsLeftOut || isMeant, ontoggle: (event) => { room.showsLeftOut = event.target.open; } },
    make("summary", {}, `${dropped.length} left out, ${ml(total)}`), ...dropped.map((one) => lesion(room, one)));
}

function readings(room) {
  if (!room.told.readings) return [];
  const take = (whose, words) => make("button", {
    type: "button", disabled: room.told.signed, onclick: () => room.act({ what: "take", visit: room.active, whose }),
  }, words);
  const named = (one, n) => {
    const cell = make("th", { scope: "row" }, one.reader);
    cell.style.color = lineOf(n).colour; // as the outline is drawn
    return cell;
  };
  const rows = room.told.readings.map((one, n) => make("tr", {},
    named(one, n),
    make("td", { class: "number" }, ml(one.visits[room.active].edema_ml)),
    make("td", { class: "number" }, one.visits[room.active].sparcc === null ? "" : `SPARCC ${one.visits[room.active].sparcc}`),
    make("td", {}, take(one.reader, `Take ${one.reader}`))));
  return [make("h2", {}, `Readings, ${room.visit.name}`),
    ...room.told.reasons.map((reason) => make("p", { class: "dim" }, reason)),
    make("table", { id: "readings" }, ...rows),
    make("div", { class: "reasons" }, take("majority", "Take majority"), take("staple", "Take STAPLE"))];
}

const locked = (room) => (room.told.signed ? [make("p", { class: "locked" }, "Signed: this reading is locked; below it can be amended.")] : []);

function signature(room) {
  if (!room.told.signed) {
    return [make("button", { type: "button", id: "sign", class: "main", onclick: () => room.act({ what: "sign" }) }, "Sign this case")];
  }
  const reason = make("input", { type: "text", maxlength: 300, "aria-label": "Reason of the amendment", placeholder: "Reason" });
  const amend = make("button", { type: "button", id: "amend", onclick: () => room.act({ what: "amend", reason: reason.value }) }, "Amend");
  return [make("h2", {}, "Signed"), make("p", { class: "dim" }, "This reading is locked. A change is an amendment, with its reason."),
    make("div", { class: "reasons" }, reason, amend)];
}

/** Draw the panel anew. */
export function drawPanel(panel, room) {
  const focused = document.activeElement?.closest?.("#panel") ? document.activeElement : null;
  if (focused && ["TEXTAREA", "INPUT"].includes(focused.tagName) && focused.type !== "checkbox") return; // somebody types
  const top = panel.scrollTop;
  keepingFocus(panel, () => panel.replaceChildren(
    ...locked(room), ...practice(room), ...numbers(room), ...programs(room), ...readings(room), ...lesions(room),
    make("h2", {}, `By eye, ${room.visit.name}`),
    ...scorePanel(room.visit, room.view.slice, room.me.ask, room.told.signed, (name, value) => room.score(name, value)),
    ...signature(room)));
  panel.scrollTop = top;
}
