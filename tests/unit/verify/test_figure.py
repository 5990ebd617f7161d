"""Intervals of means, shares and rates against published tables."""

import numpy as np
import pytest
from scipy import stats

from mri_bme.verify.figure import (
    design_effect,
    mean_interval,
    rate_interval,
    share_figure,
    share_interval,
)


def test_the_interval_of_a_mean_is_students() -> None:
    """1, 2, 3, 4: 2.5, half width t(3) = 3.182 times 0.6455."""
    mean, low, high = mean_interval(np.array([1.0, 2.0, 3.0, 4.0]))
    assert (mean, low, high) == pytest.approx((2.5, 0.446, 4.554), abs=0.001)
    assert mean_interval(np.array([2.0])) == (2.0, None, None)
    assert mean_interval(np.array([])) == (None, None, None)


def test_values_of_one_subject_count_once() -> None:
    many = mean_interval(np.array([1.0, 1.2, 3.0, 3.2, 2.0, 2.2]), [7, 7, 8, 8, 9, 9])
    assert many == pytest.approx(mean_interval(np.array([1.1, 3.1, 2.1])))
    assert mean_interval(np.array([1.0, 1.2]), [7, 7]) == (pytest.approx(1.1), None, None)


def test_the_interval_of_a_share_is_wilsons() -> None:
    """81 of 263 (Newcombe, Stat Med 17:857-872, 1998, table I): 0.2553 to 0.3662."""
    assert share_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=0.0001)
    assert share_interval(0, 0) == (None, None)
    found = share_figure("found", "all", [True, True, False, True])
    assert (found.value, found.n, found.unit) == (75.0, 4, "%")


@pytest.mark.parametrize("n", range(13))
def test_wilsons_interval_is_that_of_scipy(n: int) -> None:
    theirs = stats.binomtest(n, 12).proportion_ci(0.95, method="wilson")
    assert share_interval(n, 12) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_scans_that_always_agree_count_once_for_each_subject() -> None:
    """Four of six subjects, each scanned twice with one result: hardly more than 4 of 6."""
    once, whose = [True] * 4 + [False] * 2, list(range(6))
    twice = share_figure("found", "all", once * 2, subjects=whose * 2)
    assert twice.design_effect == pytest.approx(2 * 6 / 5)
    low, high = share_interval(4, 6, effect=6 / 5)
    assert (twice.value, twice.n) == (pytest.approx(100 * 4 / 6), 12)
    assert (twice.low, twice.high) == pytest.approx((100 * low, 100 * high))
    assert twice.low < share_figure("found", "all", once * 2).low - 5


def test_the_design_effect_is_that_of_rao_and_scott() -> None:
    """Subjects of 2, 3 and 1 with 2, 1 and 0: shares of 1/2, excess 1, -1/2 and -1/2 by hand."""
    of = [True, True, True, False, False, False]
    effect = design_effect(of, [1, 1, 2, 2, 2, 3])
    variance = 3 / 2 * (1 + 0.25 + 0.25) / 36
    assert effect == pytest.approx(6 * variance / 0.25)


def test_independent_scans_have_a_design_effect_of_about_one() -> None:
    rng = np.random.default_rng(1)
    of = (rng.random(20_000) < 0.8).tolist()
    assert design_effect(of, (np.arange(20_000) // 4).tolist()) == pytest.approx(1, abs=0.05)
    assert design_effect([True, True], [1, 2]) == 1
    assert design_effect([True, False], [1, 1]) == 1
    apart = [True, False] * 4  # of each subject one: they differ by nothing, and yet count as four
    assert design_effect(apart, [1, 1, 2, 2, 3, 3, 4, 4]) == 1


def test_shares_of_clustered_scans_hold_the_true_one_in_95_of_100() -> None:
    """Twenty subjects of six scans each that mostly agree; taken for independent, far fewer do."""
    rng = np.random.default_rng(5)
    whose = np.repeat(np.arange(20), 6).tolist()
    held, naive = [], []
    for _ in range(400):
        chances = rng.beta(1.6, 0.4, 20)
        of = (rng.random(120) < np.repeat(chances, 6)).tolist()
        for results, subjects in ((held, whose), (naive, None)):
            figure = share_figure("found", "all", of, subjects=subjects)
            results.append(figure.low <= 80 <= figure.high)
    assert np.mean(held) >= 0.92
    assert np.mean(naive) <= 0.85


def test_the_interval_of_a_rate_is_exact() -> None:
    """10 events: 4.80 to 18.39 (Garwood 1936; any table of Poisson limits); none: up to 3.69."""
    assert rate_interval(10, 1) == pytest.approx((4.80, 18.39), abs=0.01)
    assert rate_interval(0, 10) == pytest.approx((0.0, 0.369), abs=0.001)
