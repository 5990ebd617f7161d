"""How far voxels lie from a closed surface of triangles, negative inside."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from mri_bme.phantom.solids import Field, Grid, surface_occupancy
from mri_bme.volume import FloatArray

Surface = tuple[FloatArray, NDArray[np.int64]]
NEAR_MM = 3.0  # where the distance is that to the surface itself; beyond, that to voxels
POINTS_PER_MM2 = 8.0  # on the surface: the nearest lies 0.2 mm away on average


def distance_to_surface(surface: Surface, grid: Grid) -> Field:
    """Signed distance to a closed surface, mm.

    Voxels are inside where a ray crosses the surface an odd number of times. Near it, the
    distance is that to points spread evenly over it, so that a body keeps its volume whatever
    the grid; farther away, that to the other side's nearest voxel.
    """
    vertices, faces = surface
    inside = surface_occupancy(grid.geometry.indices_of(vertices), faces, grid.shape)
    spacing = grid.geometry.spacing_mm
    out, within = (ndimage.distance_transform_edt(part, spacing) for part in (~inside, inside))
    half = np.float32(np.mean(spacing) / 2)  # from a voxel's centre to the face that it shares
    distance = np.where(inside, half - within, out - half).astype(np.float32)
    near = np.abs(distance) < NEAR_MM
    if near.any():
        n_points = int(POINTS_PER_MM2 * areas_mm2(surface).sum())
        places = grid.geometry.points_lps(np.argwhere(near))
        away, _ = KDTree(points_on(surface, n_points)).query(places)
        distance[near] = np.where(inside[near], -away, away)
    return np.asarray(distance, dtype=np.float32)


def areas_mm2(surface: Surface) -> FloatArray:
    """Area of every triangle."""
    a, b, c = np.moveaxis(surface[0][surface[1]], 1, 0)
    return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2, dtype=np.float64)


def points_on(surface: Surface, n_points: int) -> FloatArray:
    """Spread points evenly over a surface, the same ones each time; shape (n, 3)."""
    a, b, c = np.moveaxis(surface[0][surface[1]], 1, 0)
    area = areas_mm2(surface)
    every = (np.arange(n_points) + 0.5) / n_points  # of the whole area, face after face
    face = np.minimum(np.searchsorted(np.cumsum(area) / area.sum(), every), len(area) - 1)
    u, v = np.random.default_rng(n_points).random((2, n_points, 1))
    outside = u + v > 1
    u, v = np.where(outside, 1 - u, u), np.where(outside, 1 - v, v)
    return np.asarray(a[face] + u * (b - a)[face] + v * (c - a)[face], dtype=np.float64)
