"""Correlations against independent implementations."""

import json
from itertools import permutations
from math import factorial
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from mri_bme.summarize_cohort.association import correlations

EXPECTED = json.loads((Path(__file__).parent / "oracle/expected.json").read_text())


def test_correlation_intervals_are_fishers_and_bonett_wrights() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=28)
    y = x + rng.normal(size=28)
    spearman, pearson = correlations(x, y)
    theirs = stats.pearsonr(x, y).confidence_interval()
    assert (pearson.ci_low, pearson.ci_high) == pytest.approx((theirs.low, theirs.high))
    half = 1.959964 * np.sqrt((1 + spearman.value**2 / 2) / 25)
    assert np.arctanh(spearman.ci_high) - np.arctanh(spearman.value) == pytest.approx(half)


@pytest.mark.parametrize("case", EXPECTED["small"]["spearman"])
def test_few_subjects_have_the_exact_p_value_of_r(case) -> None:
    spearman, _ = correlations(np.array(case["x"]), np.array(case["y"]))
    assert spearman.p_value == pytest.approx(case["p"], rel=1e-8)


def test_six_subjects_cannot_have_less_than_two_orders_in_seven_hundred_and_twenty() -> None:
    six = np.arange(6.0)
    assert correlations(six, six**3)[0].p_value == pytest.approx(2 / 720)
    assert correlations(np.arange(12.0), np.arange(12.0))[0].p_value >= 2 / factorial(12)


def test_ties_are_counted_as_they_are() -> None:
    x, y = np.array([0.0, 0, 0, 1, 2, 3]), np.array([0.0, 0, 1, 1, 5, 4])
    seen = abs(stats.spearmanr(x, y).statistic)
    orders = [abs(stats.spearmanr(x, y[list(o)]).statistic) for o in permutations(range(6))]
    exact = np.mean(np.array(orders) >= seen - 1e-9)
    assert correlations(x, y)[0].p_value == pytest.approx(exact)


def test_what_differs_by_arithmetic_only_does_not_vary() -> None:
    same = np.array([0.1 + 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.1 * 3])
    assert np.ptp(same) > 0
    found = correlations(same, np.arange(7.0))
    assert all(s.p_value is None and "does not vary" in s.note for s in found)
