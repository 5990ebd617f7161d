"""What is known of a cohort: arms, groups, and changes that follow from measurements."""

from dataclasses import replace

import pytest
from made_up_cohort import made_up

from mri_bme.summarize_cohort import Cohort, Measurement
from mri_bme.summarize_cohort.cohort import all_changes, pick


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


def test_a_change_is_taken_as_compared_and_not_from_whole_visits() -> None:
    """Edema is compared over common marrow: its change is no difference of the visits' volumes."""
    cohort = made_up(6)
    compared = tuple(replace(c, change=-0.125) for c in cohort.changes)
    found = all_changes(replace(cohort, changes=compared))
    assert {c.change for c in found} == {-0.125}


def test_a_measure_without_a_baseline_has_no_change() -> None:
    seen = (("a", "baseline", 6.0), ("a", "week14", 4.5), ("b", "week14", 3.0))
    cohort = Cohort(
        measurements=tuple(
            Measurement(subject=s, visit=v, day=None, measure="BASDAI", value=value)
            for s, v, value in seen
        ),
        changes=(),
        baseline="baseline",
        followups=("week14",),
    )
    assert [(c.subject, c.change) for c in all_changes(cohort)] == [("a", -1.5)]


def test_every_arm_is_paired_with_the_control_and_without_one_none_is() -> None:
    pairs = made_up().arm_pairs()
    assert [pair.name for pair in pairs] == ["drug against placebo", "high dose against placebo"]
    assert all(len(pair.treated) == len(pair.control) == 10 for pair in pairs)
    assert replace(made_up(), control=None).arm_pairs() == ()


def test_changes_are_picked_by_place_time_and_subject() -> None:
    changes = all_changes(made_up(6))
    early = pick(changes, measure="edema_ml", followup="week14")
    assert len(early) == 6
    some = pick(changes, measure="edema_ml", followup="week14", subjects=frozenset({"S01"}))
    assert [c.subject for c in some] == ["S01"]
    assert pick(changes, measure="edema_ml", followup="week14", region="left") == []
    assert early[0].baseline == pytest.approx(2.0)
