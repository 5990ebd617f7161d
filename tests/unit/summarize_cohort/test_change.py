"""Change against independent implementations."""

import numpy as np
import pytest
from scipy import stats

from mri_bme.summarize_cohort.change import (
    guyatt_effect_size,
    mean_change,
    median_change,
    paired_t_test,
    standardized_response_mean,
)

CHANGES = np.random.default_rng(1).normal(-2, 3, 25) ** 3 / 20


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


def test_equal_changes_are_said_to_be_equal() -> None:
    equal = np.full(8, -2.0)
    srm = standardized_response_mean(equal, seed=1, n_draws=100)
    assert (srm.value, srm.note) == (None, "all changes are equal")
    assert paired_t_test(equal).p_value is None
