"""A hole in the signal is found, with what lies beside it; cortex and noise are none."""

import numpy as np
import pytest
from box_pelvis import semicoronal_geometry

from mri_bme.signal.voids import BESIDE_MM, STEADY_MM, beside_voids
from mri_bme.volume import VolumeGeometry

SHAPE = (5, 60, 60)
_WHOLE = semicoronal_geometry()
GEOMETRY = VolumeGeometry(shape=SHAPE, lps_from_index=_WHOLE.lps_from_index)
SLICE_MM, ROW_MM, COLUMN_MM = GEOMETRY.spacing_mm


def tissue(noise: float = 0.1) -> np.ndarray:
    return np.abs(np.random.default_rng(0).normal(1.0, noise, SHAPE)).astype(np.float32)


def with_hole(half_mm: float, noise: float = 0.1) -> np.ndarray:
    rows, columns = np.indices(SHAPE[1:])
    away = np.hypot((rows - 30) * ROW_MM, (columns - 30) * COLUMN_MM)
    seen = tissue(noise)
    seen[2, away < half_mm] *= 0.05
    return seen


@pytest.mark.parametrize("noise", [0.02, 0.15])
def test_a_hole_is_found_with_its_size(noise: float) -> None:
    void, beside = beside_voids(with_hole(9.0, noise), GEOMETRY)
    radius_mm = np.sqrt(np.count_nonzero(void) * ROW_MM * COLUMN_MM / np.pi)
    assert radius_mm == pytest.approx(9.0 - STEADY_MM, abs=0.7 * COLUMN_MM)  # the blur brightens it
    assert not void[[0, 1, 3, 4]].any()
    assert not (void & beside).any()
    out = np.flatnonzero(beside[2, 30, 30:]) * COLUMN_MM
    assert out.max() == pytest.approx(9.0 - STEADY_MM + BESIDE_MM, abs=1.5 * COLUMN_MM)
    assert beside[1, 30, 30] == (SLICE_MM <= BESIDE_MM)


def test_cortex_is_no_hole() -> None:
    for seen in (with_hole(3.0), tissue()):
        void, beside = beside_voids(seen, GEOMETRY)
        assert not void.any()
        assert not beside.any()


def test_a_hole_that_the_box_cuts_counts() -> None:
    seen = tissue()
    width = round(8.0 / COLUMN_MM)
    seen[2, 15:45, :width] = 0
    seen[3, 15:45, 20 : 20 + width] = 0
    void, _ = beside_voids(seen, GEOMETRY)
    assert void[2, 30, 1]
    assert not void[3].any()
