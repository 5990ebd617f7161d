"""Which voxels say how the pelvis lies: a mask with its margin, or the middle of the field."""

import numpy as np
import pytest
from moved_anatomy import grid

from mri_bme.register_visits.region import CENTRAL_SHARE, MASK_MARGIN_MM, joint_region, weight_on
from mri_bme.volume import Mask, Volume

GEOMETRY = grid((24, 96, 96), (3.5, 2.0, 2.0))
VOLUME = Volume(geometry=GEOMETRY, voxels=np.ones(GEOMETRY.shape))


def masked(inside: np.ndarray) -> np.ndarray:
    mask = Mask(geometry=GEOMETRY, voxels=inside)
    return weight_on(joint_region(VOLUME, mask), GEOMETRY)


def test_without_a_mask_the_middle_of_every_slice_counts() -> None:
    weight = weight_on(joint_region(VOLUME, None), GEOMETRY)
    assert set(np.unique(weight)) == {0.0, 1.0}
    assert weight[:, 48, 48].all()
    assert not weight[:, 0, 0].any()
    assert weight.mean() == pytest.approx(np.pi / 4 * CENTRAL_SHARE**2, rel=0.02)


def test_a_mask_counts_with_a_margin_in_millimetres() -> None:
    inside = np.zeros(GEOMETRY.shape, dtype=bool)
    inside[8:16, 40:60, 40:60] = True
    weight = masked(inside)
    assert weight[inside].all()
    margin = int(MASK_MARGIN_MM / 2.0)
    assert weight[12, 40 - margin + 1, 50] == 1
    assert weight[12, 40 - margin - 2, 50] == 0
    assert weight[8 - 3, 50, 50] == 0  # 10.5 mm away


def test_a_mask_thinner_than_the_coarse_grid_is_not_lost() -> None:
    fine = grid((24, 96, 96), (3.5, 1.0, 1.0))  # the margin is made on every third voxel
    inside = np.zeros(fine.shape, dtype=bool)
    inside[11, 41, 43] = True
    volume = Volume(geometry=fine, voxels=np.ones(fine.shape))
    weight = weight_on(joint_region(volume, Mask(geometry=fine, voxels=inside)), fine)
    assert weight[11, 41, 43] == 1
    assert 0 < weight.mean() < 0.05
