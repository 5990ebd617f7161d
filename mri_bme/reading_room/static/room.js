// The page that a reader works in.

import { ANATOMY_TOOLS, AnatomyTool } from "./anatomy.js";
import { keepingFocus, make, toggle } from "./dom.js";
import { drawLegend } from "./layers.js";
import { REASONS, drawPanel } from "./panel.js";
import { N_SLICES, quadrantOf, sparccWith } from "./scores.js";
import { Acts, Refused, bytes, tell, whoReads } from "./server.js";
import { View, atFirst } from "./view.js";
import { Windows } from "./window.js";
import { boxAround, brushed, maskOfRuns, runsOfPlaces } from "./voxels.js";

const byId = (id) => document.getElementById(id);
const OPEN_AGAIN_MS = 120;
const TICK_MS = 500;
const WRITTEN_AFTER_MS = 1000;
const TRY_AGAIN_MS = 5000;
const NEARER = 1.25;
const NUDGE = 0.07; // of the width, as on the page of a subject
const NARROWER = 0.87;
const MOVES = { ...ANATOMY_TOOLS, border: "" }; // acts upon which both visits are measured anew
const HELP = [
  ["↑ ↓ or wheel", "slice"], ["Tab or v", "other visit"], ["p", "paint"], ["e", "erase"], ["c", "paint above the cut-off only"],
  ["g", "grow from a click"], ["s", "score quadrants by clicking"], ["f", "fill between slices"], ["[ ]", "brush size"],
  ["a", "accept the lesion under the pointer"], ["r, then 1 to 7", "reject it, with the reason"],
  ["l", "move joints and borders by their handles"], ["m", "paint marrow: from a quadrant, or from outside to erase"],
  ["right button", "window: right wider, down brighter; twice: as at first"], [", . and < >", "brighter, darker; more, less contrast"], ["w", "window as at first"],
  ["+ − or Ctrl and wheel", "nearer, farther"], ["middle button, or Shift", "move the picture"], ["0", "all of it again"], ["two fingers", "move, nearer, farther"], ["b", "normal marrow"], ["t", "T1W beside"], ["z", "undo"], ["y", "redo"], ["o", "outlines"], ["q", "quadrants"], ["j", "joints only"], ["n", "next case"],
];

class Room {
  constructor(me) {
    Object.assign(this, { me, tool: "look", radius_mm: 2, onlyAbove: false, active: 0, stroke: null, rejecting: null, chosen: null, hidden: new Set(), look: atFirst(), windows: new Windows(), contrast: "values" });
    this.anatomy = new AnatomyTool(this);
    byId("who").textContent = `Reader ${me.reader}`;
    byId("help").replaceChildren(...HELP.map(([key, words]) => make("div", {}, make("kbd", {}, key), ` ${words}`)));
    this.listCases();
  }

  get visit() { return this.told.visits[this.active]; }
  get view() { return this.views[this.active]; }

  listCases() {
    keepingFocus(byId("cases"), () => byId("cases").replaceChildren(...this.me.cases.map((one) => make("li", {}, make("button", {
      type: "button", "data-code": one.code, "aria-current": String(one.code === this.code), onclick: () => this.open(one.code),
    }, `${one.name}`, make("span", { class: "dim" }, one.state === "new" ? "" : ` ${one.state}`))))));
  }

  /** Codes of the readers whose outlines an adjudicator sees. */
  get readers() { return (this.told.readings || []).map((one) => one.reader); }

  say(words = "") { byId("state").textContent = words; }

  alert(words = "") {
    byId("alert").textContent = words;
    byId("alert").hidden = !words;
  }

  async open(code) {
    this.alert();
    this.say("opening");
    const began = performance.now();
    const asked = (this.asked = Symbol(code));
    try {
      const told = await tell(`api/case/${code}`);
      await Promise.all(told.visits.map((visit) => this.load(visit, told)));
      if (asked !== this.asked) return; // another case was opened meanwhile: what came late does not cover it
      const isQuiet = () => !this.stroke && !this.anatomy.isBusy && this.acts.isEmpty && told.version >= this.acts.version;
      if (code === this.code && this.acts && !isQuiet()) {
        setTimeout(() => this.open(code), OPEN_AGAIN_MS); // somebody drew meanwhile: what came is of before
        return;
      }
      this.show(code, told);
      this.say(`opened in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    } catch (error) {
      if (asked !== this.asked) return;
      this.say();
      this.alert(error.message);
    }
  }

  async load(visit, told) {
    const n = visit.shape[0] * visit.shape[1] * visit.shape[2];
    const [grey, marrow] = await Promise.all([bytes(visit.volume), bytes(visit.marrow)]);
    visit.values = new Uint16Array(grey);
    visit.marrow = new Uint8Array(marrow);
    visit.box = boxAround(visit.marrow, visit.shape, visit.spacing_mm);
    await this.unpack(visit, told);
    if (visit.t1 && byId("t1").checked) await this.loadT1(visit);
  }

  /** What hangs on the reading: masks, lines, and what the program finds on the anatomy. */
  async unpack(visit, told) {
    const n = visit.shape[0] * visit.shape[1] * visit.shape[2];
    visit.mask = maskOfRuns(visit.mask, n);
    visit.normal = visit.reference ? new Uint8Array(await bytes(visit.reference)) : null;
    told.blindAtFirst = this.me.blind;
    if (visit.program?.lesions) {
      visit.above = maskOfRuns(visit.program.above, n);
      visit.found = maskOfRuns(visit.program.mask, n);
      const dropped = visit.program.lesions.filter((one) => !one.kept).flatMap((one) => one.on);
      visit.dropped = dropped.length ? maskOfRuns(dropped, n) : null;
    }
    const place = told.visits.indexOf(visit);
    visit.others = (told.readings || []).map((one) => maskOfRuns(one.visits[place].mask, n));
  }

  async loadT1(visit) {
    visit.t1_values ??= new Uint16Array(await bytes(visit.t1));
  }

  /** Take up anatomy that was moved, and all that followed; the scans stay. */
  async follow() {
    const code = this.code;
    const told = await tell(`api/case/${code}`);
    const marrow = await Promise.all(told.visits.map((visit) => bytes(visit.marrow)));
    await Promise.all(told.visits.map((visit) => this.unpack(visit, told)));
    while (this.stroke || this.anatomy.isBusy) await new Promise((resume) => setTimeout(resume, 50));
    if (code !== this.code || !this.acts.isEmpty || told.version !== this.acts.version) return; // a later act follows
    this.hasMoved = false;
    this.tellState();
    const begun = [this.rejecting, this.chosen];
    told.visits.forEach((visit, place) => {
      const { values, t1_values, box } = this.told.visits[place];
      Object.assign(this.told.visits[place], visit, { values, t1_values, box, marrow: new Uint8Array(marrow[place]) });
    });
    this.goOnWith(...begun);
    this.draw();
  }

  show(code, told) {
    const same = this.code === code ? this.views?.map((view) => view.slice) : null;
    const begun = same ? [this.rejecting, this.chosen] : [];
    Object.assign(this, { code, told, numbers: null, stroke: null, rejecting: null, chosen: null, hasMoved: false });
    this.active = Math.min(same ? this.active : 0, told.visits.length - 1);
    if (!same) {
      this.look = atFirst();
      this.windows = new Windows();
      this.contrast = "values";
      if (this.tool in ANATOMY_TOOLS) this.tool = "look"; // no joint of another subject is moved by habit
      byId("panel").scrollTop = 0;
    }
    this.goOnWith(...begun);
    const on = {
      start: (...a) => this.start(...a), move: (...a) => this.move(...a), end: (...a) => this.end(...a),
      wheel: (view, by) => { if (!this.isDrawing) this.step(by, view.place); }, over: (...a) => this.anatomy.over(...a), looked: () => this.redrawAll(),
      focus: (view) => this.turnTo(view), isLooking: () => this.tool === "look",
      greys: (view) => this.windows.sent(view.scale), windowWords: (view) => this.windows.words(view.scale),
      dragWindow: (view, across, down) => { this.turnTo(view); this.setWindow(() => this.windows.drag(view.scale, across, down)); },
      resetWindow: (view) => { this.turnTo(view); this.setWindow(() => this.windows.reset(view.scale)); },
    };
    this.on = on;
    this.views = told.visits.map((visit, place) => new View(visit, place, on));
    this.besides = [];
    this.layT1();
    this.acts = new Acts(code, told.version, {
      done: (changed, act, left) => this.done(changed, act, left),
      failed: (error) => this.failed(error),
      waiting: (n, why) => this.waiting(n, why),
    });
    byId("work").hidden = false;
    byId("panel").hidden = false;
    this.listCases();
    this.goTo(same ? same[this.active] : this.visit.first_sparcc + Math.floor(N_SLICES / 2));
    this.acts.resume();
    this.measure();
  }

  /** Panes of T1W beside the visits that have one, where they are wanted. */
  layT1() {
    byId("t1").closest("label").hidden = !this.told.visits.some((visit) => visit.t1);
    const shown = byId("t1").checked;
    this.besides = this.told.visits.map((visit, place) => {
      if (!shown || !visit.t1_values) return null;
      return this.besides[place] || new View(visit, place, this.on, "t1_values");
    });
    byId("views").replaceChildren(...this.views.flatMap((view, place) => [view.figure, ...(this.besides[place] ? [this.besides[place].figure] : [])]));
    byId("views").dataset.panes = String(this.views.length + this.besides.filter(Boolean).length);
  }

  async showT1() {
    if (byId("t1").checked) await Promise.all(this.told.visits.filter((visit) => visit.t1).map((visit) => this.loadT1(visit)));
    this.layT1();
    this.goTo(this.view.slice);
  }

  redrawAll() {
    for (const view of [...this.views, ...this.besides.filter(Boolean)]) view.draw();
  }

  /** Hide a layer of outlines, or show it again. */
  hide(name) {
    if (!this.hidden.delete(name)) this.hidden.add(name);
    this.draw();
  }

  drawVisit(place) {
    this.views[place].draw();
    this.besides[place]?.draw();
  }

  goTo(slice) {
    const shape = this.visit.shape;
    this.view.slice = Math.min(Math.max(slice, 0), shape[0] - 1);
    const beside = this.visit.slices_beside[this.view.slice];
    this.views.forEach((view, n) => {
      view.slice = n === this.active ? view.slice : beside[n];
      if (this.besides[n]) this.besides[n].slice = view.slice;
    });
    byId("slice").max = shape[0] - 1;
    byId("slice").value = this.view.slice;
    byId("where").textContent = `${this.view.slice + 1} of ${shape[0]}`;
    this.draw();
  }

  /** A picture that somebody turns to: its visit is read, and its window is what keys and sliders mean. */
  turnTo(view) {
    this.contrast = view.contrast;
    if (view.place !== this.active) this.activate(view.place);
    else this.tellWindow();
  }

  /** Whether a stroke or a drag of anatomy goes on. */
  get isDrawing() { return Boolean(this.stroke) || this.anatomy.isBusy; }

  /** How the grey values that are meant were sent. */
  get scale() {
    const beside = this.contrast === "t1_values" ? this.besides[this.active] : null;
    return (beside || this.view).scale;
  }

  setWindow(change) {
    change();
    this.redrawAll();
    this.tellWindow();
  }

  /** By keys: a wider window, a higher level, in parts of what is. */
  nudgeWindow(wider, higher) {
    const [width, level] = this.windows.widthAndLevel(this.scale);
    this.setWindow(() => this.windows.change(this.scale, width * wider, level + higher * width));
  }

  tellWindow() {
    const at = this.windows.sliders(this.scale);
    for (const id of ["brightness", "contrast"]) byId(id).value = Math.round(at[id]);
    byId("window").textContent = `${this.windows.words(this.scale)} ${this.scale.words}`;
  }

  step(by, place = this.active) {
    if (place !== this.active) this.activate(place);
    this.goTo(this.view.slice + by);
  }

  activate(place) {
    this.active = place;
    this.rejecting = null;
    this.chosen = null;
    this.goTo(this.view.slice);
  }

  draw() {
    const [outlines, borders, joints] = ["outlines", "borders", "zoom"].map((id) => byId(id).checked);
    for (const view of [...this.views, ...this.besides.filter(Boolean)]) {
      view.figure.dataset.active = String(view.place === this.active);
      view.look = this.look;
      view.shows = { outlines, joints, hidden: this.hidden, borders: borders || ["score", "marrow"].includes(this.tool), normal: borders || this.tool === "reference" };
      view.radius_mm = ["paint", "erase", "marrow", "reference"].includes(this.tool) ? this.radius_mm : 0;
      view.canvas.setAttribute("aria-label", `${view.caption.textContent}, slice ${view.slice + 1} of ${view.visit.shape[0]}`);
      view.draw();
    }
    this.tellWindow();
    this.drawSides();
  }

  /** Buttons are not replaced under a finger that presses one: its click would be lost. */
  drawSides() {
    this.isStale = this.isPressed;
    if (this.isPressed) return;
    this.listCases();
    this.drawTools();
    drawLegend(byId("legend"), this);
    drawPanel(byId("panel"), this);
  }

  press(target) {
    this.isPressed = Boolean(target.closest?.("#panel, #tools, #legend, nav"));
  }

  release() {
    if (!this.isPressed) return;
    setTimeout(() => {
      this.isPressed = false;
      if (this.isStale) this.draw();
    });
  }

  drawTools() {
    const locked = this.told.signed;
    const masks = this.me.ask.includes("masks");
    const tool = (name, words) => toggle(words, this.tool === name, () => this.use(name), { "data-tool": name, disabled: locked && name !== "look" });
    const button = (words, act, disabled) => make("button", { type: "button", onclick: act, disabled: locked || disabled }, words);
    const drawn = masks ? [
      tool("paint", "Paint"), tool("erase", "Erase"),
      button("Smaller", () => this.size(-1)), make("output", { id: "brush" }, `${this.radius_mm} mm`), button("Larger", () => this.size(1)),
      ...(this.visit.above ? [
        toggle("Above cut-off only", this.onlyAbove, () => this.aboveOnly(), { disabled: locked, "data-tool": "above" }), tool("grow", "Grow"),
      ] : []),
      button("Fill between slices", () => this.act({ what: "fill", visit: this.active })),
      button("Clear this visit", () => this.act({ what: "clear", visit: this.active })),
    ] : [];
    const moves = AnatomyTool.can(this.visit) ? [
      make("span", { class: "dim" }, "Anatomy"), ...Object.entries(ANATOMY_TOOLS).map(([name, words]) => tool(name, words)),
      ...(this.tool === "joint" ? [make("label", {}, "carried to ", this.reaches(), " slices beside")] : []),
    ] : [];
    const scored = this.me.ask.includes("sparcc") ? [tool("score", "Score quadrants")] : [];
    keepingFocus(byId("tools"), () => byId("tools").replaceChildren(tool("look", "Look"),
      button("Undo", () => this.act({ what: "undo" }), !this.told.can_undo),
      button("Redo", () => this.act({ what: "redo" }), !this.told.can_redo), ...scored, ...drawn, ...moves));
  }

  /** How many slices beside follow a joint or border that is moved. */
  reaches() {
    const choice = make("select", { "aria-label": "Slices that follow", onchange: (event) => { this.anatomy.reach = Number(event.target.value); event.target.blur(); } },
      ...[0, 1, 2, 3, 4].map((n) => make("option", { value: String(n), selected: n === this.anatomy.reach }, String(n))));
    return choice;
  }

  use(tool) {
    this.tool = tool;
    if (["paint", "erase", "grow"].includes(tool)) this.hidden.delete("mine"); // nobody draws unseen
    this.draw();
  }

  size(by) {
    const sizes = [0.5, 1, 2, 3, 5, 8];
    const at = sizes.indexOf(this.radius_mm) + by;
    this.radius_mm = sizes[Math.min(Math.max(at, 0), sizes.length - 1)];
    this.draw();
  }

  aboveOnly() {
    this.onlyAbove = !this.onlyAbove;
    this.draw();
  }

  place(voxel) {
    const [, rows, columns] = this.visit.shape;
    const inside = voxel.row >= 0 && voxel.column >= 0 && voxel.row < rows && voxel.column < columns;
    return inside ? (voxel.slice * rows + voxel.row) * columns + voxel.column : -1;
  }

  start(view, voxel, spot) {
    if (view.place !== this.active) this.activate(view.place);
    if (this.told.signed || this.anatomy.start(view, voxel, spot)) return;
    const at = this.place(voxel);
    if (this.tool === "grow" && at >= 0) this.act({ what: "grow", visit: this.active, at });
    if (this.tool === "score" && at >= 0 && this.visit.marrow[at]) {
      this.score("sparcc", sparccWith(this.visit, voxel.slice, "quadrants", quadrantOf(this.visit.marrow[at])));
    }
    if (!["paint", "erase"].includes(this.tool)) return;
    this.stroke = { visit: this.active, tool: this.tool, on: new Set(), off: new Set() };
    this.paint(voxel, voxel);
  }

  move(view, from, to, spot) {
    if (this.stroke) this.paint(from, to);
    else this.anatomy.move(view, from, to, spot);
  }

  paint(from, to) {
    const { shape, spacing_mm, mask, above } = this.visit;
    const offset = to.slice * shape[1] * shape[2];
    for (const place of brushed(shape, spacing_mm, from, to, this.radius_mm)) {
      const at = offset + place;
      if (this.tool === "paint" && !mask[at] && !(this.onlyAbove && above && !above[at])) {
        mask[at] = 1;
        this.stroke.on.add(at);
      }
      if (this.tool === "erase" && mask[at]) {
        mask[at] = 0;
        this.stroke.off.add(at);
      }
    }
    this.drawVisit(this.active);
  }

  end(view) {
    this.anatomy.end(view);
    const stroke = this.stroke;
    this.stroke = null;
    if (!stroke || (!stroke.on.size && !stroke.off.size)) return;
    this.act({ what: "stroke", visit: stroke.visit, tool: stroke.tool, on: runsOfPlaces(stroke.on), off: runsOfPlaces(stroke.off), only_above: this.onlyAbove && stroke.tool === "paint" });
  }

  act(act) {
    this.alert();
    this.acts.add(act);
    this.draw();
  }

  score(name, value) {
    if (value === null) return;
    this.visit.scores[name] = value;
    this.act({ what: "score", visit: this.active, name, value });
  }

  isDrawn(lesion) {
    return this.placeIn(lesion) >= 0;
  }

  placeIn(lesion) {
    for (let i = 0; i < lesion.on.length; i += 2) {
      for (let at = lesion.on[i]; at < lesion.on[i] + lesion.on[i + 1]; at += 1) if (this.visit.mask[at]) return at;
    }
    return -1;
  }

  choose(lesion) {
    this.chosen = lesion;
    this.goTo(lesion.slice);
  }

  accept(lesion) {
    this.act({ what: "accept", visit: this.active, label: lesion.label, kept: lesion.kept });
  }

  startRejecting(lesion) {
    this.rejecting = this.isDrawn(lesion) ? lesion : null;
    this.chosen = lesion;
    this.draw();
  }

  /** Lesions that were meant before a case was told anew, as it is told now: the same one, if it is still there. */
  goOnWith(rejecting, chosen) {
    const now = (lesion) => (lesion && this.visit.program?.lesions?.find((one) => one.kept === lesion.kept && one.label === lesion.label && one.on[0] === lesion.on[0])) || null;
    const again = this.told.signed ? null : now(rejecting);
    this.rejecting = again && this.isDrawn(again) ? again : null;
    this.chosen = now(chosen);
  }

  reject(lesion, reason) {
    this.rejecting = null;
    this.act({ what: "reject", visit: this.active, at: this.placeIn(lesion), reason });
  }

  /** The lesion that keys mean: under the pointer, or chosen in the list. */
  meant() {
    const at = this.view.pointer ? this.place(this.view.pointer) : -1;
    const holds = (one) => one.on.some((start, i) => i % 2 === 0 && at >= start && at < start + one.on[i + 1]);
    return (this.visit.program?.lesions || []).find((one) => at >= 0 && holds(one)) || this.chosen;
  }

  done(changed, act, left) {
    Object.assign(this.told, { version: changed.version, signed: changed.signed, can_undo: changed.can_undo, can_redo: changed.can_redo });
    if (!left) {
      for (const [place, runs] of Object.entries(changed.masks)) this.redraw(Number(place), runs);
    }
    if (["sign", "amend"].includes(act.what)) {
      this.me.cases.find((one) => one.code === this.code).state = changed.signed ? "signed" : "open";
      if (this.me.calibration) whoReads().then((me) => { this.me.calibration = me.calibration; this.open(this.code); });
      else this.open(this.code);
      byId("panel").scrollTop = 0;
      return;
    }
    const listed = this.me.cases.find((one) => one.code === this.code);
    if (listed.state === "new") listed.state = "open";
    this.hasMoved ||= changed.moved;
    this.tellState();
    if (this.hasMoved && !left) this.follow().catch((error) => this.alert(error.message));
    this.measure();
    this.draw();
  }

  redraw(place, runs) {
    const visit = this.told.visits[place];
    const mask = maskOfRuns(runs, visit.mask.length);
    if (this.stroke?.visit === place) {
      for (const at of this.stroke.on) mask[at] = 1;
      for (const at of this.stroke.off) mask[at] = 0;
    }
    visit.mask = mask;
  }

  failed(error) {
    this.say("not kept");
    this.alert(error.message);
    tell(`api/case/${this.code}`).then(async (told) => {
      await Promise.all(told.visits.map((visit) => this.load(visit, told)));
      this.show(this.code, told);
      this.alert(error.message);
    }).catch((again) => this.alert(again.message));
  }

  /** Say what is being kept; what moves anatomy takes some seconds, and strokes wait behind it. */
  tellState() {
    const waiting = this.acts.queue;
    const isMoving = this.hasMoved || waiting.some((act) => act.what in MOVES);
    clearTimeout(this.tick);
    byId("moving").hidden = !isMoving;
    if (!isMoving) {
      this.movingSince = null;
      this.say(waiting.length ? `saving ${waiting.length}` : "saved");
      return;
    }
    this.movingSince ??= performance.now();
    const behind = waiting.length - 1;
    const seconds = Math.round((performance.now() - this.movingSince) / 1000);
    this.say(`both visits are measured anew, ${seconds} s${behind > 0 ? `; ${behind} kept here meanwhile` : ""}`);
    this.tick = setTimeout(() => this.tellState(), TICK_MS);
  }

  waiting(n, why = "") {
    this.tellState();
    if (why) this.alert(`Not saved yet: ${why}. What you drew is kept here and sent again.`);
    else this.alert();
  }

  /** Ask what the reading comes to, one question at a time: the last answer is of the last stroke. */
  measure(after_ms = 0) {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      if (this.isMeasuring) {
        this.isBehind = true;
        return;
      }
      this.isMeasuring = true;
      this.isBehind = false;
      const code = this.code;
      try {
        const numbers = await tell(`api/case/${code}/numbers`);
        if (code === this.code) this.measured(numbers);
      } catch (error) {
        if (error instanceof Refused) this.alert(error.message);
      }
      this.isMeasuring = false;
      if (this.isBehind || code !== this.code) this.measure();
    }, after_ms);
  }

  measured(numbers) {
    this.numbers = numbers;
    if (numbers.trouble) this.alert(numbers.trouble);
    this.drawSides();
    if (numbers.written !== numbers.version) this.measure(numbers.trouble ? TRY_AGAIN_MS : WRITTEN_AFTER_MS);
  }

  next() {
    const at = this.me.cases.findIndex((one) => one.code === this.code);
    const later = this.me.cases.slice(at + 1).find((one) => one.state !== "signed");
    if (later) this.open(later.code);
  }

  key(event) {
    if (isTyped(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (!this.told || this.isDrawing) return; // a key in the middle of a stroke is a slip
    const key = keyOf(event);
    if (key === null) return;
    const flip = (id) => () => { byId(id).checked = !byId(id).checked; this.draw(); };
    const masks = this.me.ask.includes("masks");
    const drawing = !masks || this.told.signed ? {} : {
      p: () => this.use("paint"), e: () => this.use("erase"), f: () => this.act({ what: "fill", visit: this.active }),
      ...(AnatomyTool.can(this.visit) ? { l: () => this.use("joint"), m: () => this.use("marrow"), b: () => this.use("reference") } : {}),
      "[": () => this.size(-1), "]": () => this.size(1), z: () => this.told.can_undo && this.act({ what: "undo" }),
      y: () => this.told.can_redo && this.act({ what: "redo" }),
      ...(this.visit.above ? { g: () => this.use("grow"), c: () => this.aboveOnly() } : {}),
      a: () => { const one = this.meant(); if (one) this.accept(one); },
      r: () => { const one = this.meant(); if (one) this.startRejecting(one); },
    };
    const rejecting = this.rejecting && REASONS[Number(key) - 1] ? { [key]: () => this.reject(this.rejecting, REASONS[Number(key) - 1]) } : {};
    const keys = {
      ArrowUp: () => this.step(-1), ArrowDown: () => this.step(1), v: () => this.activate((this.active + 1) % this.views.length),
      o: flip("outlines"), q: flip("borders"), j: flip("zoom"), t: () => { byId("t1").checked = !byId("t1").checked; this.showT1(); }, n: () => this.next(),
      "+": () => this.view.zoomBy(NEARER), "=": () => this.view.zoomBy(NEARER), "-": () => this.view.zoomBy(1 / NEARER),
      ",": () => this.nudgeWindow(1, -NUDGE), ".": () => this.nudgeWindow(1, NUDGE), w: () => this.setWindow(() => this.windows.reset(this.scale)),
      ...Object.fromEntries(["<", ";"].map((one) => [one, () => this.nudgeWindow(NARROWER, 0)])),
      ...Object.fromEntries([">", ":"].map((one) => [one, () => this.nudgeWindow(1 / NARROWER, 0)])),
      0: () => { Object.assign(this.look, atFirst()); this.redrawAll(); }, Escape: () => { showHelp(false); this.rejecting = null; this.use("look"); },
      ...(this.me.ask.includes("sparcc") && !this.told.signed ? { s: () => this.use("score") } : {}), ...drawing, ...rejecting,
    };
    const act = keys[key];
    if (act) {
      event.preventDefault();
      act();
    }
  }
}

/**
 * The key that is meant, also with Caps Lock, and with the right Alt of keyboards that need it for brackets;
 * Ctrl or Command with z and y as everywhere, and none for what belongs to the browser.
 */
function keyOf(event) {
  const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.getModifierState("AltGraph")) return letter;
  if (event.altKey) return null;
  if (!event.ctrlKey && !event.metaKey) return letter;
  if (letter === "z") return event.shiftKey ? "y" : "z";
  return letter === "y" ? "y" : null;
}

/** Whether somebody types there, or chooses by letters: keys mean something else then. */
function isTyped(element) {
  if (element.tagName === "INPUT") return !["range", "checkbox"].includes(element.type);
  return ["TEXTAREA", "SELECT"].includes(element.tagName);
}

/** Keys lie over the page: pictures do not shrink for them. */
function showHelp(shown) {
  byId("help").hidden = !shown;
  byId("keys").setAttribute("aria-expanded", String(shown));
}

async function begin() {
  try {
    const room = new Room(await whoReads());
    window.room = room;
    document.addEventListener("keydown", (event) => room.key(event));
    document.addEventListener("pointerdown", (event) => room.press(event.target), true);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => room.release(), true);
    window.addEventListener("beforeunload", (event) => { if (room.acts && !room.acts.isEmpty) event.preventDefault(); });
    byId("keys").addEventListener("click", () => showHelp(byId("help").hidden));
    document.addEventListener("pointerdown", (event) => { if (!event.target.closest("#help, #keys")) showHelp(false); });
    byId("before").addEventListener("click", () => room.step(-1));
    byId("after").addEventListener("click", () => room.step(1));
    byId("slice").addEventListener("input", (event) => room.goTo(Number(event.target.value)));
    for (const id of ["brightness", "contrast"]) byId(id).addEventListener("input", (event) => room.setWindow(() => room.windows.slide(room.scale, { [id]: Number(event.target.value) })));
    byId("window").addEventListener("click", () => room.setWindow(() => room.windows.reset(room.scale)));
    byId("alert").addEventListener("click", () => room.alert());
    byId("t1").addEventListener("change", () => room.showT1());
    for (const id of ["outlines", "borders", "zoom"]) byId(id).addEventListener("change", () => room.draw());
    const first = room.me.cases.find((one) => one.state !== "signed") || room.me.cases[0];
    if (first) await room.open(first.code);
    else room.alert("There is no case for you to read now.");
  } catch (error) {
    document.getElementById("alert").hidden = false;
    document.getElementById("alert").textContent = error.message;
  }
}

begin();
