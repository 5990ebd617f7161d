// One visit on one canvas: a slice as it was acquired, with outlines that lie on its voxels.

import { edgesOf } from "./voxels.js";

const MINE = "#ffd24a";
const PROGRAM = "#58c7f3";
const DROPPED = "#c58cff";
const OTHERS = ["#7ee081", "#ff9d5c", "#f58bd0", "#9fb4ff"];

export class View {
  /** `visit` holds shape, spacing, values, mask and marrow; `on` is told of pointers in voxels. */
  constructor(visit, place, on) {
    Object.assign(this, { visit, place, on, slice: 0, white: visit.white, shows: { outlines: true } });
    this.figure = document.createElement("figure");
    this.caption = document.createElement("figcaption");
    this.caption.textContent = visit.name;
    const screen = document.createElement("div");
    screen.className = "screen";
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    screen.append(this.canvas);
    this.figure.append(this.caption, screen);
    this.raster = new OffscreenCanvas(visit.shape[2], visit.shape[1]);
    this.listen();
    new ResizeObserver(() => this.draw()).observe(screen);
  }

  listen() {
    let drawing = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      drawing = this.voxelAt(event);
      this.on.start(this, drawing);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      const now = this.voxelAt(event);
      if (drawing) this.on.move(this, drawing, now);
      if (drawing) drawing = now;
      this.pointer = now;
      this.draw();
    });
    const end = () => {
      if (drawing) this.on.end(this);
      drawing = null;
    };
    this.canvas.addEventListener("pointerup", end);
    this.canvas.addEventListener("pointercancel", end);
    this.canvas.addEventListener("pointerleave", () => {
      this.pointer = null;
      this.draw();
    });
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.on.wheel(this, Math.sign(event.deltaY));
    }, { passive: false });
  }

  /** How a slice lies on the canvas: mm per voxel become pixels, and all of a box is seen. */
  layout() {
    const [, rows, columns] = this.visit.shape;
    const [, row_mm, column_mm] = this.visit.spacing_mm;
    const box = this.shows.joints ? this.visit.box : { row: 0, column: 0, rows, columns };
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const scale = Math.min(width / (box.columns * column_mm), height / (box.rows * row_mm));
    const [across, down] = [scale * column_mm, scale * row_mm];
    return {
      across, down,
      left: (width - box.columns * across) / 2 - box.column * across,
      top: (height - box.rows * down) / 2 - box.row * down,
    };
  }

  /** Row and column (whole numbers) under a pointer, on the slice that is shown. */
  voxelAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const { across, down, left, top } = this.layout();
    return {
      slice: this.slice,
      row: Math.floor((event.clientY - box.top - top) / down),
      column: Math.floor((event.clientX - box.left - left) / across),
    };
  }

  /** Middle of a voxel on the page, for whoever wants to point there. */
  pointOf(row, column) {
    const box = this.canvas.getBoundingClientRect();
    const { across, down, left, top } = this.layout();
    return [box.left + left + (column + 0.5) * across, box.top + top + (row + 0.5) * down];
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    this.paintGrey();
    const { across, down, left, top } = this.layout();
    const [, rows, columns] = this.visit.shape;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(this.raster, left, top, columns * across, rows * down);
    const offset = this.slice * rows * columns;
    const stroke = (labels, colour, line, dash = []) => {
      const path = new Path2D();
      path.addPath(edgesOf(labels, offset, rows, columns), new DOMMatrix([across, 0, 0, down, left, top]));
      pen.strokeStyle = colour;
      pen.lineWidth = line;
      pen.setLineDash(dash);
      pen.stroke(path);
      pen.setLineDash([]);
    };
    if (this.shows.borders) stroke(this.visit.marrow, "#ffffff70", 1, [3, 3]);
    if (this.shows.outlines) {
      if (this.visit.dropped) stroke(this.visit.dropped, DROPPED, 1, [4, 3]);
      if (this.visit.found) stroke(this.visit.found, PROGRAM, 1);
      (this.visit.others || []).forEach((mask, n) => stroke(mask, OTHERS[n % OTHERS.length], 1.5));
      stroke(this.visit.mask, MINE, 2);
    }
    this.letters(pen, width, height);
    this.brush(pen, across, down, left, top);
  }

  paintGrey() {
    const [, rows, columns] = this.visit.shape;
    const pen = this.raster.getContext("2d");
    const image = pen.createImageData(columns, rows);
    const grey = image.data;
    const factor = 255 / Math.max(this.white, 1);
    const offset = this.slice * rows * columns;
    for (let i = 0, to = 0; i < rows * columns; i += 1, to += 4) {
      const value = Math.min(this.visit.values[offset + i] * factor, 255);
      grey[to] = value;
      grey[to + 1] = value;
      grey[to + 2] = value;
      grey[to + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
  }

  letters(pen, width, height) {
    const { up, down, left, right } = this.visit.letters;
    pen.fillStyle = "#ffffffc0";
    pen.font = "14px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.fillText(up, width / 2, 16);
    pen.fillText(down, width / 2, height - 6);
    pen.textAlign = "left";
    pen.fillText(left, 6, height / 2);
    pen.textAlign = "right";
    pen.fillText(right, width - 6, height / 2);
  }

  brush(pen, across, down, left, top) {
    if (!this.pointer || !this.radius_mm) return;
    const [, row_mm, column_mm] = this.visit.spacing_mm;
    pen.strokeStyle = "#ffffffa0";
    pen.lineWidth = 1;
    pen.beginPath();
    pen.ellipse(
      left + (this.pointer.column + 0.5) * across,
      top + (this.pointer.row + 0.5) * down,
      Math.max(this.radius_mm / column_mm, 0.5) * across,
      Math.max(this.radius_mm / row_mm, 0.5) * down,
      0, 0, 2 * Math.PI,
    );
    pen.stroke();
  }
}
