"""Limits of detection and quantitation, by hand and on scatter that was put in."""

import numpy as np
import pytest

from mri_bme.verify.detection import limit_of_detection, limit_of_quantitation


def test_the_limit_of_detection_by_hand() -> None:
    """Pairs (1, 3) and (2, 2): pooled SD 1 with two degrees of freedom, c = 1.645 / (1 - 1/8)."""
    samples = [np.array([1.0, 3.0]), np.array([2.0, 2.0])]
    assert limit_of_detection(0.1, samples) == pytest.approx(0.1 + 1.6449 / 0.875, abs=0.001)


def test_without_repeated_samples_there_is_no_limit_of_detection() -> None:
    assert limit_of_detection(0.1, [np.array([1.0])]) is None


def pairs(sd_ml: float, share: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(9)
    volumes = np.repeat([0.25, 1.0, 4.0, 16.0, 60.0], 200)
    sd = np.hypot(sd_ml, share * volumes)
    return volumes, np.sqrt(2) * sd * rng.standard_normal(len(volumes))


def test_quantitation_begins_where_the_cv_falls_to_a_fifth() -> None:
    """0.3 mL everywhere and 5 %: the CV is 20 % at 0.3 / sqrt(0.04 - 0.0025) = 1.55 mL."""
    volumes, changes = pairs(0.3, 0.05)
    found = limit_of_quantitation(volumes, changes, least_ml=0.1, most_ml=60.0)
    assert found == pytest.approx(1.55, rel=0.12)


def test_quantitation_is_never_below_detection() -> None:
    volumes, changes = pairs(0.01, 0.02)
    assert limit_of_quantitation(volumes, changes, least_ml=0.4, most_ml=60.0) == pytest.approx(0.4)


def test_what_is_never_precise_enough_has_no_limit_of_quantitation() -> None:
    volumes, changes = pairs(0.1, 0.4)
    assert limit_of_quantitation(volumes, changes, least_ml=0.1, most_ml=60.0) is None
