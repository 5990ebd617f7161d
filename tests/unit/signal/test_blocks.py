"""A block's value is the mean of its voxels, however many there are."""

import numpy as np
import pytest

from mri_bme.signal.blocks import block_means


def test_a_ramp_averages_to_a_coarser_ramp() -> None:
    ramp = np.broadcast_to(np.arange(12, dtype=np.float32), (3, 4, 12)).copy()
    coarse = block_means(ramp, (1, 2, 3))
    assert coarse.shape == (3, 2, 4)
    assert coarse[0, 0].tolist() == [1, 4, 7, 10]


def test_an_incomplete_last_block_is_left_out() -> None:
    voxels = np.array([[[1, 3, 5, 7, 100]]], dtype=np.float32)
    assert block_means(voxels, (1, 1, 2)).ravel().tolist() == [2, 6]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_fewer_voxels_than_a_block_still_average_to_their_mean(n: int) -> None:
    voxels = np.full((n, 2, 2), 8, dtype=np.float32)
    assert np.all(block_means(voxels, (4, 1, 1)) == 8)
