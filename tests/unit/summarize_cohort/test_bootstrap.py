"""Bootstrap intervals: close to known ones, moved with the sample, the same each time."""

import numpy as np
import pytest
from scipy import stats

from mri_bme.summarize_cohort.bootstrap import bca_interval, mean_without_one, sd_without_one

SAMPLE = np.random.default_rng(1).normal(2.0, 1.5, 40)
SKEWED = np.random.default_rng(2).gamma(0.8, 3.0, 40)


def mean(rows):
    return rows.mean(axis=1)


def interval(sample, statistic=mean, seed=0, n_draws=4000):
    found = bca_interval(sample, statistic, seed=seed, n_draws=n_draws)
    assert found is not None
    return np.array(found)


def test_for_normal_values_it_is_nearly_students_interval() -> None:
    known = stats.t.interval(0.95, 39, SAMPLE.mean(), stats.sem(SAMPLE))
    assert interval(SAMPLE) == pytest.approx(known, abs=0.12 * np.ptp(known))


def test_for_skewed_values_it_is_that_of_another_implementation() -> None:
    """scipy's own, of other draws; without bias or acceleration it would lie elsewhere."""
    draws = {"n_resamples": 20_000, "rng": np.random.default_rng(5)}
    other = stats.bootstrap((SKEWED,), np.mean, method="BCa", **draws).confidence_interval
    found = interval(SKEWED, n_draws=20_000)
    assert found == pytest.approx(tuple(other), abs=0.02 * np.ptp(found))
    plain = stats.bootstrap((SKEWED,), np.mean, method="percentile", **draws).confidence_interval
    assert found != pytest.approx(tuple(plain), abs=0.02 * np.ptp(found))


def test_it_moves_and_stretches_with_the_sample() -> None:
    found = interval(SKEWED)
    assert interval(SKEWED + 10) == pytest.approx(found + 10)
    assert interval(SKEWED * 3) == pytest.approx(found * 3)
    assert interval(-SKEWED) == pytest.approx(-found[::-1], rel=0.03)


def test_a_skewed_sample_has_an_interval_that_reaches_further_into_its_tail() -> None:
    low, high = interval(SKEWED)
    assert high - SKEWED.mean() > 1.1 * (SKEWED.mean() - low)


def test_the_same_seed_gives_the_same_digits_and_another_one_nearly() -> None:
    assert (interval(SAMPLE) == interval(SAMPLE)).all()
    other = interval(SAMPLE, seed=1)
    assert (other != interval(SAMPLE)).any()
    assert other == pytest.approx(interval(SAMPLE), abs=0.1)


def test_equal_values_have_no_interval() -> None:
    assert bca_interval(np.full(20, 3.0), mean, seed=0, n_draws=500) is None


def test_a_ratio_that_needs_every_subject_has_no_interval() -> None:
    """Without the one that differs there is no spread to divide by."""
    one_differs = np.array([1.0] * 9 + [2.0])

    def ratio(rows):
        return rows.mean(axis=1) / rows.std(axis=1)

    assert bca_interval(one_differs, ratio, seed=0, n_draws=500) is None


def test_an_interval_does_not_depend_on_how_many_draws_are_made_at_once(monkeypatch) -> None:
    at_once = interval(SKEWED, statistic=lambda rows: np.median(rows, axis=1))
    monkeypatch.setattr("mri_bme.summarize_cohort.bootstrap.MOST_AT_ONCE", 130)
    assert (interval(SKEWED, statistic=lambda rows: np.median(rows, axis=1)) == at_once).all()


@pytest.mark.parametrize(
    "sample", [SAMPLE, SKEWED, SKEWED + 1e4, np.array([0.1] * 9 + [0.3]), np.array([2.0, 5.0, 5.0])]
)
def test_what_is_left_without_each_subject_in_one_pass_is_that_of_each_alone(sample) -> None:
    alone = [np.delete(sample, k) for k in range(len(sample))]
    assert mean_without_one(sample) == pytest.approx([one.mean() for one in alone], rel=1e-12)
    spread = [0.0 if np.ptp(one) == 0 else one.std(ddof=1) for one in alone]
    assert sd_without_one(sample) == pytest.approx(spread, rel=1e-9, abs=0)


def test_an_interval_in_one_pass_is_that_of_each_subject_left_out() -> None:
    in_turn = interval(SKEWED)
    found = bca_interval(SKEWED, mean, seed=0, n_draws=4000, without_one=mean_without_one)
    assert found == pytest.approx(tuple(in_turn), rel=1e-12)
