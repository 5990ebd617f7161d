// Matrices between grids, and slices cut from volumes along them.
// Points are [x, y, z] in LPS mm, indices [slice, row, column]; matrices are 4 rows of 4.

export const IDENTITY = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];

/** Chain two maps: c_from_a = multiply(c_from_b, b_from_a). */
export function multiply(left, right) {
  return left.map((row) => right[0].map((_, j) => row.reduce((sum, v, i) => sum + v * right[i][j], 0)));
}

/** Map a point. */
export function apply(matrix, [x, y, z]) {
  return [0, 1, 2].map((i) => matrix[i][0] * x + matrix[i][1] * y + matrix[i][2] * z + matrix[i][3]);
}

/** Invert a map whose last row is 0 0 0 1. */
export function invert(m) {
  const [[a, b, c, x], [d, e, f, y], [g, h, i, z]] = m;
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const inverse = [
    [(e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det],
    [(f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det],
    [(d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det],
  ];
  const rows = inverse.map((row) => [...row, -(row[0] * x + row[1] * y + row[2] * z)]);
  return [...rows, [0, 0, 0, 1]];
}

/** Lengths in mm of one step along slices, rows and columns. */
export const spacingOf = (m) => [0, 1, 2].map((j) => Math.hypot(m[0][j], m[1][j], m[2][j]));

/** Whether two grids have each voxel at the same place, to a hundredth of a millimetre. */
export function sameGrid(first, second) {
  if (!first || !second || first.shape.some((n, i) => n !== second.shape[i])) return false;
  const corners = [[0, 0, 0], first.shape.map((n) => n - 1)];
  corners.push([first.shape[0] - 1, 0, 0], [0, first.shape[1] - 1, 0], [0, 0, first.shape[2] - 1]);
  return corners.every((corner) => {
    const a = apply(first.lpsFromIndex, corner);
    const b = apply(second.lpsFromIndex, corner);
    return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) < 0.01;
  });
}

/** Letters of the sides that a direction points to, the nearest first: `L`, or `HA` if oblique. */
export function lettersOf([x, y, z]) {
  const parts = [[x, "L", "R"], [y, "P", "A"], [z, "H", "F"]];
  return parts
    .filter(([v]) => Math.abs(v) > 0.3)
    .sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]))
    .slice(0, 2)
    .map(([v, plus, minus]) => (v > 0 ? plus : minus))
    .join("");
}

/** One slice of a volume as it was acquired, without a copy. */
export function acquiredSlice(values, [, rows, columns], k) {
  return values.subarray(k * rows * columns, (k + 1) * rows * columns);
}

/**
 * Cut a volume along another grid's slice `k`, linearly interpolated.
 *
 * `indexFromRaster` maps the raster's (slice, row, column) to the volume's. Where nothing was
 * scanned the result is `outside`.
 */
export function cutSlice(values, shape, indexFromRaster, k, rows, columns, outside = 0) {
  const out = new Float32Array(rows * columns).fill(outside);
  forEachPixel(shape, indexFromRaster, k, rows, columns, (at, s, r, c) => {
    const [s0, r0, c0] = [Math.min(Math.floor(s), shape[0] - 1), Math.floor(r), Math.floor(c)];
    const s1 = Math.min(s0 + 1, shape[0] - 1);
    const r1 = Math.min(r0 + 1, shape[1] - 1);
    const c1 = Math.min(c0 + 1, shape[2] - 1);
    const [fs, fr, fc] = [s - s0, r - r0, c - c0];
    const plane = (slice) => {
      const upper = (slice * shape[1] + r0) * shape[2];
      const lower = (slice * shape[1] + r1) * shape[2];
      const top = values[upper + c0] * (1 - fc) + values[upper + c1] * fc;
      const bottom = values[lower + c0] * (1 - fc) + values[lower + c1] * fc;
      return top * (1 - fr) + bottom * fr;
    };
    out[at] = fs === 0 ? plane(s0) : plane(s0) * (1 - fs) + plane(s1) * fs;
  });
  return out;
}

/** Cut labels along another grid's slice: the nearest voxel's. */
export function cutLabels(values, shape, indexFromRaster, k, rows, columns) {
  const out = new values.constructor(rows * columns);
  forEachPixel(shape, indexFromRaster, k, rows, columns, (at, s, r, c) => {
    out[at] = values[(Math.round(s) * shape[1] + Math.round(r)) * shape[2] + Math.round(c)];
  });
  return out;
}

function forEachPixel(shape, m, k, rows, columns, visit) {
  const last = shape.map((n) => n - 1);
  const half = 0.5 + 1e-6; // a voxel reaches half a step beyond its centre
  const within = (v, end) => (v > end ? end : v < 0 ? 0 : v);
  for (let row = 0, at = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, at += 1) {
      const s = m[0][0] * k + m[0][1] * row + m[0][2] * column + m[0][3];
      const r = m[1][0] * k + m[1][1] * row + m[1][2] * column + m[1][3];
      const c = m[2][0] * k + m[2][1] * row + m[2][2] * column + m[2][3];
      if (s < -half || r < -half || c < -half) continue;
      if (s > last[0] + half || r > last[1] + half || c > last[2] + half) continue;
      visit(at, within(s, last[0]), within(r, last[1]), within(c, last[2]));
    }
  }
}
