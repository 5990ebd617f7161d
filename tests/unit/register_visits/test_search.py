"""Where two volumes might fit, whatever their headers say of the position."""

from dataclasses import replace

import numpy as np
import pytest
from moved_anatomy import anatomy, motion_of, moved

from mri_bme.register_visits.motion import distances_mm
from mri_bme.register_visits.search import SEARCH_SPACING_MM, starting_motions
from mri_bme.volume import RigidTransform, VolumeGeometry

FIXED = anatomy(1)
MIDDLE = FIXED.geometry.centre_lps_mm


def apart_mm(matrix: np.ndarray, truth: RigidTransform) -> float:
    return float(distances_mm(RigidTransform(b_from_a=matrix), truth, MIDDLE[None])[0])


def test_headers_come_first_and_then_grid_on_grid() -> None:
    away = np.array(FIXED.geometry.lps_from_index)
    away[:3, 3] += (40, -80, 300)
    elsewhere = VolumeGeometry(shape=FIXED.geometry.shape, lps_from_index=away)
    starts = starting_motions(FIXED, replace(FIXED, geometry=elsewhere), n_best=1)
    np.testing.assert_array_equal(next(starts), np.eye(4))
    on_grid = next(starts)
    assert on_grid[:3, 3] == pytest.approx((40, -80, 300))
    np.testing.assert_allclose(on_grid[:3, :3], np.eye(3), atol=1e-12)


def test_a_shift_of_many_centimetres_is_found_to_a_search_voxel() -> None:
    truth = motion_of((0, 0, 0), (40.0, -20.0, 30.0))
    *_, third = (
        m
        for m, _ in zip(
            starting_motions(FIXED, moved(FIXED, truth, FIXED.geometry), n_best=1),
            range(3),
            strict=False,
        )
    )
    assert apart_mm(third, truth) < SEARCH_SPACING_MM
