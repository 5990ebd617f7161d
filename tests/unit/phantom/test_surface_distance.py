"""A body keeps its volume whatever the grid, and distances are those of geometry."""

import numpy as np
import pytest
from skimage.measure import marching_cubes

from mri_bme.phantom.solids import Grid
from mri_bme.phantom.surface_distance import (
    Surface,
    areas_mm2,
    distance_to_surface,
    points_on,
)
from mri_bme.volume import VolumeGeometry

RADIUS_MM = 30.0


def sphere() -> Surface:
    places = np.arange(-35.0, 36.0)
    squared = sum(axis**2 for axis in np.meshgrid(places, places, places, indexing="ij"))
    vertices, faces, _, _ = marching_cubes(RADIUS_MM - np.sqrt(squared), 0.0)
    return vertices.astype(np.float64) - 35.0, faces.astype(np.int64)


def grid_of(spacing: tuple[float, float, float]) -> Grid:
    shape = tuple(int(88 / mm) for mm in spacing)
    matrix = np.diag([*spacing, 1.0])
    matrix[:3, 3] = -44.0
    geometry = VolumeGeometry(shape=shape, lps_from_index=matrix)
    return Grid(geometry=geometry, first_mm=(-44.0, -44.0, -44.0))


@pytest.mark.parametrize("spacing", [(1.5, 0.9, 0.9), (3.0, 2.0, 2.0)])
def test_distances_are_those_of_a_sphere(spacing: tuple[float, float, float]) -> None:
    grid = grid_of(spacing)
    found = distance_to_surface(sphere(), grid)
    true = np.sqrt(grid.n**2 + grid.s**2 + grid.x**2) - RADIUS_MM
    near = np.abs(true) < 2.5
    assert np.abs(found - true)[near].max() < 0.5
    assert abs((found - true)[near].mean()) < 0.05
    assert np.abs(found - true).max() < max(spacing)
    for deep in (0.0, 1.0, 2.0):
        own = np.count_nonzero(found < -deep) * grid.geometry.voxel_volume_ml
        assert own == pytest.approx(4 / 3 * np.pi * (RADIUS_MM - deep) ** 3 / 1000, rel=0.01)


def test_points_lie_on_the_surface_and_evenly() -> None:
    points = points_on(sphere(), 4000)
    assert np.abs(np.linalg.norm(points, axis=1) - RADIUS_MM).max() < 0.2
    octants = np.bincount(((points > 0) @ [1, 2, 4]).astype(int), minlength=8)
    assert octants.min() > 0.8 * 500
    assert areas_mm2(sphere()).sum() == pytest.approx(4 * np.pi * RADIUS_MM**2, rel=0.01)
    np.testing.assert_array_equal(points, points_on(sphere(), 4000))


def test_far_from_a_surface_nothing_is_near() -> None:
    vertices, faces = sphere()
    found = distance_to_surface((vertices + 500, faces), grid_of((3.0, 3.0, 3.0)))
    assert found.min() > 3.0
