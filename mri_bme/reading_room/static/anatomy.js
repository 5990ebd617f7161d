// Tools that move anatomy: joints and borders by their lines, marrow and normal marrow by painting.

import { polylines } from "./outline.js";
import { pixelOn } from "./raster.js";
import { brushed, runsOfPlaces } from "./voxels.js";

export const ANATOMY_TOOLS = { joint: "Joint and border", marrow: "Marrow", reference: "Normal marrow" };
const CATCH_PX = 11; // how near to a handle a pointer takes it
const LINE = "#ff9d5c";
const HANDLE_PX = 4;

/** What is dragged or painted of the anatomy of one page; `room` is told the acts that follow. */
export class AnatomyTool {
  constructor(room) {
    Object.assign(this, { room, reach: 2, drag: null, stroke: null });
  }

  /** Whether anatomy can be moved at a visit. */
  static can(visit) {
    return Boolean(visit.lines);
  }

  /** Whether somebody drags or paints just now. */
  get isBusy() {
    return Boolean(this.drag || this.stroke);
  }

  get isLines() {
    return this.room.tool === "joint";
  }

  /** Lines of one slice: joints with handles, and borders as a row. */
  linesOf(visit, slice) {
    return Object.entries(visit.lines || {}).map(([side, told]) => ({
      side, joint: told.joint[slice] || [], border: told.border[slice],
    }));
  }

  /** Start of a drag or stroke; tells whether it is one of anatomy. */
  start(view, voxel, spot) {
    const { tool } = this.room;
    if (!(tool in ANATOMY_TOOLS) || !AnatomyTool.can(view.visit)) return false;
    if (tool === "joint") this.drag = this.caught(view, spot);
    else this.stroke = this.begun(view, voxel);
    if (this.stroke) this.paint(view, voxel, voxel);
    return true;
  }

  move(view, from, to, spot) {
    if (this.drag) this.dragged(view, spot);
    else if (this.stroke) this.paint(view, from, to);
  }

  end(view) {
    const { drag, stroke } = this;
    Object.assign(this, { drag: null, stroke: null });
    if (drag?.moved) this.room.act({ visit: view.place, slice: view.slice, reach: this.reach, ...drag.act() });
    if (stroke?.on.size) this.room.act({ ...stroke.act, [stroke.key]: runsOfPlaces(stroke.on) });
  }

  caught(view, [row, column]) {
    const at = view.layout();
    const near = ([r, c]) => Math.hypot((r - row) * at.sy, (c - column) * at.sx);
    let best = null;
    for (const { side, joint, border } of this.linesOf(view.visit, view.slice)) {
      joint.forEach((handle, n) => {
        if (near(handle) < Math.min(CATCH_PX, best?.away ?? CATCH_PX)) best = { away: near(handle), side, joint, n };
      });
      if (border === null || border === undefined || !joint.length) continue;
      const on = borderLine(joint, border, view.visit);
      const inside = column >= on[0][1] - 2 && column <= on[1][1] + 2;
      const away = Math.abs(border - row) * at.sy;
      if (inside && away < Math.min(CATCH_PX / 2, best?.away ?? CATCH_PX)) best = { away, side, isBorder: true };
    }
    if (!best) return null;
    const told = view.visit.lines[best.side];
    return best.isBorder
      ? { ...best, told, act: () => ({ what: "border", side: best.side, row: told.border[view.slice] }) }
      : { ...best, told, act: () => ({ what: "joint", side: best.side, line: told.joint[view.slice] }) };
  }

  dragged(view, [row, column]) {
    const { told, n, isBorder } = this.drag;
    this.drag.moved = true;
    if (isBorder) told.border[view.slice] = row;
    else told.joint[view.slice][n] = [told.joint[view.slice][n][0], column];
    this.room.drawVisit(view.place);
  }

  /** A stroke that starts in a quadrant paints that quadrant; outside it takes marrow away. */
  begun(view, voxel) {
    const { visit } = view;
    const at = this.room.place(voxel);
    if (at < 0) return null;
    if (this.room.tool === "marrow") {
      const label = visit.marrow[at];
      return { map: visit.marrow, label, key: "on", on: new Set(), act: { what: "marrow", visit: view.place, label } };
    }
    const label = visit.normal[at] ? 1 : 0;
    return { map: visit.normal, label, key: label ? "on" : "off", on: new Set(), act: { what: "reference", visit: view.place } };
  }

  paint(view, from, to) {
    const { shape, spacing_mm } = view.visit;
    const { map, label, on } = this.stroke;
    const offset = to.slice * shape[1] * shape[2];
    for (const place of brushed(shape, spacing_mm, from, to, this.room.radius_mm)) {
      const at = offset + place;
      if (map[at] === label) continue;
      map[at] = label;
      on.add(at);
    }
    this.room.drawVisit(view.place);
  }

  /** Draw the lines of a slice over a picture. */
  over(view, pen, at, line) {
    if (!this.isLines || !view.visit.lines) return;
    for (const { joint, border } of this.linesOf(view.visit, view.slice)) {
      if (!joint.length) continue;
      const path = polylines([joint.map(([r, c]) => [c, r])]);
      line(path, LINE, 1.6);
      if (border !== null && border !== undefined) {
        line(polylines([borderLine(joint, border, view.visit).map(([r, c]) => [c, r])]), LINE, 1.4, [5, 3]);
      }
    }
    const ratio = window.devicePixelRatio || 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = LINE;
    for (const { joint } of this.linesOf(view.visit, view.slice)) {
      for (const [r, c] of joint) {
        const [x, y] = pixelOn(at, r, c);
        pen.beginPath();
        pen.arc(x, y, HANDLE_PX, 0, 2 * Math.PI);
        pen.fill();
      }
    }
  }
}

const BORDER_MM = 22; // to either side of the joint

/** Ends of the border between upper and lower, across the joint. */
function borderLine(joint, row, visit) {
  const reach = BORDER_MM / visit.spacing_mm[2];
  const column = columnAt(joint, row);
  return [[row, column - reach], [row, column + reach]];
}

function columnAt(joint, row) {
  const after = joint.findIndex(([r]) => r >= row);
  if (after <= 0) return joint[after < 0 ? joint.length - 1 : 0][1];
  const [[r0, c0], [r1, c1]] = [joint[after - 1], joint[after]];
  return c0 + ((c1 - c0) * (row - r0)) / Math.max(r1 - r0, 1e-6);
}
