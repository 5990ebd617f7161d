"""Every statistic that a cohort supports, and a reason for those that it does not."""

from dataclasses import replace

from made_up_cohort import SETTINGS, found, made_up

from mri_bme.summarize_cohort import summarize_cohort


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


def test_the_order_of_subjects_changes_no_number() -> None:
    cohort = made_up(18)
    turned = replace(cohort, measurements=cohort.measurements[::-1], changes=cohort.changes[::-1])

    def told(of):
        found = summarize_cohort(of, settings=SETTINGS)
        return {
            (s.statistic, s.followup, s.group, s.region): None
            if s.value is None
            else round(s.value, 6)
            for s in found
        }

    assert told(turned) == told(cohort)
