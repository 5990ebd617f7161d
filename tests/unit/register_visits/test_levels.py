"""A volume at one resolution: voxels stay where they are, gain and shading do not matter."""

import numpy as np
import pytest
from moved_anatomy import anatomy
from numpy.typing import NDArray

from mri_bme.register_visits.levels import Level, LevelPair, make_level, shrink
from mri_bme.register_visits.region import joint_region
from mri_bme.volume import Mask, Volume

SCAN = anatomy(1)


def level_of(volume: Volume, spacing_mm: float = 4.0) -> Level:
    region = joint_region(volume, None)
    return make_level(volume, region, spacing_mm=spacing_mm, n_points=300, seed=0)


def test_shrinking_keeps_the_mean_and_the_place() -> None:
    """A ramp along x stays the same function of the position."""
    ramp = SCAN.geometry.points_lps(np.moveaxis(np.indices(SCAN.geometry.shape), 0, -1))[..., 0]
    voxels, geometry = shrink(ramp.astype(np.float32), SCAN.geometry, [2, 3, 5])
    assert geometry.shape == (12, 32, 19)
    there = geometry.points_lps(np.moveaxis(np.indices(geometry.shape), 0, -1))[..., 0]
    np.testing.assert_allclose(voxels, there, atol=1e-4)


def test_an_axis_that_is_coarser_already_is_not_shrunk() -> None:
    assert level_of(SCAN, 4.0).geometry.shape == (24, 48, 48)
    assert level_of(SCAN, 3.0).geometry.shape == (24, 96, 96)


def test_gain_changes_no_level_and_shading_little() -> None:
    plain = level_of(SCAN)
    brighter = level_of(Volume(geometry=SCAN.geometry, voxels=40 * SCAN.voxels))
    np.testing.assert_allclose(brighter.spline, plain.spline, atol=1e-3)
    np.testing.assert_array_equal(brighter.points, plain.points)
    field = np.exp(0.5 * np.linspace(-0.5, 0.5, 96))
    shaded = level_of(Volume(geometry=SCAN.geometry, voxels=SCAN.voxels * field))
    assert np.corrcoef(shaded.spline.ravel(), plain.spline.ravel())[0, 1] > 0.99


def test_points_to_fit_and_points_to_check_are_different_ones() -> None:
    level = level_of(SCAN)
    assert level.points.shape == (3, 300)
    assert level.check_points.shape == (3, 150)
    together = np.concatenate([level.points, level.check_points], axis=1)
    assert len(np.unique(together, axis=1).T) == 450
    index = np.rint(level.geometry.indices_of(together.T)).astype(int)
    index -= [side.start for side in level.inner]
    assert level.weight[tuple(index.T)].all()


def whole(level: Level) -> NDArray[np.float32]:
    return np.concatenate([found for _, found in level.gradient.by_slices()], axis=1)


def test_a_gradient_in_a_box_is_that_of_the_whole() -> None:
    """Some slices are differentiated at a time, and only where there is any weight."""
    inside = np.zeros(SCAN.geometry.shape, dtype=bool)
    inside[8:14, 40:52, 40:52] = True
    region = joint_region(SCAN, Mask(geometry=SCAN.geometry, voxels=inside))
    level = make_level(SCAN, region, spacing_mm=2.0, n_points=300, seed=0)
    everywhere = make_level(SCAN, joint_region(SCAN, None), spacing_mm=2.0, n_points=300, seed=0)
    corner = level.geometry.points_lps([side.start for side in level.inner])
    there = everywhere.geometry.indices_of(corner)
    there = np.rint(there).astype(int) - [side.start for side in everywhere.inner]
    part = tuple(slice(a, a + n) for a, n in zip(there, level.weight.shape, strict=True))
    np.testing.assert_array_equal(whole(level), whole(everywhere)[(slice(None), *part)])


def test_a_pair_swapped_twice_is_the_pair() -> None:
    pair = LevelPair(fixed=level_of(SCAN), moving=level_of(anatomy(2)))
    assert pair.swapped().fixed is pair.moving
    assert pair.swapped().swapped().fixed is pair.fixed


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_gives_the_same_points(seed: int) -> None:
    region = joint_region(SCAN, None)
    one, two, other = (
        make_level(SCAN, region, spacing_mm=4.0, n_points=100, seed=s).points
        for s in (seed, seed, seed + 1)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)
