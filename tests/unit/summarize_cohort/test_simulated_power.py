"""Tests of many trials at once are those of scipy and statsmodels, one by one."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from mri_bme.summarize_cohort.planning import subjects_per_arm
from mri_bme.summarize_cohort.simulated_power import (
    finds_by_ancova,
    finds_by_shares,
    finds_by_t,
    smallest_simulated,
)

RNG = np.random.default_rng(8)
BEFORE = RNG.lognormal(1, 0.8, (2, 60, 12))
AFTER = 0.5 * BEFORE + RNG.normal(0, 1, BEFORE.shape) + np.array([0.0, 1.3])[:, None, None]


def test_t_tests_are_those_of_scipy() -> None:
    change = AFTER - BEFORE
    paired = [stats.ttest_1samp(c, 0).pvalue < 0.05 for c in change[0]]
    between = [stats.ttest_ind(a, b).pvalue < 0.05 for a, b in zip(*change, strict=True)]
    assert 0 < sum(between) < 60
    assert finds_by_t(change[0]).astype(bool).tolist() == paired
    assert finds_by_t(change[0], change[1]).astype(bool).tolist() == between


def test_ancova_is_that_of_statsmodels() -> None:
    theirs = []
    for k in range(60):
        arm = np.repeat([1.0, 0.0], 12)
        design = np.column_stack([np.ones(24), arm, BEFORE[:, k].ravel()])
        theirs.append(sm.OLS(AFTER[:, k].ravel(), design).fit().pvalues[1] < 0.05)
    assert 0 < sum(theirs) < 60
    ours = finds_by_ancova((BEFORE[0], BEFORE[1]), (AFTER[0], AFTER[1]))
    assert ours.astype(bool).tolist() == theirs


def test_shares_are_tested_as_responders_of_a_cohort_are() -> None:
    treated, control = (RNG.random((60, 25)) < share for share in (0.6, 0.3))
    theirs = [
        stats.fisher_exact([[a.sum(), 25 - a.sum()], [b.sum(), 25 - b.sum()]]).pvalue < 0.05
        for a, b in zip(treated, control, strict=True)
    ]
    assert 0 < sum(theirs) < 60
    ours = finds_by_shares(treated.astype(float), control.astype(float))
    assert ours.astype(bool).tolist() == theirs


def test_the_size_found_for_normal_volumes_is_the_formulas() -> None:
    """Half an SD between two arms: 64 per arm (Cohen 1988, table 2.4.1)."""

    def found(n: int) -> np.ndarray:
        rng = np.random.default_rng(3)
        first = 0.5 + rng.standard_normal((n, 2000)).T
        return finds_by_t(first, rng.standard_normal((n, 2000)).T)

    n, power = smallest_simulated(found, 10, 0.8) or (0, 0.0)
    assert n == pytest.approx(subjects_per_arm(0.5, 1.0), abs=6)
    assert 0.8 <= power < 0.83


def test_what_would_take_too_many_is_not_simulated() -> None:
    assert smallest_simulated(lambda n: np.zeros(10), 5, 0.8) is None
