"""Limits of detection and quantitation, by hand and on scatter that was put in."""

from dataclasses import replace

import numpy as np
import pytest

from mri_bme.verify import Measurement
from mri_bme.verify.detection import (
    detection_figures,
    detection_limit_ml,
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


SCAN = Measurement(
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
NONE = np.zeros(0)


def scans(level_ml: float, *found: tuple[float, ...], bones: str = "automatic"):
    """Scans of several cases of one volume, as they were found."""
    return [
        replace(
            SCAN,
            case=f"{level_ml}-{n}-{bones}",
            level_ml=level_ml,
            true_ml=level_ml,
            found_ml=ml,
            bones=bones,
        )
        for n, case in enumerate(found)
        for ml in case
    ]


def limits(rows: list[Measurement]):
    return {(f.name, f.at): f for f in detection_figures(rows, NONE, NONE)}


def test_the_bound_of_detection_is_that_of_the_pooled_sd() -> None:
    """Two subjects of 0.5 mL, found 0.1 apart: SD 0.0707 with two degrees of freedom."""
    rows = [*scans(0.0, (0.0,)), *scans(0.5, (0.45, 0.55), (0.45, 0.55))]
    told = limits(rows)["limit of detection, from scatter", "total"]
    sd = 0.1 / np.sqrt(2)
    assert told.value == pytest.approx(1.6449 / 0.875 * sd, rel=1e-3)
    assert told.high == pytest.approx(1.6449 / 0.875 * sd * np.sqrt(2 / 0.10259), rel=1e-3)


def test_a_lesion_that_is_missed_in_both_scans_says_nothing_of_scatter() -> None:
    rows = [*scans(0.0, (0.0,)), *scans(0.5, (0.45, 0.55), (0.45, 0.55))]
    missed = [*rows, *scans(0.25, (0.0, 0.0), (0.0, 0.0))]
    named = ("limit of detection, from scatter", "total")
    assert limits(missed)[named] == limits(rows)[named]


def test_the_limit_of_detection_is_where_edema_is_found_and_not_where_it_repeats_itself() -> None:
    """Of four scans of 0.25 mL two are missed, perfectly alike: 0.5 mL is the limit."""
    rows = [
        *scans(0.0, (0.0, 0.0)),
        *scans(0.25, (0.0, 0.0), (0.25, 0.25)),
        *scans(0.5, (0.5, 0.5), (0.5, 0.51)),
        *scans(2.0, (2.0, 2.0), (2.0, 2.0)),
    ]
    told = limits(rows)
    assert told["limit of detection, from scatter", "total"].value < 0.02
    assert told["limit of detection", "total"].value == 0.5
    often = {at: f.value for (name, at), f in told.items() if name.startswith("found above")}
    assert often == {"0.25 mL": 50.0, "0.5 mL": 100.0, "2 mL": 100.0}


def test_what_is_found_in_blanks_as_well_is_not_found() -> None:
    rows = [*scans(0.0, (0.6, 0.6)), *scans(0.5, (0.5, 0.5)), *scans(2.0, (2.0, 2.0))]
    assert limits(rows)["limit of detection", "total"].value == 2.0


def test_where_the_largest_volume_is_missed_the_limit_is_above_it() -> None:
    rows = [*scans(0.0, (0.0,)), *scans(2.0, (2.0, 0.0))]
    for name in ("limit of detection", "limit of quantitation"):
        told = [f for f in detection_figures(rows, *pairs(0.1, 0.05)) if f.name == name]
        assert [(f.value, f.low) for f in told] == [(None, 2.0)]


SHARP = [(0.45, 0.55), (0.46, 0.54), (0.47, 0.53)] * 2


def test_a_run_takes_the_limit_from_scatter_and_the_larger_of_both_bones() -> None:
    given = [*scans(0.0, (0.0,), bones="given"), *scans(0.5, *SHARP, bones="given")]
    found = [*scans(0.0, (0.0,)), *scans(0.5, *[(2 * a - 0.5, 2 * b - 0.5) for a, b in SHARP])]
    alone = detection_limit_ml(given, usual_ml=0.06)
    told = limits(given)["limit of detection, from scatter", "total"]
    assert alone == told.value
    assert alone is not None
    assert detection_limit_ml([*given, *found], usual_ml=0.06) == pytest.approx(2 * alone)


@pytest.mark.parametrize(
    "low",
    [
        pytest.param([], id="no low samples"),
        pytest.param(SHARP[:5], id="five degrees of freedom"),
        pytest.param([(0.0, 0.0)] * 8, id="none was found"),
        pytest.param([(0.5, 0.5)] * 8, id="no scatter at all"),
    ],
)
def test_too_few_scans_tell_no_limit_and_never_zero(low) -> None:
    rows = [*scans(0.0, (0.0, 0.0)), *scans(0.5, *low)]
    assert detection_limit_ml(rows, usual_ml=0.06) is None


def test_what_blanks_show_above_the_usual_limit_counts_at_least() -> None:
    blanks = scans(0.0, (0.4, 0.4))
    assert detection_limit_ml(blanks, usual_ml=0.06) == pytest.approx(0.4)
    assert detection_limit_ml(blanks, usual_ml=0.5) is None
