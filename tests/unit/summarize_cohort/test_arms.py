"""How arms differ: each with the control, swapped with the sign, and whom it leaves out."""

from dataclasses import replace

import numpy as np
import pytest
from made_up_cohort import SETTINGS, found, made_up

from mri_bme.summarize_cohort import all_changes
from mri_bme.summarize_cohort.arms import compare_arms, model_visits


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


def test_who_has_no_arm_is_named_beside_each_comparison() -> None:
    cohort = made_up()
    arms = {subject: arm for subject, arm in cohort.arms.items() if subject != "S03"}
    models = [s for s in found(replace(cohort, arms=arms)) if s.group == "drug against placebo"]
    assert {"ancova_difference", "mmrm_difference", "tobit_difference", "rank_sum_test"} <= {
        s.statistic for s in models
    }
    for model in models:
        assert [(lost.subject, lost.reason) for lost in model.left_out] == [("S03", "no arm")]


def test_what_is_no_volume_is_not_compared_by_cube_roots() -> None:
    cohort = made_up()
    scores = tuple(replace(m, measure="BASDAI") for m in cohort.measurements)
    cohort = replace(cohort, measurements=scores, changes=())
    names = {s.statistic for s in compare_arms(cohort, all_changes(cohort), SETTINGS)}
    assert {"ancova_difference", "rank_sum_test"} <= names
    assert not {"cube_root_difference", "tobit_difference"} & names


def test_without_arms_visits_are_modelled_for_all_together() -> None:
    cohort = replace(made_up(), arms={}, control=None)
    changes = all_changes(cohort)
    assert list(compare_arms(cohort, changes, SETTINGS)) == []
    modelled = [s for s in model_visits(cohort, changes) if s.statistic == "mmrm_change"]
    assert {(s.group, s.followup) for s in modelled} == {("all", "week14"), ("all", "week28")}
    for statistic in modelled:
        observed = [c.change for c in changes if c.followup == statistic.followup]
        assert statistic.value == pytest.approx(np.mean(observed), rel=0.05)
