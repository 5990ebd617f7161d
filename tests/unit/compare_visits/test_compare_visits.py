"""Two visits compared: a verdict, or missing with the reason."""

import pytest
from compared_boxes import LARGE, SMALL, compare
from scoring_scenes import IDENTITY, visit

from mri_bme.findings import ComparedVisit, Verdict
from mri_bme.sacroiliac import REGIONS


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((LARGE,), (SMALL,), Verdict.DECREASED),
        ((SMALL,), (LARGE,), Verdict.INCREASED),
        ((LARGE,), (), Verdict.RESOLVED),
        ((), (LARGE,), Verdict.NEW),
        ((LARGE,), (LARGE,), Verdict.UNCHANGED),
        ((), (), Verdict.NONE),
    ],
)
def test_the_verdict_says_what_happened(before, after, verdict) -> None:
    report = compare(visit("baseline", *before), visit("week14", *after))
    assert report.verdict is verdict
    assert report.evaluable


@pytest.mark.parametrize("gone", ["baseline", "week14"])
def test_an_unmeasured_visit_makes_the_change_missing_with_its_reason(gone) -> None:
    missing = ComparedVisit(label=gone, reason="no fluid-sensitive series")
    measured = visit("week14" if gone == "baseline" else "baseline", LARGE)
    pair = (missing, measured) if gone == "baseline" else (measured, missing)
    report = compare(*pair)
    assert report.regions["left_ilium"].change_ml is None
    assert report.reasons == (f"{gone}: no fluid-sensitive series",)


def test_a_failed_registration_makes_the_change_missing() -> None:
    report = compare(visit("baseline", LARGE), visit("week14", LARGE), None, reason="no overlap")
    assert report.verdict is Verdict.NOT_EVALUABLE
    assert report.reasons == ("no overlap",)


def test_days_are_counted_between_visits_where_both_are_known() -> None:
    dated = compare(visit("baseline", LARGE, day=3), visit("week14", LARGE, day=101))
    assert dated.days == 98
    assert compare(visit("baseline", LARGE), visit("week14", LARGE, day=101)).days is None


def test_a_pair_that_was_compared_gives_no_reasons() -> None:
    report = compare(visit("baseline", LARGE), visit("week14", SMALL))
    assert report.reasons == ()
    assert set(report.regions) == set(REGIONS)
    assert report.followup_from_baseline is IDENTITY
