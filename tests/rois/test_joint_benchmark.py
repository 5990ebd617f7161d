"""How near a joint is to another one, and to lines that were read by eye."""

import numpy as np
import pytest
from test_labelled_scans import N_COLUMNS, N_ROWS, N_SLICES, coronal_grid

from mri_bme.benchmark.rois import CLOSE_MM, joint_within, within_lines
from mri_bme.io.labelled_scans import JointReading
from mri_bme.sacroiliac import BoneLabel
from mri_bme.settings import RoiSettings


def pelvis() -> np.ndarray:
    """Two joints, 1 mm from voxel to voxel."""
    bones = np.full((N_SLICES, N_ROWS, N_COLUMNS), BoneLabel.SACRUM, dtype=np.uint8)
    bones[:, :, :10] = BoneLabel.RIGHT_ILIUM
    bones[:, :, 50:] = BoneLabel.LEFT_ILIUM
    return bones


def lines(left: int) -> JointReading:
    """The right line on the joint, the left one in a column."""
    return {
        bone: {index: [(0, column), (N_ROWS - 1, column)] for index in range(N_SLICES)}
        for bone, column in ((BoneLabel.RIGHT_ILIUM, 9), (BoneLabel.LEFT_ILIUM, left))
    }


@pytest.mark.parametrize(("off_mm", "percent"), [(0, 100.0), (3, 100.0), (4, 50.0)])
def test_a_joint_is_near_to_lines_up_to_three_millimetres(off_mm: int, percent: float) -> None:
    found = within_lines(pelvis(), coronal_grid(), lines(50 + off_mm), RoiSettings())
    assert found == pytest.approx(percent)


def test_a_slice_without_a_line_is_not_near_to_the_next_one() -> None:
    drawn = lines(50)
    del drawn[BoneLabel.LEFT_ILIUM][1]
    found = within_lines(pelvis(), coronal_grid(), drawn, RoiSettings())
    assert found == pytest.approx(100 * (2 * N_SLICES - 1) / (2 * N_SLICES))


def test_a_joint_found_in_part_is_right_and_does_not_cover_the_drawn_one() -> None:
    found = pelvis()
    found[:, 10:] = BoneLabel.BACKGROUND
    found[1] = BoneLabel.BACKGROUND
    covered, right = joint_within(found, pelvis(), coronal_grid(), RoiSettings())
    assert right == 100
    rows_near = 10 + CLOSE_MM
    assert covered == pytest.approx(100 * rows_near / N_ROWS * (N_SLICES - 1) / N_SLICES)
