"""T1W is laid on the fluid-sensitive series of its visit, though both look different."""

import numpy as np
import pytest
from scipy import ndimage

from mri_bme.align_t1 import fit_t1, t1_on_grid
from mri_bme.check_appearance import check_t1_fit
from mri_bme.findings import T1Fit
from mri_bme.volume import RigidTransform, Volume, VolumeGeometry, rotation_of

SHAPE = (16, 120, 150)
SPACING_MM = (3.3, 1.2, 1.2)
STIR_OF_TISSUE = np.array([5.0, 60.0, 30.0, 140.0, 95.0])  # air, muscle, fat, fluid, marrow
T1_OF_TISSUE = np.array([4.0, 55.0, 190.0, 40.0, 120.0])
TOLERANCE_MM = 0.25


def geometry(shape: tuple[int, int, int] = SHAPE) -> VolumeGeometry:
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[0, 0, 1.2], [3.3, 0, 0], [0, -1.2, 0]])
    return VolumeGeometry(shape=shape, lps_from_index=matrix)


def tissue(person: int) -> np.ndarray:
    """A made-up body: five tissues in lumps of centimetres, nearly the same on both sides."""
    rng = np.random.default_rng(person)
    field = ndimage.gaussian_filter(rng.normal(size=SHAPE), (2.0, 7.0, 7.0))
    own = ndimage.gaussian_filter(rng.normal(size=SHAPE), (2.0, 7.0, 7.0))
    field = field + field[..., ::-1] + 0.9 * own
    return np.digitize(field / field.std(), [-1.2, -0.3, 0.5, 1.3])


def seen(tissues: np.ndarray, brightness: np.ndarray, seed: int) -> Volume:
    noise = np.random.default_rng(seed).normal(0, 4, SHAPE)
    sharp = ndimage.gaussian_filter(brightness[tissues], (0, 0.5, 0.5))
    return Volume(geometry=geometry(), voxels=np.maximum(sharp + noise, 0))


STIR = seen(tissue(1), STIR_OF_TISSUE, 7)
T1 = seen(tissue(1), T1_OF_TISSUE, 8)


def moved(volume: Volume, shift_mm: tuple[float, float, float], turn_degrees: float) -> Volume:
    """The same voxels, said by the header to lie elsewhere."""
    middle = volume.geometry.centre_lps_mm
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_of(np.radians(turn_degrees) * np.array([0.6, 0.0, 0.8]))
    matrix[:3, 3] = middle + shift_mm - matrix[:3, :3] @ middle
    placed = VolumeGeometry(shape=SHAPE, lps_from_index=matrix @ volume.geometry.lps_from_index)
    return Volume(geometry=placed, voxels=volume.voxels)


@pytest.mark.parametrize(
    ("shift_mm", "turn_degrees"),
    [((0.0, 0.0, 0.0), 0.0), ((1.0, -0.4, 0.6), 0.5), ((-2.0, 2.5, 2.0), 1.5)],
)
def test_a_motion_between_series_is_found_and_undone(
    shift_mm: tuple[float, float, float], turn_degrees: float
) -> None:
    t1 = moved(T1, shift_mm, turn_degrees)
    fit = fit_t1(STIR, t1)
    assert not check_t1_fit(fit).doubts
    assert fit.shift_mm == pytest.approx(np.linalg.norm(shift_mm), abs=TOLERANCE_MM)
    assert fit.turn_degrees == pytest.approx(turn_degrees, abs=0.4)
    assert fit.t1_from_volume is not None
    middle = STIR.geometry.centre_lps_mm
    found = fit.t1_from_volume.apply(middle)
    np.testing.assert_allclose(found, middle + shift_mm, atol=TOLERANCE_MM)
    inner = (slice(3, -3), slice(20, -20), slice(20, -20))
    off = np.abs(t1_on_grid(STIR, t1, fit).voxels - T1.voxels)[inner].mean()
    beside = np.abs(t1_on_grid(STIR, t1, T1Fit(covered=1, tilt_degrees=0, coarser=1)).voxels)
    assert off < max(0.6 * np.abs(beside - T1.voxels)[inner].mean(), 1e-6)


def test_t1_that_lies_where_it_should_is_not_touched() -> None:
    fit = fit_t1(STIR, T1)
    assert fit.reach_mm(50) < 0.6
    assert t1_on_grid(STIR, T1, fit) is T1


def test_the_same_pair_gives_the_same_motion_and_gain_changes_nothing() -> None:
    first, again = fit_t1(STIR, T1), fit_t1(STIR, T1)
    louder = fit_t1(STIR, Volume(geometry=T1.geometry, voxels=40 * T1.voxels))
    for fit in (again, louder):
        assert fit.fit == pytest.approx(first.fit, abs=1e-4)
        assert fit.shift_mm == pytest.approx(first.shift_mm, abs=1e-3)


def test_t1_of_another_person_is_left_out() -> None:
    look = check_t1_fit(fit_t1(STIR, seen(tissue(2), T1_OF_TISSUE, 9)))
    assert any("another person" in words for words in look.doubts)


def test_t1_in_the_mirror_is_left_out() -> None:
    look = check_t1_fit(fit_t1(STIR, Volume(geometry=geometry(), voxels=T1.voxels[..., ::-1])))
    assert any("in the mirror" in words for words in look.doubts)


def test_t1_from_after_the_patient_was_moved_is_left_out() -> None:
    look = check_t1_fit(fit_t1(STIR, moved(T1, (2.0, 7.0, -3.0), 2.0)))
    assert any("mm beside the fluid-sensitive series" in words for words in look.doubts)


def test_t1_elsewhere_is_left_out_without_looking_for_a_motion() -> None:
    fit = fit_t1(STIR, moved(T1, (130.0, 0.0, 0.0), 0.0))
    assert fit.t1_from_volume is None
    (words,) = check_t1_fit(fit).doubts
    assert "covers only" in words


def test_a_constant_t1_is_left_out() -> None:
    flat = Volume(geometry=geometry(), voxels=np.full(SHAPE, 7.0))
    assert check_t1_fit(fit_t1(STIR, flat)).doubts


def test_the_reach_of_a_motion_grows_with_its_turn() -> None:
    fit = T1Fit(
        covered=1,
        tilt_degrees=0,
        coarser=1,
        t1_from_volume=RigidTransform.identity(),
        shift_mm=0.5,
        turn_degrees=1.0,
    )
    assert fit.reach_mm(50) == pytest.approx(0.5 + 0.873, abs=0.001)
    assert T1Fit(covered=1, tilt_degrees=0, coarser=1).reach_mm(50) == 0
