"""The motion that was applied is the motion that is found; a wrong pair is refused."""

import sys
from dataclasses import replace
from itertools import chain, repeat

import numpy as np
import pytest
from moved_anatomy import anatomy, grid, motion_of, moved

from mri_bme.errors import GeometryMismatch, InvalidVoxels, RegistrationFailed
from mri_bme.register_visits import register_visits
from mri_bme.volume import Mask, RigidTransform, Volume, VolumeGeometry, half_of


def largest_error_mm(found: RigidTransform, truth: RigidTransform) -> float:
    points = np.array([5.0, -60, 30]) + np.random.default_rng(0).uniform(-50, 50, size=(200, 3))
    return float(np.linalg.norm(found.apply(points) - truth.apply(points), axis=1).max())


@pytest.fixture(scope="module")
def baseline() -> Volume:
    return anatomy(1)


@pytest.mark.parametrize(
    ("degrees", "shift_mm"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((3, -2, 4), (5, -8, 6)),
        ((-12, 10, 11), (-20, 15, -20)),
        ((0, 0, 20), (40, 0, 0)),
    ],
)
def test_the_motion_applied_is_found(baseline, degrees, shift_mm) -> None:
    truth = motion_of(degrees, shift_mm)
    centre = truth.apply([5.0, -60, 30]) - (5, -60, 30)
    followup = moved(baseline, truth, shifted(baseline.geometry, centre))
    found = register_visits(baseline, followup)
    assert found.quality.accepted, found.quality.reason
    assert largest_error_mm(found.moving_from_fixed, truth) < 0.25


def shifted(geometry: VolumeGeometry, shift_mm) -> VolumeGeometry:
    matrix = np.array(geometry.lps_from_index)
    matrix[:3, 3] += shift_mm
    return VolumeGeometry(shape=geometry.shape, lps_from_index=matrix)


def test_headers_that_are_30_cm_apart_do_not_matter(baseline) -> None:
    truth = motion_of((4, 3, -3), (6, -4, 8))
    followup = moved(baseline, truth, baseline.geometry)
    away = np.array([60.0, -120.0, 300.0])
    followup = replace(followup, geometry=shifted(followup.geometry, away))
    elsewhere = np.eye(4)
    elsewhere[:3, 3] = away
    found = register_visits(baseline, followup)
    assert found.quality.accepted, found.quality.reason
    truth = RigidTransform(b_from_a=elsewhere) @ truth
    assert largest_error_mm(found.moving_from_fixed, truth) < 0.25


def test_a_first_fit_that_the_gate_refuses_is_not_the_last_word(baseline, monkeypatch) -> None:
    truth = motion_of((3, -2, 4), (5, -8, 6))
    engine = sys.modules["mri_bme.register_visits"]
    judge, is_spoilt = engine.judge, chain([True], repeat(False))

    def strict_at_first(*pair: object, **settings: object) -> object:
        quality = judge(*pair, **settings)
        return replace(quality, accepted=False) if next(is_spoilt) else quality

    monkeypatch.setattr(engine, "judge", strict_at_first)
    found = register_visits(baseline, moved(baseline, truth, baseline.geometry))
    assert found.quality.accepted
    assert largest_error_mm(found.moving_from_fixed, truth) < 0.25


def test_swapping_the_visits_inverts_the_motion(baseline) -> None:
    followup = moved(baseline, motion_of((5, -4, 6), (9, 7, -12)), baseline.geometry)
    there = register_visits(baseline, followup).moving_from_fixed
    back = register_visits(followup, baseline).moving_from_fixed
    assert largest_error_mm(back.inverse(), there) < 1e-9


def test_gain_gamma_and_changed_lesions_do_not_move_the_pelvis(baseline) -> None:
    truth = motion_of((3, 2, -4), (4, 6, -5))
    voxels = np.array(baseline.voxels)
    voxels[8:14, 30:45, 25:40] *= 2.5  # a lesion of 30 x 30 x 20 mm that heals
    followup = moved(baseline, truth, baseline.geometry)
    followup = replace(followup, voxels=40 * np.maximum(followup.voxels, 0) ** 0.8)
    found = register_visits(replace(baseline, voxels=voxels), followup)
    assert found.quality.accepted, found.quality.reason
    assert largest_error_mm(found.moving_from_fixed, truth) < 0.25


def test_fewer_thicker_slices_and_another_matrix_fit(baseline) -> None:
    truth = motion_of((4, -3, 2), (3, -6, 8))
    followup = moved(baseline, truth, grid((12, 120, 110), (5.0, 1.5, 1.6)))
    found = register_visits(baseline, followup)
    assert found.quality.accepted, found.quality.reason
    assert largest_error_mm(found.moving_from_fixed, truth) < 0.5


def test_another_person_is_refused(baseline) -> None:
    quality = register_visits(baseline, anatomy(2)).quality
    assert not quality.accepted
    assert "another person" in quality.reason


def test_a_mask_on_either_visit_is_used(baseline) -> None:
    truth = motion_of((3, 2, -4), (4, 6, -5))
    followup = moved(baseline, truth, baseline.geometry)
    inside = np.zeros(baseline.geometry.shape, dtype=bool)
    inside[6:18, 30:66, 30:66] = True
    mask = Mask(geometry=baseline.geometry, voxels=inside)
    found = register_visits(baseline, followup, fixed_mask=mask)
    assert found.quality.accepted, found.quality.reason
    assert largest_error_mm(found.moving_from_fixed, truth) < 0.25


def test_a_mask_drawn_elsewhere_does_not_spoil_the_fit(baseline) -> None:
    truth = motion_of((3, 2, -4), (4, 6, -5))
    followup = moved(baseline, truth, baseline.geometry)
    masks = []
    for columns in (slice(15, 30), slice(66, 81)):
        inside = np.zeros(baseline.geometry.shape, dtype=bool)
        inside[6:18, 30:66, columns] = True
        masks.append(Mask(geometry=baseline.geometry, voxels=inside))
    found = register_visits(baseline, followup, fixed_mask=masks[0], moving_mask=masks[1])
    assert found.quality.accepted, found.quality.reason
    assert largest_error_mm(found.moving_from_fixed, truth) < 0.25


def test_a_side_that_moved_on_its_own_is_reported(baseline) -> None:
    followup = Volume(
        geometry=baseline.geometry,
        voxels=np.concatenate(
            [baseline.voxels[:, :, :48], np.roll(baseline.voxels, 1, axis=1)[:, :, 48:]], axis=2
        ),
    )
    details = register_visits(baseline, followup).quality.details
    apart = details["left_apart_mm"], details["right_apart_mm"]
    assert sum(apart) == pytest.approx(2.0, abs=0.5)  # one row of 2 mm, however it is shared
    assert details["left_own_similarity"] >= details["left_similarity"]


def test_half_a_motion_twice_is_the_motion() -> None:
    whole = motion_of((12, -9, 14), (250, -30, 60)).b_from_a
    half = half_of(whole)
    assert half @ half == pytest.approx(whole, abs=1e-9)


def test_a_constant_volume_is_refused(baseline) -> None:
    flat = replace(baseline, voxels=np.full(baseline.geometry.shape, 7.0))
    with pytest.raises(InvalidVoxels, match="moving volume is constant"):
        register_visits(baseline, flat)


def test_one_slice_is_refused(baseline) -> None:
    one = Volume(geometry=grid((1, 96, 96), (3.5, 2, 2)), voxels=baseline.voxels[:1])
    with pytest.raises(RegistrationFailed, match="only 1 voxels along one axis"):
        register_visits(baseline, one)


def test_needle_shaped_voxels_are_refused(baseline) -> None:
    needles = replace(baseline, geometry=grid((24, 96, 96), (25.0, 1.0, 1.0)))
    with pytest.raises(RegistrationFailed, match="25 times longer than wide"):
        register_visits(needles, baseline)


def test_a_mask_of_another_grid_is_refused(baseline) -> None:
    geometry = grid((24, 96, 96), (4.0, 2.0, 2.0))
    mask = Mask(geometry=geometry, voxels=np.ones(geometry.shape))
    with pytest.raises(GeometryMismatch, match="fixed mask"):
        register_visits(baseline, baseline, fixed_mask=mask)


def test_an_empty_mask_is_refused(baseline) -> None:
    mask = Mask(geometry=baseline.geometry, voxels=np.zeros(baseline.geometry.shape))
    with pytest.raises(InvalidVoxels, match="moving mask is empty"):
        register_visits(baseline, baseline, moving_mask=mask)
