"""Cohorts of made-up subjects: arms, responders, whom a statistic leaves out."""

from dataclasses import replace

import pytest

from mri_bme.settings import StatsSettings
from mri_bme.summarize_cohort import (
    Cohort,
    MeasuredChange,
    Measurement,
    summarize_agreement,
    summarize_cohort,
)
from mri_bme.summarize_cohort.cohort import all_changes

SETTINGS = StatsSettings(n_bootstrap=1000)
ARMS = ("drug", "high dose", "placebo")


def made_up(n=30, *, followups=("week14", "week28"), none=0):
    """Give subjects in three arms; the last `none` have no edema at any visit."""
    measurements, changes = [], []
    for k in range(n):
        has_edema = k < n - none
        before = 2.0 + (k * 7) % 11 if has_edema else 0.0
        values = {"baseline": before}
        for v, followup in enumerate(followups):
            noise = ((k * 13 + v * 5) % 9) / 10
            values[followup] = before * (0.5 if k % 3 < 2 else 0.9) + noise if has_edema else 0.0
            change = round(values[followup] - before, 6)
            verdict = "none" if not has_edema else "decreased" if change < -2 else "unchanged"
            changes.append(
                MeasuredChange(
                    subject=f"S{k:02d}",
                    followup=followup,
                    measure="edema_ml",
                    baseline=before,
                    change=change,
                    verdict=verdict,
                )
            )
        measurements += [
            Measurement(subject=f"S{k:02d}", visit=visit, day=None, measure="edema_ml", value=v)
            for visit, v in values.items()
        ]
    return Cohort(
        measurements=tuple(measurements),
        changes=tuple(changes),
        baseline="baseline",
        followups=followups,
        arms={f"S{k:02d}": ARMS[k % 3] for k in range(n)},
        control="placebo",
        known=frozenset((m.subject, m.visit) for m in measurements),
    )


def found(cohort, **wanted):
    return [
        s
        for s in summarize_cohort(cohort, settings=SETTINGS)
        if all(getattr(s, name) == value for name, value in wanted.items())
    ]


def test_every_arm_is_compared_with_the_control() -> None:
    for statistic in ("ancova_difference", "mmrm_difference", "tobit_difference"):
        groups = {s.group for s in found(made_up(), statistic=statistic)}
        assert groups == {"drug against placebo", "high dose against placebo"}


def test_swapping_treatment_and_control_negates_the_difference() -> None:
    cohort = made_up()
    swapped = replace(cohort, control="drug")
    for statistic in ("ancova_difference", "mmrm_difference", "rank_ancova_difference"):
        (one,) = found(cohort, statistic=statistic, group="drug against placebo", followup="week14")
        (other,) = found(
            swapped, statistic=statistic, group="placebo against drug", followup="week14"
        )
        assert one.value == pytest.approx(-other.value)
        assert one.p_value == pytest.approx(other.p_value)


def test_subjects_without_edema_at_both_visits_are_a_group_of_their_own() -> None:
    cohort = made_up(none=9)
    (none,) = found(cohort, statistic="share_none", group="all", followup="week14")
    (responders,) = found(cohort, statistic="share_responder", group="all", followup="week14")
    assert (none.n, none.note) == (30, "9 of 30")
    assert responders.n == 21
    (without_them,) = found(
        made_up(21), statistic="share_responder", group="all", followup="week14"
    )
    assert responders.value == without_them.value


def test_subjects_without_edema_are_named_where_arms_are_compared_by_responders() -> None:
    (difference, _) = found(made_up(none=9), statistic="proportion_difference", followup="week14")
    assert difference.n == 14
    assert {lost.reason for lost in difference.left_out} == {"no edema at either visit"}
    assert len(difference.left_out) == 6


def test_who_has_no_arm_is_named_beside_each_comparison() -> None:
    cohort = made_up()
    arms = {subject: arm for subject, arm in cohort.arms.items() if subject != "S03"}
    models = [s for s in found(replace(cohort, arms=arms)) if s.group == "drug against placebo"]
    assert {"ancova_difference", "mmrm_difference", "tobit_difference", "rank_sum_test"} <= {
        s.statistic for s in models
    }
    for model in models:
        assert [(lost.subject, lost.reason) for lost in model.left_out] == [("S03", "no arm")]


def test_who_was_not_measured_is_named_with_the_reason() -> None:
    cohort = made_up()
    gone = {("S03", "week14"): "registration refused"}
    cohort = replace(
        cohort,
        changes=tuple(c for c in cohort.changes if (c.subject, c.followup) not in gone),
        reasons=gone,
        known=cohort.known - {("S06", "week28")},
    )
    cohort = replace(
        cohort,
        changes=tuple(c for c in cohort.changes if (c.subject, c.followup) != ("S06", "week28")),
    )
    (early,) = found(cohort, statistic="paired_t_test", followup="week14", group="all")
    assert [(lost.subject, lost.reason) for lost in early.left_out] == [
        ("S03", "week14 not evaluable: registration refused")
    ]
    (late,) = found(cohort, statistic="paired_t_test", followup="week28", group="all")
    assert [(lost.subject, lost.reason) for lost in late.left_out] == [("S06", "no visit week28")]
    together = found(cohort, statistic="mmrm_difference", group="drug against placebo")
    assert [s.left_out for s in together] == [(), ()]  # each has the other follow-up


def test_everybody_healed_means_no_p_value_of_change_and_a_reason() -> None:
    cohort = made_up()
    healed = tuple(replace(c, change=-c.baseline, verdict="resolved") for c in cohort.changes)
    tested = [
        s for s in found(replace(cohort, changes=healed), measure="edema_ml") if s.region == "total"
    ]
    assert not any(s.p_value is not None for s in tested)
    for statistic in ("paired_t_test", "ancova_difference", "mmrm_difference", "rank_sum_test"):
        reasons = {s.note for s in tested if s.statistic == statistic}
        assert reasons
        assert all("varies" in reason or "vary" in reason for reason in reasons)


def test_nothing_is_computed_from_fewer_than_six() -> None:
    told = found(made_up(15))  # five in each arm
    assert all(s.value is None for s in told if s.n < 6)
    of_arms = [s for s in told if " against " in s.group]
    assert of_arms
    assert all(s.value is None and "too few" in s.note for s in of_arms)


def test_equal_differences_are_ties_whatever_binary_arithmetic_makes_of_them() -> None:
    cohort = Cohort(
        measurements=tuple(
            Measurement(subject=s, visit=visit, day=None, measure="BASDAI", value=value)
            for s, before, after in (("a", 6.1, 6.3), ("b", 4.9, 5.1), ("c", 0.1, 0.3))
            for visit, value in (("baseline", before), ("week14", after))
        ),
        changes=(),
        baseline="baseline",
        followups=("week14",),
    )
    assert len({c.change for c in all_changes(cohort)}) == 1


def test_agreement_is_over_what_both_have() -> None:
    cohort = made_up()
    half = replace(cohort, measurements=cohort.measurements[:30], changes=())
    statistics, pairs = summarize_agreement(half, cohort, against="both")
    assert {pair.subject for pair in pairs} == {m.subject for m in half.measurements}
    assert all(s.value is None or s.n >= 6 for s in statistics)
