"""Automatic reference marrow is normal marrow, whatever else lies inside the sacrum drawn."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.reference import estimate_reference
from mri_bme.settings import RoiSettings

AXES = PelvisAxes(order=(0, 1, 2), flipped=(False, False, False), spacing_mm=(4.0, 1.0, 1.0))
SHAPE = (10, 90, 100)
MARROW = 100.0


def reference_of(voxels: NDArray[np.float64]) -> NDArray[np.bool_]:
    sacrum = np.ones(SHAPE, dtype=bool)
    sacrum[:, :5] = sacrum[:, -5:] = False
    across = np.abs(np.arange(SHAPE[2]) - 49.5)
    to_joint = np.broadcast_to(60 - across, SHAPE).astype(np.float32)
    found = np.asarray(voxels, dtype=np.float32)
    return estimate_reference(found, sacrum, to_joint, AXES, RoiSettings())


@pytest.fixture
def marrow() -> NDArray[np.float64]:
    return MARROW * (1 + 0.1 * np.random.default_rng(4).standard_normal(SHAPE))


def test_a_third_of_muscle_inside_the_bone_map_is_left_out(marrow: NDArray[np.float64]) -> None:
    marrow[:, 60:] *= 0.62
    found = reference_of(marrow)
    assert np.median(marrow[found]) == pytest.approx(MARROW, rel=0.03)
    assert np.count_nonzero(found[:, 62:]) < 0.01 * np.count_nonzero(found)


def test_a_sacrum_almost_half_edematous_still_shows_what_is_normal(
    marrow: NDArray[np.float64],
) -> None:
    edema = np.random.default_rng(5).uniform(1.5, 3.0, (SHAPE[0], 1, 42))
    marrow[:, :, :42] *= edema
    found = reference_of(marrow)
    assert np.median(marrow[found]) == pytest.approx(MARROW, rel=0.05)


def test_the_back_counts_as_normal_although_the_coil_makes_it_brighter(
    marrow: NDArray[np.float64],
) -> None:
    coil = np.exp(np.linspace(-0.35, 0.35, SHAPE[0]))[:, None, None]
    found = reference_of(marrow * coil)
    per_slice = found.sum(axis=(1, 2))
    assert per_slice.min() > 0.7 * per_slice.max()
