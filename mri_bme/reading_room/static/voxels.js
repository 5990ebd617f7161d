// Masks as arrays of bytes, a voxel each, slice by slice, row by row; and as runs of places.

/** Put runs [start, length, ...] on an empty mask. */
export function maskOfRuns(runs, n) {
  const mask = new Uint8Array(n);
  for (let i = 0; i < runs.length; i += 2) mask.fill(1, runs[i], runs[i] + runs[i + 1]);
  return mask;
}

/** Runs of a set of places. */
export function runsOfPlaces(places) {
  const sorted = [...places].sort((a, b) => a - b);
  const runs = [];
  for (const place of sorted) {
    const end = runs.length - 1;
    if (end > 0 && runs[end - 1] + runs[end] === place) runs[end] += 1;
    else runs.push(place, 1);
  }
  return runs;
}

/** Voxels of one slice within a brush, whose middle is at (row, column), along a line. */
export function brushed(shape, spacing, from, to, radius_mm) {
  const [, rows, columns] = shape;
  const [, row_mm, column_mm] = spacing;
  const found = new Set();
  const length = Math.hypot((to.row - from.row) * row_mm, (to.column - from.column) * column_mm);
  const n_steps = Math.max(1, Math.ceil(length / Math.min(row_mm, column_mm)));
  const up = Math.ceil(radius_mm / row_mm);
  const aside = Math.ceil(radius_mm / column_mm);
  for (let step = 0; step <= n_steps; step += 1) {
    const row = Math.round(from.row + ((to.row - from.row) * step) / n_steps);
    const column = Math.round(from.column + ((to.column - from.column) * step) / n_steps);
    for (let r = Math.max(row - up, 0); r <= Math.min(row + up, rows - 1); r += 1) {
      for (let c = Math.max(column - aside, 0); c <= Math.min(column + aside, columns - 1); c += 1) {
        const away = Math.hypot((r - row) * row_mm, (c - column) * column_mm);
        if (away <= radius_mm || (r === row && c === column)) found.add(r * columns + c);
      }
    }
  }
  return found;
}

const MARGIN_MM = 12;

/** Box (first row and column, and how many) around every voxel of a map, with a margin. */
export function boxAround(labels, [slices, rows, columns], [, row_mm, column_mm]) {
  let [top, bottom, left, right] = [rows, -1, columns, -1];
  for (let i = 0; i < slices * rows * columns; i += 1) {
    if (!labels[i]) continue;
    const column = i % columns;
    const row = Math.floor(i / columns) % rows;
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
    left = Math.min(left, column);
    right = Math.max(right, column);
  }
  if (bottom < 0) return { row: 0, column: 0, rows, columns };
  const [up, aside] = [Math.round(MARGIN_MM / row_mm), Math.round(MARGIN_MM / column_mm)];
  const row = Math.max(top - up, 0);
  const column = Math.max(left - aside, 0);
  return {
    row, column,
    rows: Math.min(bottom + up + 1, rows) - row,
    columns: Math.min(right + aside + 1, columns) - column,
  };
}
