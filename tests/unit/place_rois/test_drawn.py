"""ROIs that exist already: quadrants as they were drawn, and ROIs moved to another visit."""

import numpy as np
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry

from mri_bme.place_rois import move_rois, place_rois
from mri_bme.sacroiliac import JointPart, PlacedBy
from mri_bme.volume import Mask, RigidTransform, Volume

GEOMETRY = semicoronal_geometry()
BONES = box_pelvis(GEOMETRY)
VOLUME = Volume(
    geometry=GEOMETRY, voxels=100 + np.random.default_rng(3).normal(0, 3, SHAPE).astype(np.float32)
)
PLACED = place_rois(VOLUME, bones=BONES)


def test_drawn_quadrants_are_taken_as_they_are() -> None:
    drawn = np.array(PLACED.quadrants)
    drawn[:, :20] = 0  # a reader leaves out the top
    taken = place_rois(VOLUME, quadrants=drawn)
    np.testing.assert_array_equal(taken.quadrants, drawn)
    assert (taken.source, taken.placed_by, taken.reference_source) == (
        "manual",
        PlacedBy.GIVEN,
        "automatic",
    )
    assert taken.joint_part is not None
    assert set(np.unique(taken.joint_part[drawn > 0])) <= set(JointPart)
    assert (taken.joint_part[drawn > 0] > 0).all()


def test_normal_marrow_that_was_drawn_is_kept() -> None:
    central = np.abs(np.arange(SHAPE[2]) - SHAPE[2] / 2) < 20
    reference = Mask(geometry=GEOMETRY, voxels=np.broadcast_to(central, SHAPE).copy())
    taken = place_rois(VOLUME, quadrants=PLACED.quadrants, reference=reference)
    assert taken.reference is reference
    assert taken.reference_source == "manual"


def test_moved_rois_lie_where_the_bone_went_and_keep_who_placed_them() -> None:
    shift_mm = 3.0  # whole voxels, to the left
    matrix = np.eye(4)
    matrix[0, 3] = shift_mm
    moved = move_rois(PLACED, GEOMETRY, RigidTransform(b_from_a=matrix))
    np.testing.assert_array_equal(moved.quadrants[..., 3:], PLACED.quadrants[..., :-3])
    assert moved.source == "other visit (bones)"
    assert moved.placed_by is PLACED.placed_by
    again = move_rois(moved, GEOMETRY, RigidTransform(b_from_a=matrix).inverse())
    assert again.source == "other visit (bones)"
