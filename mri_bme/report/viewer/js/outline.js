// Outlines of labels on one slice, as paths in pixels whose centres are whole numbers.

/**
 * Edges of the voxels that hold `label` (any label when it is null), exactly along the voxels.
 *
 * Returns a Path2D in (column, row); runs of edges are joined to long lines.
 */
export function voxelEdges(labels, rows, columns, label = null) {
  const path = new Path2D();
  const holds = (r, c) => {
    if (r < 0 || c < 0 || r >= rows || c >= columns) return 0;
    const value = labels[r * columns + c];
    return label === null ? value : value === label ? 1 : 0;
  };
  for (let r = 0; r <= rows; r += 1) {
    runs(columns, (c) => holds(r - 1, c) !== holds(r, c), (from, to) => {
      path.moveTo(from - 0.5, r - 0.5);
      path.lineTo(to - 0.5, r - 0.5);
    });
  }
  for (let c = 0; c <= columns; c += 1) {
    runs(rows, (r) => holds(r, c - 1) !== holds(r, c), (from, to) => {
      path.moveTo(c - 0.5, from - 0.5);
      path.lineTo(c - 0.5, to - 0.5);
    });
  }
  return path;
}

function runs(n, isEdge, draw) {
  let start = -1;
  for (let i = 0; i <= n; i += 1) {
    const edge = i < n && isEdge(i);
    if (edge && start < 0) start = i;
    if (!edge && start >= 0) {
      draw(start, i);
      start = -1;
    }
  }
}

/** Smooth outlines where `field` crosses `level` (marching squares). */
export function contour(field, rows, columns, level = 0.5) {
  const path = new Path2D();
  const at = (r, c) => (r < 0 || c < 0 || r >= rows || c >= columns ? 0 : field[r * columns + c]);
  const cross = (a, b) => (level - a) / (b - a);
  for (let r = -1; r < rows; r += 1) {
    for (let c = -1; c < columns; c += 1) {
      const [nw, ne, sw, se] = [at(r, c), at(r, c + 1), at(r + 1, c), at(r + 1, c + 1)];
      const found = (nw > level ? 8 : 0) | (ne > level ? 4 : 0) | (se > level ? 2 : 0) | (sw > level ? 1 : 0);
      if (found === 0 || found === 15) continue;
      const top = () => [c + cross(nw, ne), r];
      const bottom = () => [c + cross(sw, se), r + 1];
      const left = () => [c, r + cross(nw, sw)];
      const right = () => [c + 1, r + cross(ne, se)];
      for (const [from, to] of segments(found, top, right, bottom, left)) {
        path.moveTo(...from());
        path.lineTo(...to());
      }
    }
  }
  return path;
}

function segments(found, top, right, bottom, left) {
  const lines = {
    1: [[left, bottom]], 2: [[bottom, right]], 3: [[left, right]], 4: [[top, right]],
    5: [[left, top], [bottom, right]], 6: [[top, bottom]], 7: [[left, top]], 8: [[left, top]],
    9: [[top, bottom]], 10: [[left, bottom], [top, right]], 11: [[top, right]],
    12: [[left, right]], 13: [[bottom, right]], 14: [[left, bottom]],
  };
  return lines[found];
}

/** Turn lists of [column, row] points into one path. */
export function polylines(lines) {
  const path = new Path2D();
  for (const points of lines) points.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
  return path;
}
