"""A candidate that was left out is edema in as many draws as it is likely."""

import numpy as np
import pytest

from mri_bme.measurement_error.doubtful import NOTHING_DOUBTFUL, Doubtful, doubtful_ml

N_DRAWS = 1000


def drawn(volume_ml: float, chance: float):
    volumes_ml = np.zeros((1, 9))
    volumes_ml[0, 3] = volume_ml
    doubtful = Doubtful(
        volumes_ml=volumes_ml, chances=np.array([chance]), by_judge=np.array([False])
    )
    return doubtful_ml(doubtful, N_DRAWS, np.random.default_rng(0))


@pytest.mark.parametrize("chance", [0.0, 0.3, 1.0])
def test_it_is_there_as_often_as_it_is_likely_and_at_least_as_large_as_it_shows(chance) -> None:
    found = drawn(0.02, chance)
    there = found[:, 3] > 0
    assert there.mean() == pytest.approx(chance, abs=0.01)
    assert (found[there, 3] >= 0.02 - 1e-12).all()
    assert found[:, [0, 1, 2, 4, 5, 6, 7, 8]].max() == 0.0


def test_around_a_tip_more_may_be_hidden_than_shows() -> None:
    found = drawn(0.03, 1.0)[:, 3]
    assert np.quantile(found, 0.95) > 3 * 0.03


def test_where_nothing_was_left_out_nothing_is_drawn() -> None:
    found = doubtful_ml(NOTHING_DOUBTFUL, N_DRAWS, np.random.default_rng(0))
    assert found.shape == (N_DRAWS, 9)
    assert found.max() == 0.0
