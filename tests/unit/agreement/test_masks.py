"""Two masks are compared as a hand would count them."""

import numpy as np
import pytest
from scoring_scenes import VOXEL_ML, grid

from mri_bme.agreement.masks import compare_masks
from mri_bme.errors import GeometryMismatch
from mri_bme.volume import Mask


def mask(*boxes) -> Mask:
    voxels = np.zeros(grid().shape, bool)
    for where in boxes:
        voxels[where] = True
    return Mask(geometry=grid(), voxels=voxels)


def test_two_bars_shifted_by_two_columns() -> None:
    first, second = mask(np.s_[3, 10, 10:14]), mask(np.s_[3, 10, 12:16])
    found = compare_masks(first, second)
    assert found.dice == pytest.approx(2 * 2 / 8)
    # columns of 2 mm: voxels are 4, 2, 0, 0 mm from the other bar, both ways
    assert found.surface_mean_mm == pytest.approx((4 + 2 + 0 + 0) / 4)
    assert (found.n_first, found.n_first_matched) == (1, 1)
    assert found.first_ml == pytest.approx(4 * VOXEL_ML)


def test_distance_across_slices_is_that_of_their_spacing() -> None:
    found = compare_masks(mask(np.s_[3, 10, 10]), mask(np.s_[4, 10, 10]))
    assert found.surface_mean_mm == 5
    assert found.dice == 0


def test_dice_and_distances_of_two_squares_by_hand() -> None:
    # 4 x 4 voxels of 2 mm, the second one column further: 12 of 16 and 16 in common
    found = compare_masks(mask(np.s_[3, 10:14, 10:14]), mask(np.s_[3, 10:14, 11:15]))
    assert found.dice == pytest.approx(2 * 12 / 32)
    # One slice alone: every voxel is an outermost one. The four of the first column are 2 mm from
    # the other square, both ways; the other twelve of each lie in it. The 95th percentile of 32
    # distances with eight of 2 mm is one of these.
    assert found.surface_mean_mm == pytest.approx(8 * 2 / 32)
    assert found.surface_95_mm == pytest.approx(2.0)


def test_lesions_are_matched_one_by_one() -> None:
    first = mask(np.s_[2, 5:8, 5:8], np.s_[6, 5:8, 5:8], np.s_[6, 20:22, 30:32])
    second = mask(np.s_[2, 6:9, 6:9])
    found = compare_masks(first, second)
    assert (found.n_first, found.n_first_matched) == (3, 1)
    assert (found.n_second, found.n_second_matched) == (1, 1)


def test_two_empty_masks_have_no_overlap_to_tell() -> None:
    found = compare_masks(mask(), mask())
    assert (found.dice, found.surface_mean_mm, found.n_first) == (None, None, 0)
    assert compare_masks(mask(), mask(np.s_[2, 5, 5])).dice == 0


def test_masks_of_different_grids_are_refused() -> None:
    other = grid(shift_mm=(0, 1.0, 0))
    with pytest.raises(GeometryMismatch):
        compare_masks(mask(), Mask(geometry=other, voxels=np.zeros(other.shape, bool)))
