"""Responders, correlations and sample sizes of a cohort."""

from dataclasses import replace

import pytest
from made_up_cohort import found, made_up

from mri_bme.summarize_cohort import EDEMA, Measurement, all_changes
from mri_bme.summarize_cohort.outcomes import correlate_measures, count_responders, plan_trials


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


def test_every_verdict_has_its_share_and_together_they_are_all() -> None:
    cohort = made_up(none=6)
    shares = [
        s
        for s in count_responders(cohort, all_changes(cohort))
        if (s.group, s.followup) == ("all", "week14") and s.statistic != "share_responder"
    ]
    assert len(shares) == 6
    assert sum(s.value for s in shares) == pytest.approx(1)


def with_score(cohort, sign):
    """Add a clinical score that follows the edema exactly."""
    scores = tuple(
        Measurement(
            subject=m.subject, visit=m.visit, day=None, measure="BASDAI", value=50 + sign * m.value
        )
        for m in cohort.measurements
    )
    return replace(cohort, measurements=(*cohort.measurements, *scores), changes=())


@pytest.mark.parametrize("sign", [1, -1])
def test_a_score_that_follows_the_edema_correlates_fully_at_each_visit_and_in_change(sign) -> None:
    cohort = with_score(made_up(12), sign)
    told = list(correlate_measures(cohort, all_changes(cohort)))
    of_edema = [s for s in told if s.measure == EDEMA]
    assert {s.followup for s in of_edema} == {"baseline", "week14", "week28"}
    assert {s.statistic for s in of_edema} == {
        *("pearson", "spearman", "pearson_of_changes", "spearman_of_changes")
    }
    assert [s.value for s in of_edema] == pytest.approx([sign] * len(of_edema))


def test_a_larger_difference_needs_fewer_subjects_and_none_needs_no_trial() -> None:
    cohort = made_up()
    changes = all_changes(cohort)

    def planned(*differences_ml):
        return [
            s.value
            for s in plan_trials(cohort, changes, differences_ml)
            if (s.statistic, s.followup) == ("subjects_per_arm", "week14")
        ]

    small, large = planned(1.0, 3.0)
    assert small > large >= 2
    assert planned(0.0) == []
    assert len(planned()) == 1  # for the mean change that was seen


def test_from_changes_that_are_all_equal_no_trial_is_planned() -> None:
    cohort = made_up()
    same = tuple(replace(c, change=-1.0) for c in cohort.changes)
    assert list(plan_trials(cohort, same, (1.0,))) == []
