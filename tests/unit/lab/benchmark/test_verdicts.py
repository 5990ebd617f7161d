"""Counting false verdicts and intervals that hold the truth."""

from dataclasses import replace

from lab.benchmark.verdicts import coverage, false_verdicts, unchanged_cases
from mri_bme.findings import Interval
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify import Measurement, design_cases
from mri_bme.verify.regions import Difference, RegionFound

ROW = Measurement(
    case="1",
    seed=1,
    level_ml=1.0,
    condition="as given",
    visit="baseline",
    bones="given",
    true_ml=1.0,
    found_ml=1.0,
    interval_ml=None,
    registration_error_mm=None,
    change_verdict="unchanged",
    reason="",
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
    def region(true_ml, low, high):
        return RegionFound(
            region="left",
            kind=RegionKind.SIDE,
            true_ml=true_ml,
            found_ml=(low + high) / 2,
            interval_ml=Interval(low=low, high=high),
        )

    changes = (
        difference(RegionKind.SIDE, "unchanged"),
        difference(RegionKind.SIDE, "increased", (0.1, 1.0)),
    )
    row = replace(
        ROW,
        regions=(region(1.0, 0.9, 1.2), region(1.0, 1.1, 1.2), region(0.0, 0.0, 0.1)),
        differences=changes,
    )
    shares = list(coverage([row]))
    assert counted(shares, "interval of a volume holds the truth", "side") == (1, 2)
    assert counted(shares, "... where there is no edema as well", "side") == (2, 3)
    assert counted(shares, "interval of a change holds zero", "side") == (1, 2)


def test_no_subject_is_one_that_the_settings_were_measured_on() -> None:
    fresh = unchanged_cases(60)
    assert len({case.seed for case in fresh}) == 60
    assert not {case.seed for case in fresh} & {c.seed for c in design_cases(fresh[0].protocol)}
