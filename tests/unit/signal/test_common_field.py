"""What dims both series in the middle is found and evened out; disease is not taken for it."""

import numpy as np
import pytest
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry
from numpy.typing import NDArray

from mri_bme.place_rois import place_rois
from mri_bme.signal.common_field import BEGINS, CommonField, fit_common_field
from mri_bme.volume import Volume

GEOMETRY = semicoronal_geometry()
BONES = box_pelvis(GEOMETRY)
RNG = np.random.default_rng(0)
FLUID, T1 = (RNG.normal(100, 5, SHAPE).astype(np.float32) for _ in range(2))
ROIS = place_rois(Volume(geometry=GEOMETRY, voxels=FLUID), bones=BONES)
ACROSS_MM = np.abs(np.arange(SHAPE[2]) - SHAPE[2] / 2)
DIP = np.exp(0.35 * (ACROSS_MM / 50) ** 2).astype(np.float32)
AWAY_MM = np.abs(ROIS.joint_distance_mm)
MARROW = ROIS.quadrants > 0
NEAR = (AWAY_MM < 8) & MARROW
assert ROIS.reference is not None
NORMAL = ROIS.reference.voxels


def fitted(
    fluid: NDArray[np.float32],
    t1: NDArray[np.float32] | None,
    *,
    marrow: NDArray[np.bool_] = MARROW,
) -> CommonField | None:
    return fit_common_field(
        fluid,
        t1,
        marrow=marrow,
        reference=NORMAL,
        joint_distance_mm=ROIS.joint_distance_mm,
        geometry=GEOMETRY,
    )


def test_a_dip_that_both_series_share_is_found_and_evened_out() -> None:
    field = fitted(FLUID * DIP, T1 * DIP)
    assert field is not None
    assert field.share == 1
    gain = np.stack(list(field.gain(GEOMETRY)))
    even = FLUID * DIP / gain
    before, after = (np.median(one[NEAR]) / np.median(one[NORMAL]) for one in (FLUID * DIP, even))
    assert before > 1.3
    assert after == pytest.approx(1, abs=0.06)
    assert np.median(gain[NORMAL]) == pytest.approx(1, abs=0.01)
    by_the_joints = gain[(AWAY_MM < 20) & MARROW & ~NORMAL]
    assert np.percentile(by_the_joints, 95) == pytest.approx(1 + field.strength, abs=0.02)


@pytest.mark.parametrize("t1_of_lesions", [0.75, 1.0, None])
def test_edema_by_both_joints_is_no_field(t1_of_lesions: float | None) -> None:
    t1 = None if t1_of_lesions is None else np.where(NEAR, t1_of_lesions * T1, T1)
    field = fitted(np.where(NEAR, 1.8 * FLUID, FLUID), t1)
    assert field is not None
    assert field.strength < BEGINS / 2


@pytest.mark.parametrize("has_t1", [True, False])
def test_fat_by_both_joints_of_a_slender_pelvis_is_no_field(has_t1: bool) -> None:
    """Bright on both series, and as smooth: what lies by the joints is not asked."""
    slender = MARROW & ((AWAY_MM < 22) | NORMAL)
    fat = np.where(MARROW & (AWAY_MM < 9.5), np.float32(1.3), np.float32(1))
    field = fitted(FLUID * fat, T1 * fat if has_t1 else None, marrow=slender)
    assert field is not None
    assert field.strength < 0.03


@pytest.mark.parametrize(("from_mm", "times", "has_t1"), [(12, 3.0, True), (25, 2.0, False)])
def test_extensive_edema_far_from_the_joints_is_no_field(
    from_mm: float, times: float, has_t1: bool
) -> None:
    far = MARROW & (from_mm <= AWAY_MM) & ~NORMAL
    t1 = np.where(far, np.float32(0.75) * T1, T1) if has_t1 else None
    field = fitted(np.where(far, np.float32(times) * FLUID, FLUID), t1)
    assert field is not None
    assert field.strength < 0.03


def test_what_is_brighter_on_one_series_and_darker_on_the_other_is_no_field() -> None:
    field = fitted(FLUID * DIP, T1 / DIP)
    assert field is not None
    assert field.share == 0


def test_gain_and_a_coil_that_is_linear_change_nothing() -> None:
    coil = np.exp(np.linspace(-0.4, 0.4, SHAPE[2], dtype=np.float32))
    plain, other = fitted(FLUID * DIP, T1 * DIP), fitted(7 * FLUID * DIP * coil, T1 * DIP)
    assert plain is not None
    assert other is not None
    assert other.strength == pytest.approx(plain.strength, abs=0.05)


def test_without_t1w_a_dip_is_found_on_the_one_series() -> None:
    both, alone = fitted(FLUID * DIP, T1 * DIP), fitted(FLUID * DIP, None)
    assert both is not None
    assert alone is not None
    assert alone.strength == pytest.approx(both.strength, abs=0.03)


@pytest.mark.parametrize(
    ("strength", "share", "alone"), [(0.1, 0.0, 0.0), (0.21, 0.5, 0.0), (0.26, 1.0, 0.5)]
)
def test_what_people_have_anyway_is_left(strength: float, share: float, alone: float) -> None:
    """More of it without T1W, since then it may be disease."""
    fields = [
        CommonField(terms=np.ones(6), level=0.0, strength=strength, is_common=is_common)
        for is_common in (True, False)
    ]
    assert [field.share for field in fields] == pytest.approx([share, alone])


def test_normal_marrow_without_signal_has_no_field() -> None:
    assert fitted(np.zeros(SHAPE, np.float32), T1) is None
