"""Solid bodies on a grid: signed distances (mm, negative inside) and soft edges."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import SimpleITK
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from mri_bme.volume import FloatArray, VolumeGeometry

RAY_OFFSET = (0.3183e-3, 0.5642e-3)  # voxels; keeps rays off vertices and edges
SMOOTH_SDF_VOXELS = 0.8  # takes the steps of the binary grid out of a distance

ELLIPSOID_MARGIN = 1.15
ELLIPSOID_EDGE_MM = 3.0

Field = NDArray[Any]  # float32
Box = tuple[slice, slice, slice]
EVERYWHERE: Box = (slice(None), slice(None), slice(None))


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """A grid with its positions, in the sacrum's own axes.

    Axis 0 runs front to back (`n`), axis 1 head to foot along the sacrum (`s`), axis 2
    right to left (`x`); coordinates are mm from the origin of `geometry`'s frame.
    """

    geometry: VolumeGeometry
    first_mm: tuple[float, float, float]

    @cached_property
    def n(self) -> Field:
        """Positions front to back, shape (slices, 1, 1)."""
        return self._axis(0).reshape(-1, 1, 1)

    @cached_property
    def s(self) -> Field:
        """Positions head to foot, shape (1, rows, 1)."""
        return self._axis(1).reshape(1, -1, 1)

    @cached_property
    def x(self) -> Field:
        """Positions right to left, shape (1, 1, columns)."""
        return self._axis(2).reshape(1, 1, -1)

    def _axis(self, axis: int) -> Field:
        step = self.geometry.spacing_mm[axis]
        values = self.first_mm[axis] + step * np.arange(self.geometry.shape[axis])
        return np.asarray(values, dtype=np.float32)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of voxels along n, s and x."""
        return self.geometry.shape

    def box(self, low: ArrayLike, high: ArrayLike) -> Box:
        """Find the indices of the part of the grid between two (n, s, x) corners."""
        spacing = np.array(self.geometry.spacing_mm)
        first = np.floor((np.asarray(low) - self.first_mm) / spacing).astype(int)
        last = np.ceil((np.asarray(high) - self.first_mm) / spacing).astype(int) + 1
        first = np.clip(first, 0, self.shape)
        last = np.clip(last, first, self.shape)
        a, b, c = (slice(int(i), int(j)) for i, j in zip(first, last, strict=True))
        return a, b, c


def share_inside(distance_mm: Field, *, edge_mm: float = 0.9) -> Field:
    """Share of a voxel inside a body whose surface lies `distance_mm` away."""
    return np.clip(np.float32(0.5) - distance_mm / np.float32(edge_mm), 0, 1)


def surface_occupancy(
    vertices: FloatArray, faces: NDArray[np.int64], shape: tuple[int, int, int]
) -> NDArray[np.bool_]:
    """Tell which voxels lie inside a closed surface, by counting crossings along axis 0.

    `vertices` are in voxel indices; faces are triangles. Small holes are tolerated: a
    ray that crosses an odd number of times is taken as empty.
    """
    counts = np.zeros((shape[0] + 1, shape[1], shape[2]), dtype=np.uint8)
    points = vertices[faces]
    rows0 = np.floor(points[:, :, 1].min(axis=1)).astype(int)
    columns0 = np.floor(points[:, :, 2].min(axis=1)).astype(int)
    n_rows = np.floor(points[:, :, 1].max(axis=1)).astype(int) - rows0 + 1
    n_columns = np.floor(points[:, :, 2].max(axis=1)).astype(int) - columns0 + 1
    for i in range(int(n_rows.max())):
        for j in range(int(n_columns.max())):
            own = np.flatnonzero((n_rows > i) & (n_columns > j))
            _count_crossings(counts, points[own], rows0[own] + i, columns0[own] + j)
    inside = np.cumsum(counts, axis=0, dtype=np.uint8) % 2 == 1
    return np.asarray(inside[:-1] & ~inside[-1], dtype=np.bool_)


def _count_crossings(
    counts: NDArray[np.uint8],
    points: FloatArray,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> None:
    on_grid = (rows >= 0) & (rows < counts.shape[1]) & (columns >= 0) & (columns < counts.shape[2])
    a, b, c = points[on_grid, 0], points[on_grid, 1], points[on_grid, 2]
    r, k = rows[on_grid], columns[on_grid]
    py, px = r + RAY_OFFSET[0], k + RAY_OFFSET[1]
    det = (b[:, 1] - a[:, 1]) * (c[:, 2] - a[:, 2]) - (c[:, 1] - a[:, 1]) * (b[:, 2] - a[:, 2])
    det = np.where(np.abs(det) < 1e-12, np.inf, det)
    u = ((py - a[:, 1]) * (c[:, 2] - a[:, 2]) - (c[:, 1] - a[:, 1]) * (px - a[:, 2])) / det
    v = ((b[:, 1] - a[:, 1]) * (px - a[:, 2]) - (py - a[:, 1]) * (b[:, 2] - a[:, 2])) / det
    hit = (u >= 0) & (v >= 0) & (u + v <= 1) & np.isfinite(det)
    depth = (a[:, 0] + u * (b[:, 0] - a[:, 0]) + v * (c[:, 0] - a[:, 0]))[hit]
    first = np.clip(np.ceil(depth).astype(int), 0, counts.shape[0] - 1)
    np.add.at(counts, (first, r[hit], k[hit]), 1)


def signed_distance(inside: NDArray[np.bool_], spacing_mm: tuple[float, float, float]) -> Field:
    """Distance to the surface of a voxel body, negative inside, smoothed by under a voxel."""
    image = SimpleITK.GetImageFromArray(inside.astype(np.uint8))
    image.SetSpacing([float(v) for v in spacing_mm[::-1]])
    found = SimpleITK.SignedMaurerDistanceMap(
        image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True
    )
    distance = SimpleITK.GetArrayFromImage(found)
    smooth = ndimage.gaussian_filter(distance, SMOOTH_SDF_VOXELS, truncate=3.0)
    return np.asarray(smooth, dtype=np.float32)


def distance_from(body: NDArray[np.bool_], spacing_mm: tuple[float, float, float]) -> Field:
    """Unsigned distance to the nearest voxel of `body`."""
    return np.maximum(signed_distance(body, spacing_mm), 0)


def smooth_union(one: Field, other: Field, blend_mm: float) -> Field:
    """Signed distance to two bodies that flow into each other over `blend_mm`."""
    share = np.clip(np.float32(blend_mm) - np.abs(one - other), 0, None) / np.float32(blend_mm)
    union = np.minimum(one, other) - share**2 * np.float32(blend_mm / 4)
    return np.asarray(union, dtype=np.float32)


def ellipsoid(
    grid: Grid,
    centre: ArrayLike,
    radii: ArrayLike,
    box: Box = EVERYWHERE,
    *,
    power: float = 2.0,
) -> Field:
    """Approximate signed distance to an ellipsoid (`power` 2) or a rounded box (above).

    Only the part of the grid inside `box` is computed.
    """
    n0, s0, x0 = np.asarray(centre, dtype=np.float32)
    rn, rs, rx = np.asarray(radii, dtype=np.float32)
    n, s, x = grid.n[box[0]], grid.s[:, box[1]], grid.x[:, :, box[2]]
    level = np.abs((n - n0) / rn) ** power + np.abs((s - s0) / rs) ** power
    level = level + np.abs((x - x0) / rx) ** power
    size = np.float32(min(rn, rs, rx))
    return np.asarray((level ** np.float32(1 / power) - 1) * size, dtype=np.float32)


def ellipsoid_box(grid: Grid, centre: ArrayLike, radii: ArrayLike) -> Box:
    """Part of the grid that an ellipsoid with soft edges can touch."""
    reach = np.asarray(radii) * ELLIPSOID_MARGIN + ELLIPSOID_EDGE_MM
    return grid.box(np.asarray(centre) - reach, np.asarray(centre) + reach)


def tube(grid: Grid, path: ArrayLike, radii: ArrayLike, box: Box) -> Field:
    """Signed distance, inside `box`, to a tube along the polyline `path` of (n, s, x) points.

    `radii` gives the radius at every point of the path.
    """
    points = np.asarray(path, dtype=np.float32)
    r = np.asarray(radii, dtype=np.float32)
    n, s, x = grid.n[box[0]], grid.s[:, box[1]], grid.x[:, :, box[2]]
    best: Field = np.full(np.broadcast_shapes(n.shape, s.shape, x.shape), np.inf, np.float32)
    for a, b, ra, rb in zip(points[:-1], points[1:], r[:-1], r[1:], strict=True):
        along = b - a
        length2 = max(float(along @ along), 1e-6)
        t = ((n - a[0]) * along[0] + (s - a[1]) * along[1] + (x - a[2]) * along[2]) / length2
        t = np.clip(t, 0, 1)
        d2 = (n - a[0] - t * along[0]) ** 2 + (s - a[1] - t * along[1]) ** 2
        d2 = d2 + (x - a[2] - t * along[2]) ** 2
        np.minimum(best, np.sqrt(d2) - (ra + t * (rb - ra)), out=best)
    return best


def tube_box(grid: Grid, path: ArrayLike, margin_mm: float) -> Box:
    """Part of the grid that a tube of up to `margin_mm` radius can touch."""
    points = np.asarray(path, dtype=np.float64)
    return grid.box(points.min(axis=0) - margin_mm, points.max(axis=0) + margin_mm)


def random_field(
    rng: np.random.Generator,
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    correlation_mm: float | tuple[float, float, float],
) -> Field:
    """Smooth Gaussian random field with mean 0 and SD about 0.9 (0.75 near the voxel size).

    It is drawn with SD 1 on a grid of half the correlation length, which may differ between
    the axes, and interpolated linearly, one axis after the other.
    """
    length = np.broadcast_to(np.asarray(correlation_mm, dtype=np.float64), 3)
    step = np.maximum(np.array(spacing_mm), length / 2)
    coarse = np.ceil(np.array(shape) * spacing_mm / step).astype(int) + 3
    noise = rng.standard_normal(coarse, dtype=np.float32)
    sigma = np.clip(length / step / 2, 0.3, None)
    noise = ndimage.gaussian_filter(noise, sigma, mode="wrap")
    noise = (noise - noise.mean()) / max(float(noise.std()), 1e-6)
    for axis in (2, 1, 0):  # the last is the largest, and the cheapest to gather
        places = np.arange(shape[axis]) * (spacing_mm[axis] / step[axis]) + 0.5
        noise = _interpolated(noise, places, axis)
    return np.asarray(noise, dtype=np.float32)


def _interpolated(values: Field, places: FloatArray, axis: int) -> Field:
    """Interpolate linearly along one axis at fractional indices."""
    first = np.clip(places.astype(int), 0, values.shape[axis] - 2)
    along = [1, 1, 1]
    along[axis] = len(places)
    share = (places - first).astype(np.float32).reshape(along)
    low, between = values.take(first, axis=axis), values.take(first + 1, axis=axis)
    between -= low
    between *= share
    between += low
    return np.asarray(between)
