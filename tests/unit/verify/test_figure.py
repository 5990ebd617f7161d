"""Intervals of means, shares and rates against published tables."""

import numpy as np
import pytest

from mri_bme.verify.figure import mean_interval, rate_interval, share_figure, share_interval


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


def test_the_interval_of_a_rate_is_exact() -> None:
    """10 events: 4.80 to 18.39 (Garwood 1936; any table of Poisson limits); none: up to 3.69."""
    assert rate_interval(10, 1) == pytest.approx((4.80, 18.39), abs=0.01)
    assert rate_interval(0, 10) == pytest.approx((0.0, 0.369), abs=0.001)
