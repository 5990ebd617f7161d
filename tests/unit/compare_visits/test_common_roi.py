"""The region of a change: one part of the body, on the grids of both visits."""

from dataclasses import replace

import numpy as np
import pytest
from scoring_scenes import grid, rois

from mri_bme.compare_visits import common_quadrants
from mri_bme.sacroiliac import REGIONS
from mri_bme.volume import RigidTransform, VolumeGeometry


def moved_by(turn_degrees, shift_mm):
    angle = np.radians(turn_degrees)
    matrix = np.eye(4)
    matrix[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = shift_mm
    return RigidTransform(b_from_a=matrix)


def tilted(turn_degrees):
    """Finer slices through the same pelvis, prescribed at another tilt."""
    usual, shape = rois(), (16, 110, 130)
    middle = grid().centre_lps_mm
    turn = moved_by(turn_degrees, (0.0, 0.0, 0.0)).b_from_a[:3, :3]
    axes = turn @ np.array([[0, 0, 1.0], [1, 0, 0], [0, -1, 0]]) * [4.1, 0.9, 1.1]
    matrix = np.eye(4)
    matrix[:3, :3] = axes
    matrix[:3, 3] = middle - axes @ ((np.array(shape) - 1) / 2) + [0.7, -0.4, 0.3]
    geometry = VolumeGeometry(shape=shape, lps_from_index=matrix)
    points = geometry.points_lps(np.argwhere(np.ones(shape, bool)))
    places = np.rint(usual.geometry.indices_of(points)).astype(int)
    inside = np.all((places >= 0) & (places < usual.geometry.shape), axis=1)
    labels = np.zeros(len(points), np.uint8)
    labels[inside] = usual.quadrants[tuple(places[inside].T)]
    return replace(
        usual,
        geometry=geometry,
        quadrants=labels.reshape(shape),
        joint_distance_mm=np.ones(shape, np.float32),
    )


def in_space_of(found, motion):
    """The same grid and labels where the patient lies elsewhere."""
    geometry = VolumeGeometry(
        shape=found.geometry.shape, lps_from_index=motion.b_from_a @ found.geometry.lps_from_index
    )
    return replace(found, geometry=geometry)


def region_ml(quadrants, found, region):
    return float(np.isin(quadrants, REGIONS[region]).sum()) * found.geometry.voxel_volume_ml


@pytest.mark.parametrize("turn_degrees", [3.0, 7.0, 12.0])
@pytest.mark.parametrize("region", ["total", "left_sacrum", "right_ilium_upper"])
def test_both_visits_measure_the_same_volume_of_marrow(turn_degrees, region) -> None:
    """Once 48.9 mL of left sacrum at one visit and 50.5 at the other."""
    one, there = rois(), moved_by(5.0, (6.0, -11.0, 3.0))
    other = in_space_of(tilted(turn_degrees), there)
    first = region_ml(common_quadrants(one, other, there), one, region)
    second = region_ml(common_quadrants(other, one, there.inverse()), other, region)
    assert first == pytest.approx(second, rel=0.03)  # a column of 2 mm is up to 4 % of a box
    assert first > 0.8 * region_ml(one.quadrants, one, region)


def test_the_whole_of_two_equal_regions_is_common() -> None:
    np.testing.assert_array_equal(
        common_quadrants(rois(), rois(), RigidTransform.identity()), rois().quadrants
    )


def test_marrow_that_the_other_visit_does_not_measure_is_not_common() -> None:
    usual = rois()
    cut = np.array(usual.quadrants)
    cut[6:] = 0
    common = common_quadrants(usual, replace(usual, quadrants=cut), RigidTransform.identity())
    np.testing.assert_array_equal(common, cut)


def test_marrow_of_another_bone_is_not_common_and_of_another_half_is_upper() -> None:
    usual = rois()
    exchanged = np.array(usual.quadrants)
    exchanged[:, :5][usual.quadrants[:, :5] == 1] = 3  # ilium taken for sacrum
    exchanged[:, 10:15][usual.quadrants[:, 10:15] == 5] = 6  # upper taken for lower
    there = replace(usual, quadrants=exchanged)
    expected = np.array(usual.quadrants)
    expected[:, :5][usual.quadrants[:, :5] == 1] = 0
    for pair in ((usual, there), (there, usual)):
        common = common_quadrants(*pair, RigidTransform.identity())
        np.testing.assert_array_equal(common, expected)
