"""Charts of a trial show each value where it lies, and intervals only where there are some."""

import pytest

from mri_bme.report.charts.chart import Dot, Line, Words
from mri_bme.report.charts.trial import (
    agreement_chart,
    arms_chart,
    identity_chart,
    regions_chart,
    timeline_chart,
)
from mri_bme.summarize_cohort import EDEMA, AgreementPair, Cohort, MeasuredChange, Statistic


def cohort(changes, arms=None):
    return Cohort(
        measurements=(),
        changes=tuple(
            MeasuredChange(subject=s, followup="week14", measure=EDEMA, baseline=5.0, change=c)
            for s, c in changes.items()
        ),
        baseline="baseline",
        followups=("week14",),
        arms=arms or {},
    )


def dots(chart):
    return [mark.at for mark in chart.marks if isinstance(mark, Dot)]


def test_each_subject_is_a_point_of_its_arm() -> None:
    arms = {"1": "drug", "2": "placebo", "3": "drug", "4": "idle"}
    chart = arms_chart(
        cohort({"1": -4.0, "2": -1.0, "3": 0.0}, arms), measure=EDEMA, followup="week14"
    )
    assert [words for _, words in chart.key] == ["drug (n = 2)", "placebo (n = 1)"]
    assert dots(chart) == [(25.0, -4.0), (75.0, 0.0), (50.0, -1.0)]
    assert chart.key[0][0] != chart.key[1][0]
    assert chart.y.low <= -4.0 < 0.0 <= chart.y.high


def test_without_arms_all_subjects_are_one_line() -> None:
    chart = arms_chart(cohort({"1": -4.0, "2": 1.0}), measure=EDEMA, followup="week14")
    assert [words for _, words in chart.key] == ["all (n = 2)"]
    other = arms_chart(cohort({"1": -4.0}), measure=EDEMA, followup="week28")
    assert dots(other) == []


def mean_change(region, value, low=None, high=None, **more):
    return Statistic(
        statistic="mean_change",
        measure=EDEMA,
        followup="week14",
        group="all",
        region=region,
        n=9,
        value=value,
        ci_low=low,
        ci_high=high,
        **more,
    )


def test_regions_without_a_mean_are_left_out_and_without_an_interval_have_no_bar() -> None:
    found = [
        mean_change("total", -3.0, -5.0, -1.0),
        mean_change("left", None),
        mean_change("right", -1.0),
    ]
    chart = regions_chart(found, followup="week14")
    assert dots(chart) == [(-3.0, 0.0), (-1.0, -1.0)]
    bars = [m.points for m in chart.marks if isinstance(m, Line)][1:]  # the first is zero
    assert bars == [((-5.0, 0.0), (-1.0, 0.0))]
    assert len(chart.y.ticks) == 2


def test_agreement_is_shown_as_difference_against_mean_with_dashed_limits() -> None:
    pairs = [
        AgreementPair(
            subject=str(k), visit="baseline", measure=EDEMA, against="r", first=a, second=b
        )
        for k, (a, b) in enumerate([(5.0, 4.0), (2.0, 4.0)])
    ]
    lines = [
        Statistic(statistic="bias", n=2, value=-0.5),
        Statistic(statistic="limit_of_agreement_low", n=2, value=-4.0),
        Statistic(statistic="limit_of_agreement_high", n=2, value=None),
        Statistic(statistic="icc_2_1", n=2, value=0.9),
    ]
    chart = agreement_chart(pairs, lines)
    assert dots(chart) == [(4.5, 1.0), (3.0, -2.0)]
    rules = [m for m in chart.marks if isinstance(m, Line) and m.role == "second"]
    assert [(rule.points[0][1], rule.is_dashed) for rule in rules] == [(-0.5, False), (-4.0, True)]
    assert chart.y.low <= -4.0


def test_all_subjects_are_drawn_on_one_scale_and_a_missing_visit_is_no_point() -> None:
    everyones = [0.5, 12.0]
    first = timeline_chart([8.0, None, 2.0], everyones, subject="1", measure=EDEMA)
    second = timeline_chart([0.5, 0.0, 0.1], everyones, subject="2", measure=EDEMA)
    assert first.y == second.y
    assert dots(first) == [(0.0, 8.0), (2.0, 2.0)]
    assert [m.text for m in first.marks if isinstance(m, Words)] == ["8", "2"]
    assert "1, edema, mL: 8, 2" in first.alt


def test_a_subject_without_any_value_is_said_to_have_none() -> None:
    chart = timeline_chart([None, None], [], subject="1", measure=EDEMA)
    assert dots(chart) == []
    assert chart.alt.endswith("no value")


@pytest.mark.parametrize("points", [(), ((1.0, 1.2), (30.0, 24.0))])
def test_found_and_true_volumes_share_one_scale(points) -> None:
    chart = identity_chart(points)
    assert (chart.x.low, chart.x.high) == (chart.y.low, chart.y.high)
    assert dots(chart) == list(points)
    assert all(chart.x.low <= v <= chart.x.high for point in points for v in point)
