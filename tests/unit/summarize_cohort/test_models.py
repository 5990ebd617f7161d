"""Models against least squares by hand."""

import numpy as np
import pytest
from scipy import stats

from mri_bme.summarize_cohort.models import ancova, mmrm


def test_ancova_is_least_squares_by_hand() -> None:
    rng = np.random.default_rng(4)
    baseline, arm = rng.gamma(2, 4, 40), np.arange(40) % 2 == 0
    followup = 0.6 * baseline - 1.5 * arm + rng.normal(0, 1, 40)
    x = np.column_stack([np.ones(40), baseline, arm])
    beta, residual, *_ = np.linalg.lstsq(x, followup - baseline, rcond=None)
    error = np.sqrt(residual[0] / 37 * np.linalg.inv(x.T @ x)[2, 2])
    found = ancova(baseline, followup, arm)
    assert found.value == pytest.approx(beta[2])
    assert found.ci_high - found.value == pytest.approx(stats.t.ppf(0.975, 37) * error)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(beta[2] / error), 37))


@pytest.mark.parametrize("seed", range(3))
def test_ancova_is_the_one_of_statsmodels(seed: int) -> None:
    linear_model = pytest.importorskip("statsmodels.regression.linear_model")
    rng = np.random.default_rng(seed)
    baseline, arm = rng.gamma(0.5, 8, 17), rng.permutation(17) < 6
    followup = np.maximum(baseline + rng.normal(-1, 3, 17), 0)
    x = np.column_stack([arm, np.ones(17), baseline])
    oracle = linear_model.OLS(followup - baseline, x).fit()
    found = ancova(baseline, followup, arm)
    assert (found.value, found.p_value) == pytest.approx((oracle.params[0], oracle.pvalues[0]))
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(oracle.conf_int()[0]))


def test_an_arm_that_is_known_from_the_baseline_has_no_effect_of_its_own() -> None:
    arm = np.arange(20) < 10
    found = ancova(np.where(arm, 6.0, 2.0), np.random.default_rng(0).gamma(2, 1, 20), arm)
    assert (found.value, found.p_value) == (None, None)
    assert "cannot be told apart" in found.note


def trial(n=30, seed=6, visits=3, effect=0.0):
    """Give baseline, change and arm of a trial with correlated visits, complete."""
    rng = np.random.default_rng(seed)
    treated = np.arange(n) % 2 == 0
    severity = rng.normal(10, 3, n)
    baseline = np.repeat((severity + rng.normal(0, 1, n))[:, None], visits, axis=1)
    after = severity[:, None] + rng.normal(0, 1, (n, visits)) * [1, 2, 3][:visits]
    return baseline, after - effect * treated[:, None] - baseline, treated


def test_mmrm_of_complete_visits_is_the_ancova_of_each() -> None:
    baseline, change, treated = trial()
    found = mmrm(baseline, change, treated, followups=("week14", "week28", "week52"))
    assert [s.followup for s in found] == ["week14", "week28", "week52"]
    for visit, together in enumerate(found):
        alone = ancova(baseline[:, visit], (baseline + change)[:, visit], treated)
        assert together.value == pytest.approx(alone.value, rel=1e-6)
        assert together.ci_low == pytest.approx(alone.ci_low, rel=1e-5)
        assert together.p_value == pytest.approx(alone.p_value, rel=1e-5)


def test_mmrm_of_one_arm_is_the_change_at_the_mean_baseline() -> None:
    baseline, change, _ = trial()
    found = mmrm(baseline, change, followups=("week14", "week28", "week52"))
    alone = ancova(baseline[:, 2], (baseline + change)[:, 2])
    assert found[2].statistic == "mmrm_change"
    assert (found[2].value, found[2].p_value) == pytest.approx((alone.value, alone.p_value))


def test_mmrm_of_one_followup_says_that_it_is_ancova() -> None:
    baseline, change, treated = trial(visits=1)
    (found,) = mmrm(baseline, change, treated, followups=("week14",))
    assert found.note == "one follow-up: the same as ANCOVA"
    assert found.p_value == pytest.approx(
        ancova(baseline[:, 0], (baseline + change)[:, 0], treated).p_value
    )


def test_mmrm_does_not_depend_on_the_unit_or_the_order_of_visits() -> None:
    baseline, change, treated = trial()
    change[:7, 2] = np.nan
    names = ("a", "b", "c")
    found = {s.followup: s for s in mmrm(baseline, change, treated, followups=names)}
    in_ul = mmrm(baseline[:, ::-1] * 1e3, change[:, ::-1] * 1e3, treated, followups=names[::-1])
    for other in in_ul:
        assert other.value == pytest.approx(1e3 * found[other.followup].value, rel=1e-6)
        assert other.p_value == pytest.approx(found[other.followup].p_value, rel=1e-5)


def test_mmrm_keeps_subjects_with_a_gap_and_learns_from_them() -> None:
    baseline, change, treated = trial()
    change[:12, 2] = np.nan
    followups = ("week14", "week28", "week52")
    found = mmrm(baseline, change, treated, followups=followups)
    assert [s.n for s in found] == [30, 30, 30]
    seen = np.isfinite(change[:, 2])
    alone = ancova(baseline[seen, 2], (baseline + change)[seen, 2], treated[seen])
    assert found[2].value != pytest.approx(alone.value, rel=1e-3)


def test_a_followup_with_too_few_subjects_leaves_the_model_and_says_so() -> None:
    baseline, change, treated = trial()
    change[9:, 2] = np.nan
    found = mmrm(baseline, change, treated, followups=("week14", "week28", "week52"))
    assert found[2].followup == "week52"
    assert (found[2].value, found[2].p_value) == (None, None)
    assert "n = 4: too few" in found[2].note
    assert all(s.p_value is not None for s in found[:2])


def healed_at_every_visit(baseline, change):
    change[:] = -baseline


def healed_at_one_visit(baseline, change):
    change[:, 1] = -baseline[:, 1]


def second_visit_follows_from_the_first(baseline, change):
    change[:, 1] = 2 * change[:, 0] + 1


def equal_baselines(baseline, change):
    baseline[:] = 5.0


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (healed_at_every_visit, "nothing varies"),
        (healed_at_one_visit, "nothing varies"),
        (second_visit_follows_from_the_first, "boundary"),
        (equal_baselines, "all baselines are equal"),
    ],
)
def test_mmrm_without_a_maximum_has_a_reason_and_no_p_value(spoil, reason) -> None:
    baseline, change, treated = trial()
    spoil(baseline, change)
    found = mmrm(baseline, change, treated, followups=("week14", "week28", "week52"))
    assert len(found) == 3
    for statistic in found:
        assert reason in statistic.note
        assert (statistic.value, statistic.ci_low, statistic.p_value) == (None, None, None)


def test_ancova_of_subjects_who_all_healed_has_a_reason_and_no_p_value() -> None:
    rng = np.random.default_rng(3)
    baseline = rng.gamma(2, 3, 20).round(4)
    for treated in (None, np.arange(20) % 2 == 0):
        found = ancova(baseline, np.zeros(20), treated)
        assert (found.value, found.ci_low, found.p_value) == (None, None, None)
        assert "nothing varies around the model" in found.note
