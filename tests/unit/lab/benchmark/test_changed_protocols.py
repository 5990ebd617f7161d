"""What pairs without a change say of limits for visits that were not scanned alike."""

import pytest

from lab.benchmark.changed_protocols import (
    ALIKE,
    DEPARTURES,
    Pair,
    departures_of,
    factors,
    judged,
    told_of,
)
from mri_bme.findings import Interval
from mri_bme.measurement_error import smallest_detectable_change_ml
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import CompareSettings
from mri_bme.study import ProtocolPart
from mri_bme.verify.regions import Difference

SEQUENCE = "Dixon water instead of STIR"


def pair(seed: int, in_detectable: float, departure: str = SEQUENCE, wider: float = 1.0) -> Pair:
    """A total of 2 mL on average whose visits differ by so many smallest detectable changes."""
    least_ml = smallest_detectable_change_ml(2.0, CompareSettings())
    half = in_detectable * least_ml / 2
    change_ml = 2 * half
    return Pair(
        seed=seed,
        departure=departure,
        wider_by=wider,
        difference=Difference(
            region="total",
            kind=RegionKind.TOTAL,
            baseline_ml=2.0 - half,
            followup_ml=2.0 + half,
            interval_ml=Interval(low=change_ml - 0.2 * wider, high=change_ml + 0.2 * wider),
            verdict="unchanged",
        ),
    )


def told(lines: object, part: str) -> list[str]:
    return [line for line in lines if str(line).startswith(part)]  # type: ignore[attr-defined]


def test_every_subject_is_scanned_with_one_departure_of_each_part() -> None:
    parts = [[one.part for one in departures_of(number).values()] for number in (0, 1)]
    assert all(sorted(found) == sorted(ProtocolPart) for found in parts)
    assert set(departures_of(0)) | set(departures_of(1)) == set(DEPARTURES)


def test_the_header_tells_what_voxels_do_not() -> None:
    assert told_of(SEQUENCE).sequence != told_of(ALIKE).sequence
    assert told_of("slices of 3 mm") == told_of(ALIKE)


def test_a_factor_is_an_upper_bound_of_what_tables_would_have_allowed_for() -> None:
    pairs = [pair(seed, sign * 1.0) for seed, sign in enumerate((1, -1, 1, -1, 1, -1))]
    pairs += [pair(seed, 0.1, ALIKE) for seed in range(6)]
    *_, factor = told(factors(pairs), "sequence")
    expected = 1.96 * (6 / 1.635) ** 0.5  # the 5th percentile of chi-squared with 6 degrees
    assert float(factor.rsplit(" ", 1)[1]) == pytest.approx(expected, rel=0.01)
    assert told(factors(pairs), ALIKE)[-1] == f"{ALIKE}: factor 1.00"


def test_limits_are_judged_with_and_without_their_widening() -> None:
    pairs = [pair(1, 1.5, wider=4.0), pair(2, 0.1, wider=4.0)]
    (line,) = told(judged(pairs), "sequence")
    assert line == "sequence, total, 0, 1, 2; 2, 1, 2"
