"""Joints, borders and marrow move on the slices, and only where they are told to."""

import numpy as np
import pytest
from read_study import GEOMETRY, LABELS, SHAPE, quadrants

from mri_bme.errors import InvalidVoxels
from mri_bme.readings.move_anatomy import (
    border_row,
    is_movable,
    joint_line,
    joint_rows,
    lines_told,
    moved_border,
    moved_joint,
)
from mri_bme.sacroiliac import Side
from mri_bme.volume import VolumeGeometry

LEFT_UPPER = {bone: LABELS["left", bone, "upper"] for bone in ("ilium", "sacrum")}


def mirrored(geometry: VolumeGeometry) -> VolumeGeometry:
    """The same voxels stored from left to right."""
    matrix = geometry.lps_from_index.copy()
    matrix[:3, 3] += matrix[:3, 2] * (SHAPE[2] - 1)
    matrix[:3, 2] *= -1
    return VolumeGeometry(shape=SHAPE, lps_from_index=matrix)


def test_the_joint_lies_halfway_between_the_bones() -> None:
    labels = quadrants()[3]
    left, right = (joint_rows(labels, side, GEOMETRY) for side in (Side.LEFT, Side.RIGHT))
    assert left.rows.tolist() == list(range(5, 55))
    assert set(left.middle.tolist()) == {60.0}  # last sacral voxel 58, first iliac 62
    line = joint_line(labels, Side.RIGHT, GEOMETRY)
    assert {column for _, column in line} == {20.0}
    assert [line[0][0], line[-1][0]] == [5.0, 54.0]
    assert right.rows.size == 50


def test_marrow_that_the_joint_crosses_goes_to_the_other_bone() -> None:
    before = quadrants()
    line = [(5.0, 63.0), (54.0, 63.0)]  # three voxels towards the ilium
    after = moved_joint(before, GEOMETRY, side=Side.LEFT, index=3, line=line, reach=0)
    assert np.flatnonzero((after != before).any(axis=(1, 2))).tolist() == [3]
    row = after[3, 10]
    assert set(row[59:62].tolist()) == {LEFT_UPPER["sacrum"]}
    assert set(row[62:65].tolist()) == {0}
    assert row[65] == LEFT_UPPER["ilium"]
    assert np.array_equal(row[:40], before[3, 10, :40])  # the other joint stays
    back = moved_joint(
        after, GEOMETRY, side=Side.LEFT, index=3, line=[(5.0, 60.0), (54.0, 60.0)], reach=0
    )
    assert np.array_equal(back, before)


def test_only_the_dragged_part_of_a_joint_moves() -> None:
    before = quadrants()
    line = [(5.0, 60.0), (20.0, 56.0), (30.0, 60.0), (54.0, 60.0)]
    after = moved_joint(before, GEOMETRY, side=Side.LEFT, index=3, line=line, reach=0)
    assert after[3, 20, 60] == LEFT_UPPER["ilium"]
    assert np.array_equal(after[3, 31:], before[3, 31:])


def test_slices_beside_follow_less_and_less() -> None:
    line = [(5.0, 63.0), (54.0, 63.0)]
    before = quadrants()
    after = moved_joint(before, GEOMETRY, side=Side.LEFT, index=3, line=line, reach=2)
    moves = [joint_rows(after[k], Side.LEFT, GEOMETRY).middle[5] - 60 for k in range(7)]
    assert moves == [0, 1, 2, 3, 2, 1, 0]


def test_columns_that_run_the_other_way_move_the_same_bone() -> None:
    flipped = np.ascontiguousarray(quadrants()[:, :, ::-1])
    line = [(5.0, SHAPE[2] - 1 - 63.0), (54.0, SHAPE[2] - 1 - 63.0)]
    one = moved_joint(flipped, mirrored(GEOMETRY), side=Side.LEFT, index=3, line=line, reach=1)
    other = moved_joint(
        quadrants(), GEOMETRY, side=Side.LEFT, index=3, line=[(5.0, 63.0), (54.0, 63.0)], reach=1
    )
    assert np.array_equal(one[:, :, ::-1], other)


def test_the_border_parts_upper_from_lower() -> None:
    before = quadrants()
    assert border_row(before[2], Side.LEFT, GEOMETRY) == 29.5
    after = moved_border(before, GEOMETRY, side=Side.LEFT, index=2, row=24.5, reach=0)
    assert border_row(after[2], Side.LEFT, GEOMETRY) == 24.5
    changed = after != before
    assert np.flatnonzero(changed.any(axis=(0, 2))).tolist() == [25, 26, 27, 28, 29]
    assert not changed[:, :, :40].any()  # the right joint stays
    assert np.array_equal(
        moved_border(after, GEOMETRY, side=Side.LEFT, index=2, row=29.5, reach=0), before
    )


def test_a_slice_without_a_joint_or_border_is_refused() -> None:
    empty = np.zeros(SHAPE, dtype=np.uint8)
    with pytest.raises(InvalidVoxels, match="no joint"):
        moved_joint(empty, GEOMETRY, side=Side.LEFT, index=1, line=[(1, 1), (2, 2)], reach=0)
    with pytest.raises(InvalidVoxels, match="no border"):
        moved_border(empty, GEOMETRY, side=Side.LEFT, index=1, row=3, reach=0)
    with pytest.raises(InvalidVoxels, match="no such slice"):
        moved_border(quadrants(), GEOMETRY, side=Side.LEFT, index=99, row=3, reach=0)


def test_sagittal_slices_have_no_lines() -> None:
    sagittal = VolumeGeometry(
        shape=SHAPE, lps_from_index=GEOMETRY.lps_from_index[:, [2, 1, 0, 3]].copy()
    )
    assert not is_movable(sagittal)
    assert lines_told(quadrants(), sagittal) == {}
    assert set(lines_told(quadrants(), GEOMETRY)) == {"left", "right"}
