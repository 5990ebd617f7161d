"""Distances are those of scipy, to the last bit, in a fraction of its memory."""

import numpy as np
import pytest
from scipy import ndimage

from mri_bme.distances import box_around, distance_to, values_of_nearest

SPACING_MM = (4.4, 0.7291666865348816, 0.7291666865348816)


def some_mask(share: float) -> np.ndarray:
    return np.random.default_rng(4).random((7, 23, 31)) < share


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("share", [0.002, 0.1, 0.9])
def test_distances_are_those_of_scipy_to_the_last_bit(share: float, dtype: type) -> None:
    mask = some_mask(share)
    expected = ndimage.distance_transform_edt(~mask, sampling=SPACING_MM).astype(dtype)
    assert mask.any()
    assert np.array_equal(distance_to(mask, SPACING_MM, dtype=dtype), expected)


def test_a_voxel_takes_the_value_of_the_nearest_one_inside() -> None:
    values = np.zeros((1, 1, 6), dtype=np.uint8)
    values[0, 0, [0, 5]] = 3, 7
    assert values_of_nearest(values, values > 0, (1, 1, 1)).tolist() == [[[3, 3, 3, 7, 7, 7]]]


def test_distances_to_the_outside_are_the_same_in_the_box_around_a_mask() -> None:
    inside = np.zeros((7, 23, 31), dtype=bool)
    inside[2:7, 5:18, 9:20] = some_mask(0.97)[2:7, 5:18, 9:20]
    box = box_around(inside)
    whole = distance_to(~inside, SPACING_MM, dtype=np.float64)
    assert inside[box].size < inside.size / 2
    assert np.array_equal(distance_to(~inside[box], SPACING_MM, dtype=np.float64), whole[box])
    assert np.count_nonzero(whole) == np.count_nonzero(whole[box])


def test_nothing_has_an_empty_box() -> None:
    assert np.zeros((3, 4, 5))[box_around(np.zeros((3, 4, 5), dtype=bool))].size == 0
