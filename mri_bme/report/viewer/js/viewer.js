// The viewer: what is looked at, from where, and how. Panes draw it, `input.js` drives it.

import { explainVoxel, voxelFacts } from "./explain.js";
import { bindInput } from "./input.js";
import { Pane, element } from "./pane.js";
import { Toolbar } from "./toolbar.js";
import { IDENTITY, apply, multiply, spacingOf } from "./space.js";

export const PRESETS = { marrow: [0, 3], wide: [0, null], scanner: null };
const ZOOM = { least: 0.2, most: 40 };
const BLINK_MS = 700;
const KEPT_FRAMES = 60;

export class Viewer {
  /**
   * Show a scene in an element. `options.onPointer(event)` may take a gesture by returning true;
   * `options.onVoxel`, `onSlice`, `onLesion` and `onDraw` are told of what happened.
   */
  constructor(root, scene, options = {}) {
    Object.assign(this, { root, scene, hooks: options, layers: [], rulers: [], frames: new Map() });
    this.visits = scene.visits;
    this.state = {
      mode: scene.display ? "registered" : "acquired",
      point: null,
      pxPerMm: 1,
      fitted: true,
      cross: null,
      active: this.visits[scene.start.visit || 0],
      shows: "fluid",
      blink: false,
      second: false,
      hot: null,
      tool: "window",
      windows: { fluid: { low: 0, high: 3 }, t1: { low: 0, high: 1 } },
      options: { outlines: true, quadrants: true, shares: false, probability: false, changes: true, smooth: true },
    };
    this._presetT1();
    this.preset("marrow");
    root.classList.add("viewer");
    root.tabIndex = 0;
    root.replaceChildren();
    this.toolbar = new Toolbar(this);
    this.grid = element("div", { class: "v-panes" });
    this.readout = element("div", { class: "v-readout" });
    root.append(this.toolbar.element, this.grid, this.readout);
    this.layOut();
    this.reset();
    bindInput(this);
    this.observer = new ResizeObserver(() => (this.state.fitted ? this.fit() : this.refresh()));
    this.observer.observe(this.grid);
    if (this.visits.length === 1 && this.hasT1) this.setShows("both");
  }

  // What is shown

  /** Slice of a visit as it is shown now: its grid, number, and what of it was cut already. */
  frameOf(visit) {
    const { mode, point } = this.state;
    const isAcquired = mode === "acquired";
    const grid = isAcquired ? visit.grid : this.scene.display.grid;
    const centre = isAcquired ? visit.indexOf(point) : apply(grid.indexFromLps, point);
    const k = clamp(Math.round(centre[0]), 0, grid.shape[0] - 1);
    const key = `${mode} ${this.visits.indexOf(visit)} ${k}`;
    let frame = this.frames.get(key);
    if (!frame) {
      frame = newFrame(visit, grid, k, isAcquired);
      this.frames.set(key, frame);
      if (this.frames.size > KEPT_FRAMES) this.frames.delete(this.frames.keys().next().value);
    }
    frame.centre = centre;
    return frame;
  }

  /** Number of slices that one can step through, and which one is shown. */
  get slices() {
    const frame = this.frameOf(this.state.active);
    return { k: frame.k, n: frame.shape[0] };
  }

  /** Acquired slice of a visit that is nearest to what is shown. */
  acquiredSlice(visit) {
    const centre = this.state.mode === "acquired" ? this.state.point : this._onSlice(this.frameOf(visit));
    return clamp(Math.round(visit.indexOf(centre)[0]), 0, visit.grid.shape[0] - 1);
  }

  /** Point of the display in the middle of the picture, on the very slice. */
  _onSlice(frame) {
    return apply(frame.lpsFromRaster, [frame.k, frame.centre[1], frame.centre[2]]);
  }

  captionOf(visit, channel, frame) {
    const k = this.acquiredSlice(visit);
    const n = visit.grid.shape[0];
    const scan = visit[channel];
    const isOwn = channel === "fluid" || visit.t1IsOnGrid;
    const images = channel === "fluid" ? visit.images : scan.told.images;
    const number = images && isOwn ? `, image ${images[k]}` : "";
    const mark = visit.marks?.[k] ? ` · ${visit.marks[k]}` : "";
    const slice = `slice ${k + 1} of ${n} acquired${number}${mark}`;
    const between = frame.isAcquired || !this.scene.isRegistered ? "" : "nearest: ";
    const resampled = isOwn && !scan.told.is_laid ? "" : ", laid on these slices";
    const day = visit.day === null || visit.day === undefined ? "" : `, day ${visit.day}`;
    return [`${visit.name}${day}`, ` ${scan.words}${resampled} · ${between}${slice}`];
  }

  jointOf(visit, frame) {
    const lines = visit.joints?.[this.state.mode === "acquired" ? frame.k : this.acquiredSlice(visit)];
    if (!lines || frame.isAcquired) return lines || null;
    const k = this.acquiredSlice(visit);
    const rasterFromVisit = multiply(this.scene.display.grid.indexFromLps, multiply(visit.displayFromVisit, visit.grid.lpsFromIndex));
    return lines.map((line) => line.map(([x, y]) => {
      const [, row, column] = apply(rasterFromVisit, [k, y, x]);
      return [column, row];
    }));
  }

  circlesOn(k) {
    return this.scene.display?.circles?.[k] || [];
  }

  /** Ones where a visit's lesions are, for outlines between its slices. */
  insideOf(visit) {
    visit.inside ??= visit.maps.lesions.map((v) => (v ? 1 : 0));
    return visit.inside;
  }

  // Where one looks

  /** Go to a slice: of the display, or of the active visit when slices are as acquired. */
  goTo(k) {
    const { active, mode } = this.state;
    const { n } = this.slices;
    const to = clamp(k, 0, n - 1);
    const [from, back] = mode === "acquired"
      ? [(p) => active.indexOf(p), (i) => active.pointOf(i)]
      : [(p) => apply(this.scene.display.grid.indexFromLps, p), (i) => apply(this.scene.display.grid.lpsFromIndex, i)];
    const place = from(this.state.point);
    this.state.point = back([to, place[1], place[2]]);
    this.refresh();
    this._tell("onSlice", { k: to, n });
  }

  step(by) {
    this.goTo(this.slices.k + by);
  }

  /** Bring a voxel of a visit into the middle, on its slice. */
  show(visit, voxel, { mark = true } = {}) {
    this.state.active = visit;
    this.state.point = visit.pointOf(voxel);
    this.goTo(this.slices.k);
    if (mark) this.pick(visit, voxel);
    this.refresh();
  }

  /** Go to an acquired slice of a visit; where on the slice one looks stays the same. */
  showSlice(visit, k) {
    const [, row, column] = visit.indexOf(this.state.point);
    this.show(visit, [k, row, column], { mark: false });
  }

  /** Mark a lesion (or a candidate that was left out) and go to its middle. */
  showLesion(visit, label, { isDropped = false } = {}) {
    const known = (isDropped ? visit.dropped : visit.lesions).find((one) => one.label === label);
    this.state.hot = { visit, label, isDropped };
    if (known) this.show(visit, known.voxel);
    this.refresh();
  }

  /** Put the cross-hair on a voxel of a visit, and say why it counts or not. */
  pick(visit, voxel) {
    const rounded = voxel.map(Math.round);
    this.state.active = visit;
    this.state.cross = visit.pointOf(voxel);
    this.refresh();
    this._tell("onVoxel", { visit, voxel: rounded, facts: voxelFacts(visit, rounded) });
  }

  clearCross() {
    Object.assign(this.state, { cross: null, hot: null });
    this.rulers.length = 0;
    this.refresh();
  }

  /** Slice position of the cross-hair on a visit; null when it is on another slice. */
  crossOn(visit) {
    return this.state.cross && this._placeOn(visit, this.state.cross);
  }

  _placeOn(visit, point) {
    const frame = this.frameOf(visit);
    const place = frame.isAcquired ? visit.indexOf(point) : apply(this.scene.display.grid.indexFromLps, point);
    const thick = this.visits.length > 1 ? 0.75 : 0.51;
    return Math.abs(place[0] - frame.k) <= thick ? place : null;
  }

  pan(dx, dy) {
    const frame = this.frameOf(this.state.active);
    const { pxPerMm } = this.state;
    const to = [frame.k, frame.centre[1] - dy / pxPerMm / frame.spacing[1], frame.centre[2] - dx / pxPerMm / frame.spacing[2]];
    this.state.point = apply(frame.lpsFromRaster, to);
    this.state.fitted = false;
    this.refresh();
  }

  /** Zoom by a factor; what lies under (x, y) of a pane stays where it is. */
  zoom(factor, pane = null, x = 0, y = 0) {
    const to = clamp(this.state.pxPerMm * factor, ZOOM.least, ZOOM.most);
    const ratio = to / this.state.pxPerMm;
    if (pane) {
      const { width, height } = pane.size;
      this.state.active = pane.visit;
      const [dx, dy] = [x - width / 2, y - height / 2];
      this.pan(dx / ratio - dx, dy / ratio - dy);
    }
    this.state.pxPerMm = to;
    this.state.fitted = false;
    this.refresh();
  }

  /** Show the whole of the joints again. */
  fit() {
    const { start } = this.scene;
    const { width, height } = this.panes[0].size;
    if (!width) return;
    this.state.pxPerMm = clamp(Math.min(width / start.width_mm, height / start.height_mm), ZOOM.least, ZOOM.most);
    this.state.fitted = true;
    this.refresh();
  }

  reset() {
    this.state.point = [...this.scene.start.point];
    this.goTo(this.slices.k);
    this.fit();
  }

  // How it is shown

  /** Window in multiples of marrow (of the brightest, where no marrow is known). */
  setWindow(low, high, channel = this.channel) {
    const span = Math.max(high - low, 0.02);
    this.state.windows[channel] = { low, high: low + span };
    this.refresh();
  }

  get channel() {
    return this.state.shows === "t1" ? "t1" : "fluid";
  }

  preset(name) {
    const channel = this.channel;
    const scans = this.visits.map((visit) => visit[channel]).filter(Boolean);
    const { inMarrow, unit, told } = scans[0];
    if (name === "scanner") {
      if (told.scanner) this.setWindow(told.scanner[0] / unit, told.scanner[1] / unit, channel);
    } else if (name === "wide" || channel === "t1" || !inMarrow) {
      const top = Math.max(...scans.map((scan) => scan.top));
      this.setWindow(0, name === "wide" ? top : told.usual ? told.usual / unit : top, channel);
    } else this.setWindow(...PRESETS[name], channel);
  }

  hasScannerWindow() {
    return Boolean(this.visits[0][this.channel]?.told.scanner);
  }

  _presetT1() {
    const scan = this.visits.map((visit) => visit.t1).find(Boolean);
    if (scan) this.state.windows.t1 = { low: 0, high: (scan.told.usual || scan.told.top) / scan.unit };
  }

  get hasT1() {
    return this.visits.some((visit) => visit.t1);
  }

  async setShows(shows) {
    if (shows !== "fluid") {
      await Promise.all(this.visits.map((visit) => visit.t1?.open()));
    }
    this.state.shows = this.hasT1 ? shows : "fluid";
    this.layOut();
  }

  setMode(mode) {
    if (!this.scene.display) return;
    this.state.mode = mode;
    this.goTo(this.slices.k);
    this.refresh();
  }

  setBlink(on) {
    clearInterval(this.timer);
    this.state.blink = on && this.visits.length > 1;
    this.state.second = false;
    if (this.state.blink) this.timer = setInterval(() => { this.state.second = !this.state.second; this._showBlink(); }, BLINK_MS);
    this.layOut();
  }

  _showBlink() {
    this.panes.forEach((pane) => {
      const isSecond = this.visits.indexOf(pane.visit) === 1;
      pane.figure.classList.toggle("v-under", this.state.blink && isSecond !== this.state.second);
    });
    this.refresh();
  }

  toggle(option) {
    this.state.options[option] = !this.state.options[option];
    this.refresh();
  }

  layOut() {
    const channels = { fluid: ["fluid"], t1: ["t1"], both: ["fluid", "t1"] }[this.state.shows];
    this.panes = channels.flatMap((channel) =>
      this.visits.filter((visit) => visit[channel]).map((visit) => new Pane(this, visit, channel)));
    if (!this.panes.length) this.panes = this.visits.map((visit) => new Pane(this, visit, "fluid"));
    this.grid.replaceChildren(...this.panes.map((pane) => pane.figure));
    const alone = this.visits.length === 1;
    this.grid.dataset.panes = String(alone ? this.panes.length : this.state.blink ? 1 : this.visits.length);
    this.grid.dataset.rows = String(alone ? 1 : channels.length);
    this.grid.classList.toggle("v-blinking", this.state.blink);
    this._showBlink();
    if (this.state.point && this.state.fitted) this.fit();
  }

  // What others lay on top

  /**
   * Lay labels over a visit: one byte per voxel of its acquired grid. Give null to take them off.
   *
   * `colours` maps labels to `#rrggbb`, `fill` is the opacity of the inside (0 for none), `line`
   * whether edges are drawn.
   */
  setLayer(visit, name, values, { colours = { 1: "#00c8ff" }, fill = 0.3, line = true } = {}) {
    this.layers = this.layers.filter((layer) => layer.visit !== visit || layer.name !== name);
    if (values) this.layers.push({ visit, name, values, colours, fill, line });
    this.layerChanged(visit, name);
  }

  /** Draw again after the bytes of a layer were changed in place. */
  layerChanged(visit, name) {
    for (const frame of this.frames.values()) if (frame.visit === visit) frame.forget(`map layer ${name}`);
    this.refresh();
  }

  /** Replace one of a visit's maps (`lesions`, `share`, `quadrants`, ...), of whole slices. */
  setMap(visit, name, values) {
    visit.maps[name] = values;
    delete visit.inside;
    for (const frame of this.frames.values()) if (frame.visit === visit) frame.forget();
    this.refresh();
  }

  layersOf(visit) {
    return this.layers.filter((layer) => layer.visit === visit);
  }

  // Distances

  addRuler(visit, from, to) {
    const ruler = { visit, points: [visit.pointOf(from), visit.pointOf(to)] };
    ruler.mm = Math.hypot(...ruler.points[0].map((v, i) => v - ruler.points[1][i]));
    this.rulers.push(ruler);
    this.refresh();
    return ruler;
  }

  rulersOn(visit) {
    return this.rulers
      .map((ruler) => ({ mm: ruler.mm, ends: ruler.points.map((point) => this._placeOn(visit, point)) }))
      .filter(({ ends }) => ends.every(Boolean));
  }

  // Pictures and words

  /** Exact (slice, row, column) of a visit under a place of a pane. */
  voxelAt(pane, x, y) {
    const place = pane.placeAt(x, y);
    return apply(this.frameOf(pane.visit).indexFromRaster, place);
  }

  /** The lesion whose voxels lie there; null where there is none. */
  lesionAt(visit, voxel) {
    const at = visit.at(voxel.map(Math.round));
    const label = at < 0 || !visit.maps.lesions ? 0 : visit.maps.lesions[at];
    return label ? { visit, label } : null;
  }

  refresh() {
    if (this.waiting || !this.panes || !this.state.point) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.drawNow();
    });
  }

  drawNow() {
    for (const pane of this.panes) if (pane.canvas.clientWidth) pane.draw();
    this.toolbar.update();
    this._readOut();
    this._tell("onDraw", {});
  }

  _readOut() {
    const { cross } = this.state;
    if (!cross) {
      this.readout.textContent = this.scene.words.hint || "";
      return;
    }
    this.readout.replaceChildren(...this.visits.map((visit) => {
      const voxel = visit.indexOf(cross).map(Math.round);
      const facts = voxelFacts(visit, voxel);
      return element("p", {}, element("b", {}, `${visit.name}: `), facts ? this._factWords(visit, facts) : "not scanned there.");
    }));
  }

  _factWords(visit, facts) {
    const unit = visit.fluid.inMarrow ? "× marrow" : "of the brightest";
    const t1 = facts.t1 === null ? "" : ` · T1W ${facts.t1.toFixed(2)} ${visit.t1.inMarrow ? "× marrow" : "of the brightest"}`;
    const at = `slice ${facts.voxel[0] + 1}, row ${facts.voxel[1] + 1}, column ${facts.voxel[2] + 1}`;
    const why = visit.maps.quadrants ? ` · ${explainVoxel(visit, facts, this.scene.words)}` : "";
    return `${facts.value.toFixed(2)} ${unit}${t1} (${at})${why}`;
  }

  _tell(hook, event) {
    this.hooks[hook]?.(event);
  }
}

const clamp = (v, low, high) => Math.max(low, Math.min(high, v));

function newFrame(visit, grid, k, isAcquired) {
  const kept = new Map();
  return {
    visit,
    k,
    isAcquired,
    shape: grid.shape,
    spacing: spacingOf(grid.lpsFromIndex),
    lpsFromRaster: isAcquired ? multiply(visit.displayFromVisit, grid.lpsFromIndex) : grid.lpsFromIndex,
    indexFromRaster: isAcquired
      ? IDENTITY
      : multiply(visit.grid.indexFromLps, multiply(visit.visitFromDisplay, grid.lpsFromIndex)),
    cached(name, make) {
      if (!kept.has(name)) kept.set(name, make());
      return kept.get(name);
    },
    forget(name) {
      if (name) kept.delete(name);
      else kept.clear();
    },
  };
}
