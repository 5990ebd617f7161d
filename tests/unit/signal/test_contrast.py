"""Local contrast knows nothing of gain, offset or a slow field."""

import numpy as np
import pytest

from mri_bme.signal import contrast
from mri_bme.signal.contrast import normalise_locally

SPACING = (4.0, 1.0, 1.0)


@pytest.fixture
def textured() -> np.ndarray:
    rng = np.random.default_rng(3)
    fine = rng.normal(0, 1, (8, 60, 60)).astype(np.float32)
    return 100 + 10 * fine


@pytest.mark.parametrize(("gain", "offset"), [(0.01, 0), (30, 0), (1, 500)])
def test_gain_and_offset_do_not_matter(textured: np.ndarray, gain: float, offset: float) -> None:
    plain = normalise_locally(textured, SPACING, sigma_mm=10)
    other = normalise_locally((gain * textured + offset).astype(np.float32), SPACING, sigma_mm=10)
    assert other == pytest.approx(plain, abs=0.02)


def test_a_slow_field_hardly_shows(textured: np.ndarray) -> None:
    field = np.exp(np.linspace(-0.5, 0.5, 60)).astype(np.float32)
    shaded = normalise_locally(textured * field, SPACING, sigma_mm=5)
    inner = (slice(None), slice(10, -10), slice(10, -10))
    assert abs(np.corrcoef(shaded[inner].mean(axis=(0, 1)), field[10:-10])[0, 1]) < 0.5
    plain = normalise_locally(textured, SPACING, sigma_mm=5)
    assert np.corrcoef(shaded[inner].ravel(), plain[inner].ravel())[0, 1] > 0.98


def test_a_flat_volume_is_zero_and_finite() -> None:
    assert np.all(normalise_locally(np.full((4, 9, 9), 7, np.float32), SPACING, sigma_mm=5) == 0)


@pytest.mark.parametrize("blur_mm", [None, (0.0, 1.5, 1.5)])
def test_some_rows_at_a_time_and_a_box_alone_are_the_numbers_of_the_whole(
    textured: np.ndarray, monkeypatch: pytest.MonkeyPatch, blur_mm: tuple[float, ...] | None
) -> None:
    whole = normalise_locally(textured, SPACING, sigma_mm=4, blur_mm=blur_mm)
    monkeypatch.setattr(contrast, "MAX_VOXELS_AT_ONCE", 8 * 60 * 7)
    box = (slice(1, 6), slice(5, 44), slice(20, 60))
    part = normalise_locally(textured, SPACING, sigma_mm=4, blur_mm=blur_mm, box=box)
    np.testing.assert_array_equal(part, whole[box])
