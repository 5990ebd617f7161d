"""Statistics against published worked examples and independent implementations."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower, TTestPower

from mri_bme.summarize_cohort.agreement import (
    bland_altman,
    intraclass_correlation,
    smallest_detectable_change,
)
from mri_bme.summarize_cohort.association import correlations
from mri_bme.summarize_cohort.change import (
    guyatt_effect_size,
    mean_change,
    median_change,
    paired_t_test,
    standardized_response_mean,
    wilcoxon_test,
)
from mri_bme.summarize_cohort.models import ancova, mixed_model
from mri_bme.summarize_cohort.planning import subjects_before_after, subjects_per_arm
from mri_bme.summarize_cohort.responders import (
    cumulative_probability,
    proportion,
    proportion_difference,
    wilson_interval,
)

CHANGES = np.random.default_rng(1).normal(-2, 3, 25) ** 3 / 20
# Peak flow by two meters, Bland & Altman, Lancet 327:307-310, 1986, first readings
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
# Six targets, four judges: Shrout & Fleiss, Psychol Bull 86:420-428, 1979, table 2
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_bland_altman_reproduces_the_peak_flow_example() -> None:
    bias, low, high = bland_altman(WRIGHT, MINI)
    assert bias.value == pytest.approx(-2.1, abs=0.05)
    sd = (high.value - low.value) / (2 * 1.96)
    assert sd == pytest.approx(38.8, abs=0.05)
    assert (bias.ci_low, bias.ci_high) == pytest.approx((-22.0, 17.8), abs=0.1)
    assert bias.value - 2 * sd == pytest.approx(-79.7, abs=0.1)


def test_icc_reproduces_shrout_and_fleiss() -> None:
    found = intraclass_correlation(np.array(JUDGES))
    assert found.value == pytest.approx(0.29, abs=0.005)
    # psych::ICC of R gives 0.019 to 0.761 for these data
    assert (found.ci_low, found.ci_high) == pytest.approx((0.019, 0.761), abs=0.001)


def test_icc_of_absolute_agreement_is_lowered_by_a_bias() -> None:
    first = np.arange(10.0)
    assert intraclass_correlation(np.column_stack([first, first])).value == pytest.approx(1.0)
    assert intraclass_correlation(np.column_stack([first, first + 3])).value < 0.75


def test_smallest_detectable_change_is_the_half_width_of_the_limits_of_agreement() -> None:
    _, low, high = bland_altman(WRIGHT, MINI)
    sdc = smallest_detectable_change(WRIGHT, MINI)
    assert sdc.value == pytest.approx((high.value - low.value) / 2)
    assert sdc.ci_low < sdc.value < sdc.ci_high


@pytest.mark.parametrize(
    ("events", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_wilson_interval_reproduces_newcombe_table_1(events, n, low, high) -> None:
    assert wilson_interval(events, n) == pytest.approx((low, high), abs=5e-5)
    assert proportion(events, n).value == pytest.approx(events / n)


def test_difference_of_proportions_reproduces_newcombe_table_2() -> None:
    found = proportion_difference((56, 70), (48, 80))
    assert found.value == pytest.approx(0.2)
    assert (found.ci_low, found.ci_high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_bootstrap_interval_is_that_of_scipy() -> None:
    found = mean_change(CHANGES, seed=7, n_draws=2000)
    theirs = stats.bootstrap(
        (CHANGES,), np.mean, n_resamples=2000, method="BCa", rng=np.random.default_rng(7)
    ).confidence_interval
    assert (found.ci_low, found.ci_high) == pytest.approx((theirs.low, theirs.high))
    assert found == mean_change(CHANGES, seed=7, n_draws=2000)
    assert found != mean_change(CHANGES, seed=8, n_draws=2000)


def test_standardized_response_mean_is_the_paired_t_over_root_n() -> None:
    srm = standardized_response_mean(CHANGES, seed=7, n_draws=2000)
    assert srm.value == pytest.approx(paired_t_test(CHANGES).value / np.sqrt(len(CHANGES)))
    assert srm.ci_low < srm.value < srm.ci_high


def test_guyatt_divides_by_the_spread_of_the_controls() -> None:
    found = guyatt_effect_size([-4] * 5 + [-6] * 5, [-1, 1] * 5, seed=7, n_draws=2000)
    assert found.value == pytest.approx(-5 / np.sqrt(10 / 9))


def test_median_interval_has_the_tabulated_ranks() -> None:
    found = median_change(np.arange(1.0, 11.0))  # n = 10: second and ninth value, Conover table A3
    assert (found.value, found.ci_low, found.ci_high) == (5.5, 2.0, 9.0)


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


def long_table(values, treated=None):
    visits = ["baseline", "week14", "week52"][: values.shape[1]]
    rows = [
        {"subject": s, "visit": visits[v], "value": values[s, v]}
        | ({} if treated is None else {"treated": bool(treated[s])})
        for s in range(len(values))
        for v in range(values.shape[1])
    ]
    return pd.DataFrame(rows)


def test_mixed_model_of_complete_visits_is_the_analysis_of_variance() -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(10, 4, (15, 1)) + rng.normal(0, 1, (15, 3)) + [0, -3, -4]
    week14, week52 = mixed_model(long_table(values), baseline="baseline")
    assert week14.value == pytest.approx((values[:, 1] - values[:, 0]).mean(), abs=1e-6)
    centred = values - values.mean(1, keepdims=True) - values.mean(0) + values.mean()
    error = np.sqrt(2 * (centred**2).sum() / 28 / 15)
    assert week14.ci_high - week14.value == pytest.approx(stats.t.ppf(0.975, 28) * error, rel=1e-3)
    assert week52.followup == "week52"


def test_mixed_model_of_two_arms_and_two_visits_is_the_two_sample_t_test() -> None:
    rng = np.random.default_rng(8)
    treated = np.arange(24) % 2 == 0
    values = rng.normal(10, 4, (24, 1)) + rng.normal(0, 1, (24, 2))
    values[:, 1] -= 2.0 * treated
    (found,) = mixed_model(long_table(values, treated), baseline="baseline")
    change = values[:, 1] - values[:, 0]
    theirs = stats.ttest_ind(change[treated], change[~treated])
    assert found.value == pytest.approx(change[treated].mean() - change[~treated].mean(), abs=1e-6)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-2)


def test_mixed_model_keeps_subjects_with_a_missing_visit() -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(10, 4, (15, 1)) + rng.normal(0, 1, (15, 3)) + [0, -3, -4]
    values[3, 2] = np.nan
    assert mixed_model(long_table(values), baseline="baseline")[0].n == 15


def test_correlation_intervals_are_fishers_and_bonett_wrights() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=28)
    y = x + rng.normal(size=28)
    spearman, pearson = correlations(x, y)
    theirs = stats.pearsonr(x, y).confidence_interval()
    assert (pearson.ci_low, pearson.ci_high) == pytest.approx((theirs.low, theirs.high))
    half = 1.959964 * np.sqrt((1 + spearman.value**2 / 2) / 25)
    assert np.arctanh(spearman.ci_high) - np.arctanh(spearman.value) == pytest.approx(half)


def test_sample_sizes_are_cohens() -> None:
    # Cohen 1988, table 2.4.1: d = 0.5, two-sided 5 %, power 80 % needs 64 per arm
    assert subjects_per_arm(1.0, 2.0) == 64
    for difference in (0.8, 1.7, 4.0):
        theirs = TTestIndPower().solve_power(difference / 2, alpha=0.05, power=0.8)
        assert subjects_per_arm(difference, 2.0) == int(np.ceil(theirs))
        paired = TTestPower().solve_power(difference / 2, alpha=0.05, power=0.8)
        assert subjects_before_after(-difference, 2.0) == int(np.ceil(paired))


def test_cumulative_probability_runs_from_the_smallest_to_the_largest_change() -> None:
    points = cumulative_probability([3.0, -1.0, 0.0, 7.0])
    assert points[:, 0].tolist() == [0.125, 0.375, 0.625, 0.875]
    assert points[:, 1].tolist() == [-1.0, 0.0, 3.0, 7.0]


def test_three_subjects_get_no_p_value_and_no_interval_but_a_reason() -> None:
    three = np.array([-1.0, -2.0, -4.0])
    found = [
        mean_change(three, seed=1, n_draws=100),
        median_change(three),
        standardized_response_mean(three, seed=1, n_draws=100),
        guyatt_effect_size(three, three, seed=1, n_draws=100),
        paired_t_test(three),
        wilcoxon_test(three),
        ancova(three, three + 1),
        smallest_detectable_change(three, three * [1, 2, 3]),
        intraclass_correlation(np.column_stack([three, three * 2])),
        *bland_altman(three, three * 2),
        *correlations(three, three * 2),
        *mixed_model(long_table(np.column_stack([three, three - 1])), baseline="baseline"),
    ]
    assert all("n = 3: too few" in s.note for s in found)
    assert all(s.p_value is None and s.ci_low is None for s in found)
    assert found[0].value == pytest.approx(-7 / 3)


def test_equal_changes_are_said_to_be_equal() -> None:
    equal = np.full(8, -2.0)
    srm = standardized_response_mean(equal, seed=1, n_draws=100)
    assert (srm.value, srm.note) == (None, "all changes are equal")
    assert wilcoxon_test(equal).p_value is None
