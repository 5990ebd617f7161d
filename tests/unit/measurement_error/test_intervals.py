"""Intervals of a volume and of a change."""

from dataclasses import replace

import numpy as np
import pytest

from mri_bme.findings import Interval, RegionBurden
from mri_bme.measurement_error import change_interval, volume_interval

EMPTY = RegionBurden(
    edema_ml=0.0,
    interval_ml=None,
    counted_ml=0.0,
    roi_ml=50.0,
    edema_fraction=0.0,
    relative_intensity_mean=None,
    relative_intensity_max=None,
    n_lesions=0,
)


def burden(edema_ml, low, high):
    return replace(EMPTY, edema_ml=edema_ml, interval_ml=Interval(low=low, high=high))


def test_the_interval_of_a_volume_leaves_2_5_percent_on_either_side() -> None:
    interval = volume_interval(np.linspace(0, 1, 1001), 0.5)
    assert interval is not None
    assert (interval.low, interval.high) == (pytest.approx(0.025), pytest.approx(0.975))


def test_the_interval_of_a_volume_holds_the_volume() -> None:
    interval = volume_interval(np.linspace(1, 2, 100), 0.5)
    assert interval is not None
    assert interval.low == 0.5


def test_a_few_draws_give_no_interval() -> None:
    assert volume_interval(np.linspace(0, 1, 19), 0.5) is None


def test_the_interval_of_a_change_is_mirrored_when_the_visits_are_swapped() -> None:
    before, after = burden(8.3, 7.0, 10.5), burden(6.3, 5.9, 7.2)
    forth, back = change_interval(before, after), change_interval(after, before)
    assert forth is not None
    assert back is not None
    assert (forth.low, forth.high) == (-back.high, -back.low)
    assert forth.low < -2.0 < forth.high


def test_a_change_without_an_interval_at_one_visit_has_none() -> None:
    assert change_interval(EMPTY, burden(1.0, 0.5, 1.5)) is None
