"""A setting is proposed by what it is worth on subjects that it was not chosen by."""

import numpy as np
import pytest

from mri_bme.agreement.propose import nested_proposal


def test_a_setting_that_is_better_for_everybody_is_proposed() -> None:
    errors = np.array([[1.0 + 0.1 * n, 0.4 + 0.1 * n, 2.0] for n in range(8)])
    found = nested_proposal(errors, current=0)
    assert (found.chosen, found.n_agreeing) == (1, 8)
    assert found.gain == pytest.approx(0.6)
    assert found.low == pytest.approx(0.6)
    assert found.holds


def test_the_luck_of_the_choice_is_no_gain() -> None:
    nested, in_sample, held = [], [], 0
    for seed in range(60):
        errors = np.abs(np.random.default_rng(seed).normal(1, 0.5, (10, 40)))
        found = nested_proposal(errors, current=0)
        nested.append(found.gain)
        in_sample.append(errors[:, 0].mean() - errors[:, found.chosen].mean())
        held += found.holds
    assert np.mean(in_sample) > 0.25
    assert abs(np.mean(nested)) < 0.08
    assert held <= 6


def test_by_hand() -> None:
    # without the sixth subject setting 1 wins, which is far off for that one
    errors = np.array([[1.0, 0.9]] * 5 + [[1.0, 4.0]])
    found = nested_proposal(errors, current=0)
    assert found.chosen == 0
    assert found.n_agreeing == 5
    assert found.gain == pytest.approx(-3 / 6)


def test_the_setting_in_use_wins_where_none_is_better() -> None:
    assert nested_proposal(np.ones((7, 3)), current=2).chosen == 2


def test_few_subjects_get_no_figure() -> None:
    found = nested_proposal(np.array([[1.0, 0.5]] * 5), current=0)
    assert found.gain is None
    assert not found.holds
