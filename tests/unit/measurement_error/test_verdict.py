"""When a change is called, and where the rule is worded."""

import itertools
from pathlib import Path

import pytest

from mri_bme.findings import Interval, Verdict
from mri_bme.measurement_error import VERDICT_RULE, judge_change
from mri_bme.sacroiliac import REGIONS, RegionKind, region_kind
from mri_bme.settings import CompareSettings

ROOT = Path(__file__).parents[3]
SETTINGS = CompareSettings(detectable_at_ml=(0.0,), detectable_ml=(0.5,), detection_limit_ml=0.06)


def judged(before, after, interval, settings=SETTINGS):
    return judge_change(
        before,
        after,
        interval_ml=None if interval is None else Interval(low=interval[0], high=interval[1]),
        kind=RegionKind.TOTAL,
        settings=settings,
    )


def test_a_change_whose_interval_holds_zero_is_not_called_however_large_it_is() -> None:
    """Once called ``decreased``, while the page said that its interval keeps clear of zero."""
    assert judged(8.30, 6.30, (-4.04, 0.06)) is Verdict.UNCHANGED
    assert judged(8.30, 6.30, (-4.04, -0.06)) is Verdict.DECREASED


def test_a_change_below_the_smallest_detectable_one_is_not_called_however_sure_it_is() -> None:
    assert judged(8.30, 8.00, (-0.31, -0.29)) is Verdict.UNCHANGED
    assert judged(8.30, 7.80, (-0.51, -0.49)) is Verdict.DECREASED


@pytest.mark.parametrize("end", [(-1.0, 0.0), (0.0, 1.0)])
def test_an_interval_that_ends_at_zero_does_not_exclude_it(end) -> None:
    assert judged(4.0, 4.0 + sum(end), end) is Verdict.UNCHANGED


def test_new_and_resolved_edema_keep_to_the_same_rule() -> None:
    assert judged(0.0, 1.0, (0.2, 1.4)) is Verdict.NEW
    assert judged(1.0, 0.0, (-1.4, -0.2)) is Verdict.RESOLVED
    assert judged(0.0, 1.0, (-0.2, 1.4)) is Verdict.UNCHANGED
    assert judged(0.05, 0.04, (-0.1, 0.1)) is Verdict.NONE


def test_without_an_interval_the_smallest_detectable_change_decides() -> None:
    assert judged(4.0, 4.6, None) is Verdict.INCREASED


def test_swapping_the_visits_mirrors_the_verdict() -> None:
    mirrored = {
        Verdict.NEW: Verdict.RESOLVED,
        Verdict.RESOLVED: Verdict.NEW,
        Verdict.INCREASED: Verdict.DECREASED,
        Verdict.DECREASED: Verdict.INCREASED,
    }
    for before, after in itertools.product((0.0, 0.05, 0.3, 0.56, 2.0, 30.0), repeat=2):
        change = after - before
        for low, high in ((change - 0.4, change + 0.2), (change - 2.0, change + 0.1)):
            forth = judged(before, after, (low, high))
            back = judged(after, before, (-high, -low))
            assert back is mirrored.get(forth, forth)


def test_every_region_has_a_kind_and_each_kind_its_regions() -> None:
    kinds = [region_kind(name) for name in REGIONS]
    counts = {kind: kinds.count(kind) for kind in RegionKind}
    assert counts == {
        RegionKind.TOTAL: 1,
        RegionKind.SIDE: 2,
        RegionKind.BONE: 2,
        RegionKind.SIDE_BONE: 4,
        RegionKind.QUADRANT: 8,
        RegionKind.LESION: 0,
    }


@pytest.mark.parametrize(
    "paper", ["README.md", "docs/how-it-measures.md", "docs/measurement_error.md"]
)
def test_papers_word_the_rule_as_the_code_does(paper) -> None:
    text = " ".join((ROOT / paper).read_text("utf-8").split())
    assert VERDICT_RULE.removeprefix("A change") in text
