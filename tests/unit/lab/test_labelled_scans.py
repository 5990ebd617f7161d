"""Bones behind a drawn region, where they were told apart by eye."""

import numpy as np
import pytest
from coronal_grid import N_COLUMNS, N_ROWS, N_SLICES, coronal_grid

from lab.benchmark.reread_joints import REREAD_LINES
from lab.labelled_scans import JOINT_LINES, JointReading, correct_bones
from mri_bme.sacroiliac import BoneLabel


def test_a_line_read_by_eye_divides_the_marrow_beside_it_and_nothing_else() -> None:
    bones = np.full((N_SLICES, N_ROWS, N_COLUMNS), BoneLabel.SACRUM, dtype=np.uint8)
    bones[:, :, :10] = BoneLabel.RIGHT_ILIUM
    bones[:, :, 40:] = BoneLabel.LEFT_ILIUM
    bones[:, :, 58:] = BoneLabel.BACKGROUND
    bones[:, :, 25:30] = BoneLabel.L5
    lines = {
        BoneLabel.LEFT_ILIUM: {1: [(5, 45), (15, 35)]},
        BoneLabel.RIGHT_ILIUM: {2: [(0, 15), (19, 15)]},
    }
    found = correct_bones(bones, coronal_grid(), rows=None, first_alar=0, joint_lines=lines)
    expected = bones.copy()
    for row in range(5, 16):
        border = 50 - row
        expected[1, row, 30 : border + 1] = BoneLabel.SACRUM
        expected[1, row, border + 1 : 58] = BoneLabel.LEFT_ILIUM
    expected[2, :, :15] = BoneLabel.RIGHT_ILIUM
    np.testing.assert_array_equal(found, expected)


def test_a_line_leaves_no_sliver_of_bone() -> None:
    bones = np.full((N_SLICES, N_ROWS, N_COLUMNS), BoneLabel.SACRUM, dtype=np.uint8)
    bones[:, :, 40:] = BoneLabel.LEFT_ILIUM
    bones[:, :, 58:] = BoneLabel.BACKGROUND
    lines = {BoneLabel.LEFT_ILIUM: {1: [(0, 56), (19, 56)]}}
    found = correct_bones(bones, coronal_grid(), rows=None, first_alar=0, joint_lines=lines)
    assert (found[1, :, :58] == BoneLabel.SACRUM).all()
    np.testing.assert_array_equal(found[[0, 2]], bones[[0, 2]])


def test_marrow_above_the_lumbosacral_row_keeps_to_its_side_of_the_joint() -> None:
    """Wide of a vertebra it is ala medially of the joint, and iliac crest beyond."""
    bones = np.full((N_SLICES, N_ROWS, 160), BoneLabel.SACRUM, dtype=np.uint8)
    bones[:, 8:, :15] = BoneLabel.RIGHT_ILIUM
    bones[:, 8:, 140:] = BoneLabel.LEFT_ILIUM
    found = correct_bones(bones, coronal_grid(160), rows={0: 8}, first_alar=0, joint_lines={})
    assert (found[:, 8:] == bones[:, 8:]).all()
    assert (found[:, :8, 30:130] == BoneLabel.L5).all()
    assert (found[:, :8, 15:30] == BoneLabel.SACRUM).all()
    assert (found[:, :8, 130:140] == BoneLabel.SACRUM).all()
    assert (found[:, :8, :15] == BoneLabel.RIGHT_ILIUM).all()
    assert (found[:, :8, 140:] == BoneLabel.LEFT_ILIUM).all()


def test_the_joint_is_looked_for_in_the_first_row_that_is_not_above() -> None:
    """Between rows 8 and 9 of the slices around, that is row 9."""
    bones = np.full((N_SLICES, N_ROWS, 160), BoneLabel.SACRUM, dtype=np.uint8)
    bones[:, 9:, :15] = BoneLabel.RIGHT_ILIUM
    bones[:, 9:, 140:] = BoneLabel.LEFT_ILIUM
    rows = {0: 8, 2: 9}
    found = correct_bones(bones, coronal_grid(160), rows=rows, first_alar=0, joint_lines={})
    assert (found[1, :9, 15:30] == BoneLabel.SACRUM).all()
    assert (found[1, :9, :15] == BoneLabel.RIGHT_ILIUM).all()


def test_marrow_above_a_row_without_ilium_is_iliac_crest() -> None:
    bones = np.full((N_SLICES, N_ROWS, 160), BoneLabel.SACRUM, dtype=np.uint8)
    bones[:, 8:, :30] = bones[:, 8:, 130:] = BoneLabel.BACKGROUND
    found = correct_bones(bones, coronal_grid(160), rows={0: 8}, first_alar=0, joint_lines={})
    assert (found[:, :8, :30] == BoneLabel.RIGHT_ILIUM).all()
    assert (found[:, :8, 130:] == BoneLabel.LEFT_ILIUM).all()


@pytest.mark.parametrize("table", [JOINT_LINES, REREAD_LINES])
def test_every_line_runs_downwards(table: dict[str, JointReading]) -> None:
    lines = [line for sides in table.values() for s in sides.values() for line in s.values()]
    assert lines
    assert all((np.diff([row for row, _ in line]) > 0).all() for line in lines)
