// One picture: a channel of a visit on one slice, with what is drawn on it.

import { contour, polylines, voxelEdges } from "./outline.js";
import { blackened, greyImage, paintSlice, pixelOn, placeOn, strokeOver, written } from "./raster.js";
import { acquiredSlice, cutLabels, cutSlice, lettersOf, multiply } from "./space.js";

export const COLOURS = {
  lesion: "#f0b000",
  hot: "#ffffff",
  quadrant: "#8fd3ff",
  joint: "#ffffff",
  change: "#ffffff",
  cross: "#7CFC9A",
  ruler: "#7CFC9A",
};
const BAR_MM = [100, 50, 20, 10, 5, 2, 1];

/** Make an element with properties and children. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export class Pane {
  constructor(viewer, visit, channel) {
    Object.assign(this, { viewer, visit, channel });
    this.canvas = element("canvas", { class: "v-canvas", role: "img" });
    this.letters = ["left", "right", "top", "bottom"].map((side) => element("span", { class: `v-letter v-${side}` }));
    this.caption = element("figcaption", { class: "v-caption" });
    this.box = element("div", { class: "v-picture" }, this.canvas, ...this.letters);
    this.figure = element("figure", { class: "v-pane" }, this.caption, this.box);
    this.raster = document.createElement("canvas");
  }

  get scan() {
    return this.visit[this.channel];
  }

  /** CSS pixels of the picture. */
  get size() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }

  /** How (row, column) of the slice become CSS pixels. */
  get view() {
    const frame = this.viewer.frameOf(this.visit);
    const { width, height } = this.size;
    const scale = this.viewer.state.pxPerMm;
    const [sy, sx] = [frame.spacing[1] * scale, frame.spacing[2] * scale];
    return { frame, sx, sy, x: width / 2 - frame.centre[2] * sx, y: height / 2 - frame.centre[1] * sy };
  }

  /** Place on the slice, in fractions of its (slice, row, column), under a point of the picture. */
  placeAt(x, y) {
    const view = this.view;
    return [view.frame.k, ...placeOn(view, x, y)];
  }

  /** CSS pixel of a place on the slice. */
  pixelOf([, row, column]) {
    return pixelOn(this.view, row, column);
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = this.size;
    const context = blackened(this.canvas, width, height, ratio);
    const view = this.view;
    const { options } = this.viewer.state;
    this._drawGrey(context, view, ratio);
    this.stroke = (path, colour, line, dash = []) => strokeOver(context, path, view, ratio, colour, line, dash);
    if (options.probability) this._drawTint(context, view, ratio, "probability", heatColour);
    for (const layer of this.viewer.layersOf(this.visit)) this._drawLayer(context, view, ratio, layer);
    if (options.quadrants) this._drawRegions(view);
    if (options.outlines) this._drawLesions(context, view, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this._drawRulers(context);
    this._drawCross(context);
    drawBar(context, width, height, this.viewer.state.pxPerMm);
    this._label(view.frame);
  }

  /** Grey levels of the slice after windowing, 0 to 255, one per pixel of the raster. */
  greyOf(frame) {
    const { values, rows, columns } = this._values(frame);
    const { low, high } = this.viewer.state.windows[this.channel];
    const scan = this.scan;
    const [a, b] = [(scan.step / scan.unit) * (255 / (high - low)), (scan.low / scan.unit - low) * (255 / (high - low))];
    const grey = new Uint8ClampedArray(rows * columns);
    for (let i = 0; i < grey.length; i += 1) grey[i] = a * values[i] + b;
    return { grey, rows, columns };
  }

  _values(frame) {
    const [, rows, columns] = frame.shape;
    const key = `${this.channel}`;
    return frame.cached(key, () => {
      if (this.channel === "fluid" || this.visit.t1IsOnGrid) {
        const values = this.scan.values;
        const exact = frame.isAcquired;
        const cut = exact
          ? acquiredSlice(values, frame.shape, frame.k)
          : cutSlice(values, this.visit.grid.shape, frame.indexFromRaster, frame.k, rows, columns);
        return { values: cut, rows, columns };
      }
      const fine = Math.min(3, Math.max(1, Math.round(frame.spacing[2] / this.scan.grid.spacing[2])));
      const shift = 0.5 / fine - 0.5;
      const rasterFromFine = [[1, 0, 0, 0], [0, 1 / fine, 0, shift], [0, 0, 1 / fine, shift], [0, 0, 0, 1]];
      const t1FromVisit = multiply(this.scan.grid.indexFromLps, this.visit.grid.lpsFromIndex);
      const from = multiply(t1FromVisit, multiply(frame.indexFromRaster, rasterFromFine));
      const [r, c] = [rows * fine, columns * fine];
      return { values: cutSlice(this.scan.values, this.scan.grid.shape, from, frame.k, r, c), rows: r, columns: c };
    });
  }

  _drawGrey(context, view, ratio) {
    const { grey, rows, columns } = this.greyOf(view.frame);
    this._paint(context, view, ratio, greyImage(grey, rows, columns), this.viewer.state.options.smooth);
  }

  _paint(context, view, ratio, image, smooth) {
    const [, rows, columns] = view.frame.shape;
    paintSlice(context, this.raster, image, view, { rows, columns, ratio, smooth });
  }

  _drawTint(context, view, ratio, name, colourOf) {
    const labels = this._labels(view.frame, name);
    if (labels) this._paint(context, view, ratio, tinted(labels, view.frame.shape, colourOf), false);
  }

  /** Labels of a map on this slice; null where the visit has no such map. */
  _labels(frame, name, values = this.visit.maps[name]) {
    if (!values) return null;
    const [, rows, columns] = frame.shape;
    return frame.cached(`map ${name}`, () =>
      frame.isAcquired
        ? acquiredSlice(values, frame.shape, frame.k)
        : cutLabels(values, this.visit.grid.shape, frame.indexFromRaster, frame.k, rows, columns),
    );
  }

  _drawLayer(context, view, ratio, layer) {
    const labels = this._labels(view.frame, `layer ${layer.name}`, layer.values);
    const [, rows, columns] = view.frame.shape;
    if (layer.fill) {
      this._paint(context, view, ratio, tinted(labels, view.frame.shape, (v) => layerColour(layer, v)), false);
    }
    if (layer.line) {
      for (const [label, colour] of Object.entries(layer.colours)) {
        this.stroke(voxelEdges(labels, rows, columns, Number(label)), colour, 1.6);
      }
    }
  }

  _drawRegions(view) {
    const labels = this._labels(view.frame, "quadrants");
    const [, rows, columns] = view.frame.shape;
    if (labels) {
      this.stroke(view.frame.cached("path quadrants", () => voxelEdges(labels, rows, columns)), COLOURS.quadrant, 1.3, [2, 3]);
    }
    const joint = this.viewer.jointOf(this.visit, view.frame);
    if (joint) this.stroke(polylines(joint), COLOURS.joint, 1.2, [8, 4]);
  }

  _drawLesions(context, view, ratio) {
    const { frame } = view;
    const [, rows, columns] = frame.shape;
    const labels = this._labels(frame, "lesions");
    if (!labels) return;
    if (this.viewer.state.options.shares && this.visit.maps.share) {
      this._drawTint(context, view, ratio, "share", (v) => [240, 176, 0, 30 + v]);
      const share = this._labels(frame, "share");
      const credited = frame.cached("path share", () => voxelEdges(share.map((v) => (v ? 1 : 0)), rows, columns, 1));
      this.stroke(credited, COLOURS.lesion, 1, [2, 3]);
    }
    const outline = frame.cached("path lesions", () => this._lesionPath(frame, labels, null));
    this.stroke(outline, COLOURS.lesion, 1.6);
    const { hot } = this.viewer.state;
    if (hot && hot.visit === this.visit) {
      const map = hot.isDropped ? this._labels(frame, "dropped") : labels;
      if (map) this.stroke(this._lesionPath(frame, map, hot.label), COLOURS.hot, 2.4);
    }
    if (!frame.isAcquired && this.viewer.state.options.changes) {
      for (const circle of this.viewer.circlesOn(frame.k)) {
        const path = new Path2D();
        path.arc(circle.x, circle.y, circle.radius, 0, 2 * Math.PI);
        this.stroke(path, COLOURS.change, 1.6, [1, 5]);
      }
    }
  }

  /** As acquired along the voxels that count; between slices along half of them. */
  _lesionPath(frame, labels, label) {
    const [, rows, columns] = frame.shape;
    if (frame.isAcquired) return voxelEdges(labels, rows, columns, label);
    if (label !== null) return contour(Float32Array.from(labels, (v) => (v === label ? 1 : 0)), rows, columns);
    const inside = this.viewer.insideOf(this.visit);
    const share = cutSlice(inside, this.visit.grid.shape, frame.indexFromRaster, frame.k, rows, columns);
    return contour(share, rows, columns);
  }

  _drawRulers(context) {
    for (const ruler of this.viewer.rulersOn(this.visit)) {
      const [a, b] = ruler.ends.map((end) => this.pixelOf(end));
      context.strokeStyle = COLOURS.ruler;
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(...a);
      context.lineTo(...b);
      context.stroke();
      written(context, `${ruler.mm.toFixed(1)} mm`, b[0] + 6, b[1] - 6, COLOURS.ruler);
    }
  }

  _drawCross(context) {
    const place = this.viewer.crossOn(this.visit);
    if (!place) return;
    const [x, y] = this.pixelOf(place);
    const { width, height } = this.size;
    context.strokeStyle = COLOURS.cross;
    context.lineWidth = 1;
    context.beginPath();
    const gap = 7;
    for (const [x0, y0, x1, y1] of [[0, y, x - gap, y], [x + gap, y, width, y], [x, 0, x, y - gap], [x, y + gap, x, height]]) {
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
    }
    context.globalAlpha = 0.7;
    context.stroke();
    context.globalAlpha = 1;
  }

  _label(frame) {
    const column = (j) => [0, 1, 2].map((i) => frame.lpsFromRaster[i][j]);
    const unit = (v) => v.map((x) => x / Math.hypot(...v));
    const [down, across] = [unit(column(1)), unit(column(2))];
    const ends = [across.map((v) => -v), across, down.map((v) => -v), down];
    this.letters.forEach((letter, i) => { letter.textContent = lettersOf(ends[i]); });
    const words = this.viewer.captionOf(this.visit, this.channel, frame);
    if (this.caption.textContent !== words.join("")) {
      this.caption.replaceChildren(element("b", {}, words[0]), element("span", {}, words[1]));
      this.canvas.setAttribute("aria-label", words.join(""));
    }
  }
}

function tinted(labels, [, rows, columns], colourOf) {
  const image = new ImageData(columns, rows);
  for (let i = 0; i < labels.length; i += 1) {
    if (!labels[i]) continue;
    const [r, g, b, a] = colourOf(labels[i]);
    image.data.set([r, g, b, a], 4 * i);
  }
  return image;
}

const layerColour = (layer, value) => {
  const colour = layer.colours[value];
  if (!colour) return [0, 0, 0, 0];
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  return [r, g, b, 255 * layer.fill];
};

/** From nothing over red to yellow, for 0 to 100 per cent. */
const heatColour = (value) => {
  const p = Math.min(value / 100, 1);
  return [Math.min(255, 90 + 330 * p), Math.max(0, 320 * (p - 0.35)), 40 * (1 - p), 170 * p];
};

function drawBar(context, width, height, pxPerMm) {
  const mm = BAR_MM.find((length) => length * pxPerMm < width / 3) || 1;
  const [x, y, long] = [width - 14 - mm * pxPerMm, height - 14, mm * pxPerMm];
  context.fillStyle = "rgba(0,0,0,.6)";
  context.fillRect(x - 1, y - 1, long + 2, 5);
  context.fillStyle = "#fff";
  context.fillRect(x, y, long, 3);
  context.textAlign = "right";
  written(context, `${mm} mm`, width - 14, y - 7);
  context.textAlign = "left";
}
