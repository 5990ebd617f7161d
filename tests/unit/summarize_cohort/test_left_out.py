"""Who is not in a statistic is named with the first reason that applies."""

from dataclasses import replace

import pytest
from made_up_cohort import found, made_up

from mri_bme.summarize_cohort import EDEMA
from mri_bme.summarize_cohort.left_out import left_out


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


def reason_of(cohort, subject="S00", followups=("week14",), measure=EDEMA, pair=None):
    everybody = set(cohort.subjects) - {subject}
    lost = left_out(cohort, everybody, measure=measure, followups=followups, pair=pair)
    return [(one.subject, one.reason) for one in lost]


@pytest.mark.parametrize(
    ("unknown", "words"),
    [("baseline", "no visit baseline"), ("week14", "no visit week14")],
)
def test_a_visit_that_was_never_made_is_the_reason(unknown: str, words: str) -> None:
    cohort = made_up()
    cohort = replace(cohort, known=cohort.known - {("S00", unknown)})
    assert reason_of(cohort) == [("S00", words)]


def test_a_value_that_is_missing_is_the_reason_for_a_score() -> None:
    cohort = made_up()
    assert reason_of(cohort, measure="BASDAI") == [("S00", "no value at baseline and week14")]
    assert reason_of(cohort) == [("S00", "no change at week14")]


def test_reasons_at_several_follow_ups_are_told_once_each() -> None:
    cohort = replace(made_up(), reasons={("S00", "week28"): "moved", ("S00", "week14"): ""})
    assert reason_of(cohort, followups=cohort.followups) == [
        ("S00", "week14 not evaluable; week28 not evaluable: moved")
    ]


def test_subjects_of_other_arms_are_not_missing_from_a_comparison() -> None:
    cohort = made_up()
    pair = cohort.arm_pairs()[0]
    nobody = left_out(cohort, pair.subjects, measure=EDEMA, followups=("week14",), pair=pair)
    assert nobody == ()
    assert reason_of(cohort, "S01", pair=pair) == []  # in the other arm
