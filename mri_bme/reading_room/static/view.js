// One visit on one canvas: a slice as it was acquired, with outlines that lie on its voxels.

import { Gestures } from "./gestures.js";
import { BORDERS, NORMAL, layersOf } from "./layers.js";
import { voxelEdges } from "./outline.js";
import { blackened, greyImage, paintSlice, pixelOn, placeOn, strokeOver, written } from "./raster.js";

const MOST_ZOOM = 12;

/** Where all pictures look: how near, and how far beside the middle of the joints, mm. */
export const atFirst = () => ({ zoom: 1, down_mm: 0, right_mm: 0 });

export class View {
  /** `visit` holds shape, spacing, values, mask and marrow; `on` is told of pointers in voxels. */
  constructor(visit, place, on, contrast = "values") {
    const isT1 = contrast === "t1_values";
    Object.assign(this, { visit, place, on, contrast, slice: 0, shows: { outlines: true } });
    this.figure = document.createElement("figure");
    this.caption = document.createElement("figcaption");
    this.caption.textContent = isT1 ? `${visit.name}, T1W` : visit.name;
    const screen = document.createElement("div");
    screen.className = "screen";
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    screen.append(this.canvas);
    this.figure.append(this.caption, screen);
    this.raster = document.createElement("canvas");
    this.look = atFirst();
    this.listen();
    new ResizeObserver(() => this.draw()).observe(screen);
  }

  /** How the grey values of this scan were sent. */
  get scale() { return this.contrast === "t1_values" ? this.visit.t1_greys : this.visit.greys; }

  listen() {
    new Gestures(this);
    this.canvas.addEventListener("focus", () => this.on.focus(this));
    this.canvas.addEventListener("pointerleave", () => this.pointAt(null));
  }

  /** Show the brush there, or nowhere. */
  pointAt(voxel) {
    this.pointer = voxel;
    this.draw();
  }

  /** How a slice lies on the canvas: mm per voxel become pixels, and all of a box is seen. */
  layout() {
    const [, rows, columns] = this.visit.shape;
    const [, row_mm, column_mm] = this.visit.spacing_mm;
    const box = this.shows.joints ? this.visit.box : { row: 0, column: 0, rows, columns };
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const { zoom, down_mm, right_mm } = this.look;
    const scale = zoom * Math.min(width / (box.columns * column_mm), height / (box.rows * row_mm));
    const [sx, sy] = [scale * column_mm, scale * row_mm];
    return {
      sx, sy, scale,
      x: (width - box.columns * sx) / 2 - (box.column - 0.5) * sx - right_mm * scale,
      y: (height - box.rows * sy) / 2 - (box.row - 0.5) * sy - down_mm * scale,
    };
  }

  /** Look nearer or farther; what lies under the point of the page, or in the middle, stays there. */
  zoomBy(factor, point = null) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = point ? [point.x - box.left - box.width / 2, point.y - box.top - box.height / 2] : [0, 0];
    const before = this.layout().scale;
    const zoom = Math.min(Math.max(this.look.zoom * factor, 1), MOST_ZOOM);
    const after = (before * zoom) / this.look.zoom;
    if (zoom === 1) Object.assign(this.look, atFirst());
    else Object.assign(this.look, { zoom, right_mm: this.look.right_mm + x / before - x / after, down_mm: this.look.down_mm + y / before - y / after });
    this.on.looked();
  }

  /** Move the picture by pixels of the page. */
  pan(x, y) {
    const { scale } = this.layout();
    this.look.right_mm -= x / scale;
    this.look.down_mm -= y / scale;
    this.on.looked();
  }

  /** Row and column, in fractions, under a pointer. */
  spotAt(event) {
    const box = this.canvas.getBoundingClientRect();
    return placeOn(this.layout(), event.clientX - box.left, event.clientY - box.top);
  }

  /** Row and column (whole numbers) under a pointer, on the slice that is shown. */
  voxelAt(event) {
    const [row, column] = this.spotAt(event);
    return { slice: this.slice, row: Math.round(row), column: Math.round(column) };
  }

  /** Middle of a voxel on the page, for whoever wants to point there. */
  pointOf(row, column) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = pixelOn(this.layout(), row, column);
    return [box.left + x, box.top + y];
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const pen = blackened(this.canvas, width, height, ratio);
    const view = this.layout();
    const [, rows, columns] = this.visit.shape;
    const slice = (labels) => labels.subarray(this.slice * rows * columns, (this.slice + 1) * rows * columns);
    paintSlice(pen, this.raster, greyImage(this.grey(slice(this.visit[this.contrast])), rows, columns), view, { rows, columns, ratio, smooth: true });
    const line = (path, colour, width_px, dash = []) => strokeOver(pen, path, view, ratio, colour, width_px, dash);
    const stroke = (labels, ...how) => line(voxelEdges(slice(labels), rows, columns), ...how);
    if (this.shows.borders) stroke(this.visit.marrow, BORDERS, 1, [3, 3]);
    if (this.shows.normal && this.visit.normal) stroke(this.visit.normal, NORMAL, 1, [2, 2]);
    if (this.shows.outlines) {
      for (const { name, labels, colour, width: px, dash } of layersOf(this.visit, [])) {
        if (!this.shows.hidden?.has(name)) stroke(labels, colour, px, dash);
      }
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.on.over?.(this, pen, view, line);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.letters(pen, width, height);
    this.brush(pen, view);
  }

  grey(values) {
    const [black, white] = this.on.greys(this);
    const factor = 255 / (white - black);
    return Uint8ClampedArray.from(values, (value) => (value - black) * factor);
  }

  letters(pen, width, height) {
    const { up, down, left, right } = this.visit.letters;
    pen.textAlign = "center";
    written(pen, up, width / 2, 16);
    written(pen, down, width / 2, height - 6);
    pen.textAlign = "left";
    written(pen, left, 6, height / 2);
    pen.textAlign = "right";
    written(pen, right, width - 6, height / 2);
    pen.textAlign = "left";
    const [slices] = this.visit.shape;
    written(pen, `${this.slice + 1} / ${slices}`, 6, 16);
    written(pen, this.on.windowWords(this), 6, height - 6);
  }

  brush(pen, view) {
    if (!this.pointer || !this.radius_mm) return;
    const [, row_mm, column_mm] = this.visit.spacing_mm;
    pen.strokeStyle = "#ffffffa0";
    pen.lineWidth = 1;
    pen.beginPath();
    const [x, y] = pixelOn(view, this.pointer.row, this.pointer.column);
    const reach = (mm) => Math.max(this.radius_mm / mm, 0.5);
    pen.ellipse(x, y, reach(column_mm) * view.sx, reach(row_mm) * view.sy, 0, 0, 2 * Math.PI);
    pen.stroke();
  }
}
