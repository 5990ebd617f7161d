"""Order statistics of pairs that nobody writes down are those of all pairs written down."""

import numpy as np
import pytest

from mri_bme.summarize_cohort.pairs import (
    kth_difference,
    kth_walsh_average,
    middle,
    n_walsh_averages,
)


def sample(n, seed=0):
    """Changes with ties: a third of them are 0."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(n) < 1 / 3, 0.0, rng.normal(-1, 2, n))


def test_means_of_pairs_are_found_by_rank_with_ties_among_them() -> None:
    values = sample(23)
    rows, columns = np.triu_indices(23)
    every = np.sort((values[rows] + values[columns]) / 2)
    assert n_walsh_averages(values) == len(every)
    found = [kth_walsh_average(values, k) for k in range(1, len(every) + 1)]
    assert found == pytest.approx(every, abs=1e-12)


def test_differences_of_pairs_are_found_by_rank() -> None:
    first, second = sample(11), sample(17, seed=1)
    every = np.sort((first[:, None] - second[None, :]).ravel())
    found = [kth_difference(first, second, k) for k in range(1, len(every) + 1)]
    assert found == pytest.approx(every, abs=1e-12)


@pytest.mark.parametrize("n", [4, 5])
def test_the_middle_of_an_even_number_lies_between_two(n: int) -> None:
    ordered = [1.0, 2.0, 4.0, 8.0, 16.0][:n]
    assert middle(lambda k: ordered[k - 1], n) == np.median(ordered)


def test_a_sample_that_does_not_vary_has_one_mean_of_pairs() -> None:
    assert kth_walsh_average([3.0] * 9, 20) == 3.0
