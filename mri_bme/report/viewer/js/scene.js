// What there is to see: visits with their volumes and maps, unpacked when they are first shown.

import { unpackGrey, unpackMap } from "./codec.js";
import { IDENTITY, apply, invert, sameGrid, spacingOf } from "./space.js";

const grid = (told) => ({
  shape: told.shape,
  lpsFromIndex: told.lps_from_index,
  indexFromLps: invert(told.lps_from_index),
  spacing: spacingOf(told.lps_from_index),
});

/** Grey values on a grid: intensity = low + step * value, in units of `unit`. */
class Channel {
  constructor(told, bytes, itsGrid) {
    Object.assign(this, { told, bytes, grid: itsGrid, low: told.low, step: told.step, words: told.words });
    this.unit = told.unit || told.top;
    this.inMarrow = Boolean(told.unit);
  }

  async open() {
    this.opening ??= unpackGrey(this.told.packed, this.bytes);
    this.values = await this.opening;
    return this;
  }

  /** Value of a display byte in units of marrow. */
  relative(value) {
    return (this.low + this.step * value) / this.unit;
  }

  /** Brightest that can be shown, in units of marrow. */
  get top() {
    return this.relative(255);
  }
}

/** One visit: its grid, its channels (`fluid`, `t1`) and maps by name on the acquired grid. */
class SceneVisit {
  constructor(told, bytes) {
    Object.assign(this, told);
    this.told = told;
    this.bytes = bytes;
    this.grid = grid(told.grid);
    this.fluid = new Channel(told.fluid, bytes, this.grid);
    this.t1 = told.t1 ? new Channel(told.t1, bytes, grid(told.t1.grid)) : null;
    this.t1IsOnGrid = this.t1 !== null && sameGrid(this.grid, this.t1.grid);
    this.maps = {};
    this.visitFromDisplay = told.visit_from_display || IDENTITY;
    this.displayFromVisit = invert(this.visitFromDisplay);
  }

  async open() {
    await this.fluid.open();
    const shape = this.grid.shape;
    const packed = Object.entries(this.told.maps || {});
    const first = packed.filter(([, map]) => !map.within);
    const rest = packed.filter(([, map]) => map.within);
    for (const [name, map] of [...first, ...rest]) {
      this.maps[name] = await unpackMap(map, shape, this.bytes, this.maps[map.within], this.fluid.values);
    }
    return this;
  }

  /** Acquired (slice, row, column) of a point of the display, not rounded. */
  indexOf(displayPoint) {
    return apply(this.grid.indexFromLps, apply(this.visitFromDisplay, displayPoint));
  }

  /** Point of the display at an acquired (slice, row, column). */
  pointOf(index) {
    return apply(this.displayFromVisit, apply(this.grid.lpsFromIndex, index));
  }

  /** Place of a voxel in the arrays; -1 outside the grid. */
  at(voxel) {
    const inside = voxel.every((i, axis) => i >= 0 && i < this.grid.shape[axis]);
    return inside ? (voxel[0] * this.grid.shape[1] + voxel[1]) * this.grid.shape[2] + voxel[2] : -1;
  }
}

/** Open what Python told of a subject (`mri_bme.report.viewer.scene`) and the bytes beside it. */
export async function openScene(told, bytes) {
  const visits = told.visits.map((visit) => new SceneVisit(visit, bytes));
  await Promise.all(visits.map((visit) => visit.open()));
  return {
    visits,
    display: told.display ? { ...told.display, grid: grid(told.display.grid) } : null,
    isRegistered: Boolean(told.is_registered),
    start: told.start,
    words: told.words,
  };
}
