"""How large measures are and how they change, against numbers worked out by hand."""

from dataclasses import replace

import pytest
from made_up_cohort import SETTINGS, made_up

from mri_bme.summarize_cohort import EDEMA, Cohort, MeasuredChange, Measurement
from mri_bme.summarize_cohort.description import describe_changes, describe_levels

VALUES = (0.0, 0.0, 1.0, 2.0, 4.0, 5.0)


def cohort(values=VALUES, regions=("total",)) -> Cohort:
    return Cohort(
        measurements=tuple(
            Measurement(subject=str(k), visit="baseline", day=0, measure=EDEMA, value=v)
            for k, v in enumerate(values)
        ),
        changes=tuple(
            MeasuredChange(
                subject=str(k),
                followup="week14",
                measure=EDEMA,
                baseline=v,
                change=-v / 2,
                region=region,
            )
            for k, v in enumerate(values)
            for region in regions
        ),
        baseline="baseline",
        followups=("week14",),
    )


def levels(of: Cohort) -> dict[str, float | None]:
    return {s.statistic: s.value for s in describe_levels(of) if s.followup == "baseline"}


def test_levels_are_those_of_the_textbook() -> None:
    told = levels(cohort())
    assert told["mean"] == pytest.approx(2.0)
    assert told["median"] == pytest.approx(1.5)
    assert told["sd"] == pytest.approx((22 / 5) ** 0.5)
    assert told["proportion_zero"] == pytest.approx(1 / 3)


def test_one_subject_has_a_mean_and_no_spread() -> None:
    told = levels(cohort((3.0,)))
    assert (told["mean"], told["sd"]) == (3.0, None)


def test_changes_are_described_in_every_region_and_tested_over_the_whole_alone() -> None:
    of = cohort(regions=("total", "left"))
    told = list(describe_changes(of, of.changes, SETTINGS))
    means = {s.region: s.value for s in told if s.statistic == "mean_change"}
    assert means == {"total": pytest.approx(-1.0), "left": pytest.approx(-1.0)}
    tested = {s.region for s in told if s.statistic in ("paired_t_test", "wilcoxon_test")}
    assert tested == {"total"}


def test_each_arm_is_described_and_together_they_are_all() -> None:
    of = made_up(18)
    told = [
        s
        for s in describe_changes(of, of.changes, SETTINGS)
        if (s.statistic, s.followup) == ("mean_change", "week14")
    ]
    n = {s.group: s.n for s in told}
    assert n == {"all": 18, "drug": 6, "high dose": 6, "placebo": 6}
    parts = sum(s.value * s.n for s in told if s.group != "all")
    (everybody,) = [s for s in told if s.group == "all"]
    assert parts == pytest.approx(everybody.value * 18)


def test_only_where_all_are_asked_about_it_is_said_who_is_missing() -> None:
    of = made_up(18)
    gone = replace(of, changes=tuple(c for c in of.changes if c.subject != "S00"))
    told = {
        s.group: s.left_out
        for s in describe_changes(gone, gone.changes, SETTINGS)
        if (s.statistic, s.followup) == ("mean_change", "week14")
    }
    assert [lost.subject for lost in told.pop("all")] == ["S00"]
    assert set(told.values()) == {None}
