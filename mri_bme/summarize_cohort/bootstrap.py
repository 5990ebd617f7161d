"""Bootstrap intervals with a seed that is recorded, so that they can be had again."""

from collections.abc import Callable, Iterator

import numpy as np
import scipy

from mri_bme.summarize_cohort.statistic import CONFIDENCE
from mri_bme.volume import FloatArray

MOST_AT_ONCE = 2_000_000  # values: 16 MB, and as much again of indices

BlockStatistic = Callable[[FloatArray], FloatArray]
"""Statistic of every row of an array of samples."""


def bca_interval(
    sample: FloatArray,
    statistic: BlockStatistic,
    *,
    seed: int,
    n_draws: int,
    without_one: Callable[[FloatArray], FloatArray] | None = None,
) -> tuple[float, float] | None:
    """Bias-corrected and accelerated bootstrap interval [1]_.

    Parameters
    ----------
    sample : array of shape (n,)
        One value per subject.
    statistic : callable
        Takes samples as rows, (m, n), and gives (m,) values.
    seed, n_draws : int
        Seed of the resampling, and the number of resamples.
    without_one : callable or None
        Takes the sample, and gives (n,) values of `statistic` without each subject in turn, in
        one pass (`mean_without_one`); None computes each anew, in a time that grows with n
        squared.

    Returns
    -------
    (float, float) or None
        None when all resamples give the same value, or the statistic needs every subject.

    References
    ----------
    .. [1] Efron, J Am Stat Assoc 82:171-185, 1987.
    """
    values = np.asarray(sample, dtype=np.float64)
    n = len(values)
    rng = np.random.default_rng(seed)
    with np.errstate(divide="ignore", invalid="ignore"):  # a ratio to the spread of equal values
        drawn = np.concatenate(
            [statistic(values[rng.integers(0, n, (rows.stop - rows.start, n))])
             for rows in _blocks(n_draws, n)]
        )  # fmt: skip
        left_out = _without_each(values, statistic) if without_one is None else without_one(values)
        acceleration = _acceleration(left_out)
    drawn = drawn[np.isfinite(drawn)]
    observed = float(statistic(values[None])[0])
    below = (np.mean(drawn < observed) + np.mean(drawn <= observed)) / 2 if len(drawn) else 0.0
    if not 0 < below < 1 or np.ptp(drawn) == 0 or not np.isfinite(acceleration):
        return None
    bias = scipy.stats.norm.ppf(below)
    z = scipy.stats.norm.ppf([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]) + bias
    levels = scipy.stats.norm.cdf(bias + z / (1 - acceleration * z))
    low, high = np.quantile(drawn, levels)
    return float(low), float(high)


def _blocks(n_rows: int, n: int) -> Iterator[range]:
    """Share out rows of `n` values so that a block stays small, however many subjects there are."""
    step = max(1, MOST_AT_ONCE // n)
    for start in range(0, n_rows, step):
        yield range(start, min(start + step, n_rows))


def mean_without_one(values: FloatArray) -> FloatArray:
    """Mean of a sample (n,) without each of its values in turn."""
    return np.asarray((values.sum() - values) / (len(values) - 1), dtype=np.float64)


def sd_without_one(values: FloatArray) -> FloatArray:
    """Sample standard deviation of a sample (n,) without each of its values in turn.

    What a value adds to the sum of squared deviations is its own times n / (n - 1).
    """
    n, deviation = len(values), values - values.mean()
    squares = (deviation**2).sum() - deviation**2 * n / (n - 1)
    in_order = np.sort(values)
    if in_order[0] == in_order[-2] or in_order[1] == in_order[-1]:  # all but one are equal
        squares[values == (in_order[-1] if in_order[0] == in_order[-2] else in_order[0])] = 0
    return np.asarray(np.sqrt(np.maximum(squares, 0) / (n - 2)), dtype=np.float64)


def _without_each(values: FloatArray, statistic: BlockStatistic) -> FloatArray:
    n = len(values)
    return np.concatenate(
        [
            # row k lacks one subject
            statistic(
                values[np.arange(rows.start * (n - 1), rows.stop * (n - 1)).reshape(-1, n - 1) % n]
            )
            for rows in _blocks(n, n)
        ]
    )


def _acceleration(left_out: FloatArray) -> float:
    spread = left_out.mean() - left_out
    scale = float((spread**2).sum()) ** 1.5
    return float((spread**3).sum()) / (6 * scale) if scale else 0.0
