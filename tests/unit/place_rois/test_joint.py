"""The joint between two bones: where it is, how far marrow lies from it, which side it is on."""

import numpy as np
import pytest
from box_pelvis import JOINT_MM, box_pelvis, semicoronal_geometry

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.place_rois.joint import facing_lines, find_joint, find_joints
from mri_bme.sacroiliac import BoneLabel, Side

GEOMETRY = semicoronal_geometry()
AXES = pelvis_axes(GEOMETRY)
LABELS = np.ascontiguousarray(AXES.view(box_pelvis(GEOMETRY)))
ACROSS_MM = AXES.view(GEOMETRY.points_lps(np.moveaxis(np.indices(GEOMETRY.shape), 0, -1))[..., 0])


@pytest.mark.parametrize(("side", "sign"), [(Side.LEFT, 1), (Side.RIGHT, -1)])
def test_distance_is_measured_from_half_way_between_the_faces(side: Side, sign: int) -> None:
    joint = find_joint(LABELS, side, AXES, max_gap_mm=8.0)
    beyond = sign * ACROSS_MM - JOINT_MM  # positive in the ilium
    near = (LABELS > 0) & (np.abs(beyond) < 30)
    np.testing.assert_allclose(joint.distance_mm[near], beyond[near], atol=0.51)
    assert (np.abs(beyond[joint.sacral_face | joint.iliac_face]) < 3).all()


def test_marrow_belongs_to_the_nearer_joint_and_an_ilium_always_to_its_own() -> None:
    (left, right), distance = find_joints(LABELS, AXES, max_gap_mm=8.0)
    assert (left.side, right.side) == (Side.LEFT, Side.RIGHT)
    expected = np.abs(ACROSS_MM) - JOINT_MM
    marrow = LABELS > 0
    np.testing.assert_allclose(distance[marrow], expected[marrow], atol=0.51)


def test_bones_face_each_other_only_within_the_gap() -> None:
    sacrum, ilium = LABELS == BoneLabel.SACRUM, LABELS == BoneLabel.LEFT_ILIUM
    rows = facing_lines(sacrum, ilium, AXES, max_gap_mm=6.0)
    np.testing.assert_array_equal(rows, sacrum.any(axis=2))
    assert not facing_lines(sacrum, ilium, AXES, max_gap_mm=2.0).any()


def test_a_missing_or_distant_bone_is_named() -> None:
    with pytest.raises(RoiNotFound, match="no left ilium"):
        find_joint(
            np.where(LABELS == BoneLabel.LEFT_ILIUM, 0, LABELS), Side.LEFT, AXES, max_gap_mm=8
        )
    with pytest.raises(RoiNotFound, match="right ilium are nowhere within 1 mm"):
        find_joint(LABELS, Side.RIGHT, AXES, max_gap_mm=1.0)
