"""How far tissue on STIR lies beside where it lies on T1W."""

import numpy as np
import pytest
from coronal_grid import coronal_grid
from scipy import ndimage

from lab.labelled_scans import moved_in_plane
from lab.training.contrast_shift import around_bones, shift_between
from mri_bme.sacroiliac import BoneLabel

SHAPE = (9, 90, 100)


def tissue(rng: np.random.Generator) -> np.ndarray:
    """Smooth blobs, between 0 and 1."""
    smooth = ndimage.gaussian_filter(rng.standard_normal(SHAPE), (1, 3, 3))
    return (smooth - smooth.min()) / np.ptp(smooth)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.8, -1.3), (-0.5, 0.2)])
def test_the_shift_between_two_contrasts_is_found(shift: tuple[float, float]) -> None:
    rng = np.random.default_rng(1)
    stir = tissue(rng)
    t1 = ndimage.shift(np.abs(stir - 0.45), (0, *shift))  # another contrast, not the same inverted
    noisy = [view + 0.01 * rng.standard_normal(SHAPE) for view in (stir, t1)]
    where = around_bones(np.ones(SHAPE))
    np.testing.assert_allclose(shift_between(noisy[0], noisy[1], where), shift, atol=0.12)


def test_what_is_compared_surrounds_the_bones() -> None:
    bones = np.zeros(SHAPE)
    bones[:, 40:50, 40:50] = 1
    where = around_bones(bones)
    assert not where[[0, 1, -1, -2]].any()
    assert where[4, 34:56, 34:56].all()
    assert where[4].sum() == 22**2


def test_bones_move_towards_the_feet_and_the_left() -> None:
    volume = coronal_grid()
    bones = np.zeros(volume.voxels.shape, dtype=np.uint8)
    bones[1, 10:20, 20:30] = BoneLabel.SACRUM
    bones[1, 10:20, 30:40] = BoneLabel.LEFT_ILIUM
    np.testing.assert_array_equal(moved_in_plane(bones, volume, (0.0, 0.0)), bones)
    moved = moved_in_plane(bones, volume, (2.0, 3.0))
    np.testing.assert_array_equal(moved[:, 12:, 23:], bones[:, 10:-2, 20:-3])
    assert not moved[:, :12].any()
    nearly = moved_in_plane(bones, volume, (0.4, 0.0))
    np.testing.assert_array_equal(nearly, bones)
