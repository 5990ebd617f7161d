"""Limits of detection and quantitation, by hand and on scatter that was put in."""

from dataclasses import replace

import numpy as np
import pytest

from mri_bme.verify import Measurement
from mri_bme.verify.detection import (
    detection_figures,
    limit_of_detection,
    limit_of_quantitation,
)


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


def test_the_bound_of_quantitation_is_where_the_bound_of_the_cv_falls_to_a_fifth() -> None:
    """Ten pairs less one fitted term bound an SD at sqrt(9 / 3.325): 1.5 mL, at most 2.47."""
    volumes = np.linspace(0.5, 60.0, 10)
    changes = np.full(10, 0.3 * np.sqrt(2))
    found, highest = (
        limit_of_quantitation(volumes, changes, least_ml=0.1, most_ml=60.0, is_bound=is_bound)
        for is_bound in (False, True)
    )
    assert found == pytest.approx(1.5, rel=0.03)
    assert highest == pytest.approx(1.645 * 1.5, rel=0.03)


def test_the_bound_of_detection_is_that_of_the_pooled_sd() -> None:
    """Two subjects of 0.5 mL, found 0.1 apart: SD 0.0707 with two degrees of freedom."""
    first = Measurement(
        case="1",
        seed=1,
        level_ml=0.5,
        condition="as given",
        visit="baseline",
        bones="automatic",
        true_ml=0.5,
        found_ml=0.5,
        interval_ml=None,
        registration_error_mm=None,
        change_verdict="",
        reason="",
    )
    low = [replace(first, case=case, found_ml=ml) for case in ("1", "2") for ml in (0.45, 0.55)]
    rows = [replace(first, case="0", level_ml=0.0, true_ml=0.0, found_ml=0.0), *low]
    none = np.zeros(0)
    told = {f.name: f for f in detection_figures(rows, none, none)}["limit of detection"]
    sd = 0.1 / np.sqrt(2)
    assert told.value == pytest.approx(1.6449 / 0.875 * sd, rel=1e-3)
    assert told.high == pytest.approx(1.6449 / 0.875 * sd * np.sqrt(2 / 0.10259), rel=1e-3)
