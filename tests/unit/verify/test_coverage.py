"""Intervals beside the truth: over all, by volume, by condition and by kind of region."""

from dataclasses import replace

from mri_bme.findings import Interval
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify import Measurement
from mri_bme.verify.coverage import BY_CONDITION, BY_REGION, BY_VOLUME, NAME, coverage_figures
from mri_bme.verify.regions import RegionFound

HELD, MISSED = Interval(low=1.5, high=2.5), Interval(low=2.1, high=2.5)
SCAN = Measurement(
    case="1",
    seed=1,
    level_ml=2.0,
    condition="as given",
    visit="baseline",
    bones="automatic",
    true_ml=2.0,
    found_ml=2.2,
    interval_ml=HELD,
    registration_error_mm=None,
    change_verdict="unchanged",
    reason="",
)
LEFT = RegionFound(
    region="left", kind=RegionKind.SIDE, true_ml=2.0, found_ml=2.2, interval_ml=MISSED
)
ROWS = [
    replace(SCAN, regions=(LEFT, replace(LEFT, region="right", true_ml=0.0))),
    replace(SCAN, interval_ml=MISSED, regions=(replace(LEFT, interval_ml=HELD),)),
    replace(SCAN, level_ml=0.0, true_ml=0.0, interval_ml=Interval(low=0.0, high=0.1)),
    replace(SCAN, found_ml=None, interval_ml=None),
    replace(SCAN, condition="twice the noise", interval_ml=MISSED),
    replace(SCAN, condition="retest: another scanner", retest="another scanner"),
]


def told() -> dict[tuple[str, str], tuple[float | None, int]]:
    return {(f.name, f.at): (f.value, f.n) for f in coverage_figures(ROWS)}


def test_every_interval_is_held_against_the_truth_once_in_its_class() -> None:
    assert told() == {
        (NAME, "all with edema"): (50.0, 2),
        (BY_VOLUME, "0 mL"): (100.0, 1),
        (BY_VOLUME, "2 mL"): (50.0, 2),
        (BY_CONDITION, "twice the noise"): (0.0, 1),
        (BY_CONDITION, "retest: another scanner"): (100.0, 1),
        (BY_REGION, "side"): (50.0, 2),
    }


def test_departures_of_both_scans_stand_before_those_of_the_retest() -> None:
    figures = coverage_figures(reversed_rows := ROWS[::-1])
    assert reversed_rows[0].retest
    assert [f.at for f in figures if f.name == BY_CONDITION] == [
        *("twice the noise", "retest: another scanner")
    ]


def test_shares_have_intervals() -> None:
    first = next(coverage_figures(ROWS))
    assert first.low is not None
    assert first.high is not None
    assert 0 < first.low < 50 < first.high < 100
