"""A gradient that is looked up is, to the last bit, the one that would be held in arrays."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.register_visits.gradient import Box, gradient_within
from mri_bme.volume import VolumeGeometry

SHAPE = (40, 30, 20)
RNG = np.random.default_rng(4)
VOXELS = RNG.normal(size=SHAPE).astype(np.float32)
MATRIX = np.eye(4)
MATRIX[:3, :3] = np.linalg.qr(RNG.normal(size=(3, 3)))[0] * [4.0, 0.7, 0.6]
GEOMETRY = VolumeGeometry(shape=SHAPE, lps_from_index=MATRIX)
WHOLE: Box = (slice(0, 40), slice(0, 30), slice(0, 20))
PART: Box = (slice(3, 37), slice(0, 21), slice(5, 20))


def held(box: Box) -> NDArray[np.float32]:
    """The gradient of all voxels in arrays, cut to the box."""
    slope = np.asarray(GEOMETRY.directions / np.array(GEOMETRY.spacing_mm), dtype=np.float32)
    steps = np.gradient(VOXELS)
    found = []
    for axis in range(3):
        total = slope[axis, 0] * steps[0] + slope[axis, 1] * steps[1]
        total += slope[axis, 2] * steps[2]
        found.append(total)
    return np.stack(found)[(slice(None), *box)]


@pytest.mark.parametrize("box", [WHOLE, PART])
def test_slices_at_a_time_make_the_whole(box: Box) -> None:
    gradient = gradient_within(VOXELS, GEOMETRY, box)
    found = np.empty((3, *gradient.shape), dtype=np.float32)
    for some, part in gradient.by_slices():
        found[:, some] = part
    np.testing.assert_array_equal(found, held(box))


@pytest.mark.parametrize("box", [WHOLE, PART])
def test_what_is_looked_up_is_what_scipy_interpolates(box: Box) -> None:
    gradient = gradient_within(VOXELS, GEOMETRY, box)
    low, high = -2, np.array(gradient.shape)[:, None] + 1
    index = RNG.uniform(low, high, (3, 5000))
    index[:, :400] = np.rint(index[:, :400])  # on voxels, too, and beyond
    expected = [
        ndimage.map_coordinates(
            part, index, order=1, mode="grid-constant", cval=0.0, output=np.float64
        )
        for part in held(box)
    ]
    np.testing.assert_array_equal(gradient.at(index), np.stack(expected))
