"""Sides, bones and quadrants, and ROIs that hold together."""

from dataclasses import replace

import numpy as np
import pytest
from marrow_scenes import SHAPE, geometry, rois, two_bones

from mri_bme.errors import InvalidVoxels, RoiNotFound
from mri_bme.sacroiliac import (
    AT_JOINT_MM,
    QUADRANTS,
    REGIONS,
    JointPart,
    Side,
    cartilaginous_share,
    rois_from_labels,
)


def test_the_joint_lies_halfway_between_the_bones() -> None:
    distance = rois().joint_distance_mm
    assert distance[5, 30, 17] == pytest.approx(distance[5, 30, 0] - 17 * 0.8, abs=0.8)
    assert distance[5, 30, 10] > 0 > distance[5, 30, 25]


def test_quadrants_are_the_parts_of_every_region() -> None:
    assert sorted(REGIONS["total"]) == list(range(1, 9))
    for whole, parts in {
        "total": ("left", "right"),
        "left": ("left_sacrum", "left_ilium"),
        "sacrum": ("left_sacrum", "right_sacrum"),
        "right_ilium": ("right_ilium_upper", "right_ilium_lower"),
    }.items():
        assert sorted(REGIONS[whole]) == sorted(q for part in parts for q in REGIONS[part])
    assert [QUADRANTS[q].name for q in REGIONS["left_ilium"]] == [
        "left_ilium_upper",
        "left_ilium_lower",
    ]


def test_a_region_is_its_quadrants_and_the_mask_all_of_them() -> None:
    where = rois()
    assert where.region("right_ilium").n_voxels == 10 * 60 * 18
    assert where.mask.n_voxels == where.region("left").n_voxels + where.region("right").n_voxels


def test_rois_that_do_not_fill_their_grid_are_refused() -> None:
    where = rois()
    assert replace(where, confidence=0.5).confidence == 0.5
    with pytest.raises(InvalidVoxels, match="fill the grid"):
        replace(where, quadrants=where.quadrants[1:])
    with pytest.raises(InvalidVoxels, match="run from 0 to 8, found 9"):
        replace(where, quadrants=np.where(where.quadrants > 7, 9, where.quadrants))
    with pytest.raises(InvalidVoxels, match="finite everywhere"):
        replace(where, joint_distance_mm=np.full(SHAPE, np.inf))
    with pytest.raises(InvalidVoxels, match="0, 1 or 2"):
        replace(where, joint_part=np.full(SHAPE, 3))


def test_a_map_whose_bones_do_not_face_each_other_has_no_joint() -> None:
    labels = two_bones()
    labels[:, :, 18:60] = 0  # the ilia alone
    with pytest.raises(RoiNotFound, match="no side where sacrum and ilium face"):
        rois_from_labels(geometry(), labels)
    one_sided = two_bones()
    one_sided[:, :, :38] = 0
    assert rois_from_labels(geometry(), one_sided).joint_distance_mm.max() > 0


def test_the_cartilaginous_share_is_counted_at_the_faces_of_one_joint() -> None:
    where = rois()
    part = np.full(SHAPE, JointPart.LIGAMENTOUS)
    part[:, 15:] = JointPart.CARTILAGINOUS  # three quarters of the rows
    part[np.abs(where.joint_distance_mm) > AT_JOINT_MM] = JointPart.LIGAMENTOUS
    known = replace(where, joint_part=np.where(where.quadrants > 0, part, 0))
    assert cartilaginous_share(known, Side.LEFT) == pytest.approx(0.75)
    assert cartilaginous_share(where, Side.LEFT) is None
