"""A consensus of three readers, voxel by voxel."""

import numpy as np
import pytest
from scoring_scenes import grid

from mri_bme.agreement.consensus import majority, staple
from mri_bme.errors import InvalidVoxels
from mri_bme.volume import Mask


def mask(*boxes) -> Mask:
    voxels = np.zeros(grid().shape, bool)
    for where in boxes:
        voxels[where] = True
    return Mask(geometry=grid(), voxels=voxels)


TRUTH = np.s_[3:5, 10:18, 10:18]


def test_majority_takes_what_more_than_half_marked() -> None:
    found = majority([mask(np.s_[3, 5, 5:8]), mask(np.s_[3, 5, 6:9]), mask(np.s_[3, 5, 7:9])])
    assert np.argwhere(found.voxels).tolist() == [[3, 5, 6], [3, 5, 7], [3, 5, 8]]


def test_half_of_the_readers_is_no_majority() -> None:
    assert majority([mask(np.s_[3, 5, 5]), mask()]).n_voxels == 0


def test_staple_follows_two_readers_who_are_right_against_one_who_is_not() -> None:
    careless = mask(np.s_[3:5, 10:18, 18:26])
    found = staple([mask(TRUTH), mask(TRUTH), careless])
    assert np.array_equal(found.voxels, mask(TRUTH).voxels)


@pytest.mark.parametrize("combine", [majority, staple])
def test_no_edema_by_all_is_no_edema(combine) -> None:
    assert combine([mask(), mask(), mask()]).n_voxels == 0


@pytest.mark.parametrize("combine", [majority, staple])
def test_without_a_mask_there_is_no_consensus(combine) -> None:
    with pytest.raises(InvalidVoxels, match="at least one"):
        combine([])
