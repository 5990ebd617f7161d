"""Proportions against published tables."""

import pytest

from mri_bme.summarize_cohort.responders import (
    cumulative_probability,
    proportion,
    proportion_difference,
    wilson_interval,
)


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


def test_cumulative_probability_runs_from_the_smallest_to_the_largest_change() -> None:
    points = cumulative_probability([3.0, -1.0, 0.0, 7.0])
    assert points[:, 0].tolist() == [0.125, 0.375, 0.625, 0.875]
    assert points[:, 1].tolist() == [-1.0, 0.0, 3.0, 7.0]
