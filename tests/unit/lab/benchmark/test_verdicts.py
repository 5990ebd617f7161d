"""Counting false verdicts, intervals that hold the truth, and real changes that were called."""

from dataclasses import replace

import pytest

from lab.benchmark.measured import ChangeFound, Measured
from lab.benchmark.verdicts import (
    CALIBRATION_SEED,
    FIRST_SEED,
    bias,
    coverage,
    false_verdicts,
    real_changes,
    reasons,
    without_edema,
)
from mri_bme.findings import Interval
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.design import FIRST_SEED as DESIGN_SEED
from mri_bme.verify.regions import Difference, RegionFound

ROW = Measured(
    case="1",
    seed=1,
    protocol="default",
    bones="given",
    regions=(),
    differences=(),
    changes=(),
)


def difference(kind, verdict, interval=(-1.0, 1.0)):
    return Difference(
        region="",
        kind=kind,
        baseline_ml=1.0,
        followup_ml=1.2,
        interval_ml=Interval(low=interval[0], high=interval[1]),
        verdict=verdict,
    )


def region(true_ml, low, high, found_ml=None, kind=RegionKind.SIDE):
    return RegionFound(
        region="left",
        kind=kind,
        true_ml=true_ml,
        found_ml=(low + high) / 2 if found_ml is None else found_ml,
        interval_ml=Interval(low=low, high=high),
    )


def change(true_ml, verdict, low=-9.0, high=9.0):
    return ChangeFound(
        region="left",
        kind=RegionKind.SIDE,
        true_ml=true_ml,
        found_ml=true_ml,
        interval_ml=Interval(low=low, high=high),
        verdict=verdict,
    )


def counted(shares, what, kind):
    return next((s.n, s.of) for s in shares if (s.what, s.kind) == (what, kind))


def test_a_verdict_that_calls_a_change_is_counted_and_joined_outlines_apart() -> None:
    found = [
        *(difference(RegionKind.SIDE, v) for v in ("unchanged", "none", "increased")),
        *(difference(RegionKind.LESION, v) for v in ("stable", "grown", "merged", "new")),
    ]
    shares = list(false_verdicts([replace(ROW, differences=tuple(found))]))
    assert counted(shares, "called changed", "side") == (1, 3)
    assert counted(shares, "called changed, of those with edema", "side") == (1, 2)
    assert counted(shares, "called changed", "lesion") == (2, 4)
    assert counted(shares, "outlines merged or split", "lesion") == (1, 4)


def test_an_interval_counts_where_it_holds_what_is_true() -> None:
    row = replace(
        ROW,
        regions=(
            region(1.0, 0.9, 1.2),
            region(1.0, 1.1, 1.2),
            region(0.4, 0.1, 0.3),
            region(0.0, 0.0, 0.1),
        ),
        differences=(
            difference(RegionKind.SIDE, "unchanged"),
            difference(RegionKind.SIDE, "increased", (0.1, 1.0)),
        ),
        changes=(change(-2.0, "decreased", -3, -1), change(-2.0, "unchanged", -1, 1)),
    )
    shares = list(coverage([row]))
    assert counted(shares, "interval of a volume holds the truth", "side") == (1, 3)
    assert counted(shares, "... of at most 0.5 mL", "side") == (0, 1)
    assert counted(shares, "... where there is no edema", "side") == (1, 1)
    assert counted(shares, "interval of a change holds zero", "side") == (1, 2)
    assert counted(shares, "interval of a real change holds it", "side") == (1, 2)


@pytest.mark.parametrize("bones", ["given", "automatic"])
def test_sources_of_bones_are_counted_apart(bones) -> None:
    rows = [replace(ROW, bones=bones, regions=(region(1.0, 0.9, 1.2),)), ROW]
    found = [s.bones for s in coverage(rows) if s.of]
    assert set(found) == {bones}


def test_a_real_change_called_the_other_way_round_is_no_change_called() -> None:
    changes = (
        change(-2.0, "decreased"),
        change(-2.0, "resolved"),
        change(2.0, "decreased"),
        change(2.0, "unchanged"),
        change(0.2, "unchanged"),  # too small to be asked for
    )
    shares = list(real_changes([replace(ROW, changes=changes)]))
    assert counted(shares, "real change above 0.5 mL called", "side") == (2, 4)
    assert counted(shares, "... the other way round", "side") == (1, 4)


def test_joints_without_edema_are_counted_by_what_is_found_and_by_what_may_be() -> None:
    regions = (region(0.0, 0.0, 0.04, 0.0), region(0.0, 0.0, 0.2, 0.04), region(0.0, 0.0, 0.3, 0.1))
    shares = list(without_edema([replace(ROW, regions=(*regions, region(1.0, 0.9, 1.1)))]))
    assert counted(shares, "joint without edema below 0.05 mL", "side") == (2, 3)
    assert counted(shares, "... and so is its interval", "side") == (1, 3)


def test_bias_is_told_of_totals_that_are_large_enough() -> None:
    regions = tuple(region(t, 0, 9, f, RegionKind.TOTAL) for t, f in ((2.0, 1.8), (0.2, 9.0)))
    (line,) = bias([replace(ROW, regions=regions)])
    assert "mean 0.900" in line


def test_what_was_not_measured_is_said() -> None:
    assert list(reasons([replace(ROW, reasons=("retest: no joint",))])) == [
        "1, bones given: retest: no joint"
    ]


def test_what_is_quoted_was_not_calibrated_on() -> None:
    assert CALIBRATION_SEED + 1000 < FIRST_SEED
    assert DESIGN_SEED + 1000 < CALIBRATION_SEED
