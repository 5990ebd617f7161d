"""Order statistics of all pairs of a large sample, without writing the pairs down.

Ten thousand subjects have fifty million pairwise means. How many of them are at most a given
value takes one search per subject, so that bisection finds any of them in a second.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

STEPS = 200  # more than halve any range of doubles to neighbours

CountUpTo = Callable[[float], int]


def n_walsh_averages(values: ArrayLike) -> int:
    """Count the means of all pairs of values, each with itself included."""
    n = len(np.asarray(values))
    return n * (n + 1) // 2


def kth_walsh_average(values: ArrayLike, k: int) -> float:
    """Give the `k`-th smallest mean of two values, each with itself included, counted from 1.

    Examples
    --------
    >>> [kth_walsh_average([4.0, 1.0], k) for k in (1, 2, 3)]
    [1.0, 2.5, 4.0]
    """
    x = np.sort(np.asarray(values, np.float64))
    own = np.arange(len(x))

    def count(value: float) -> int:
        upto = np.searchsorted(x, 2 * value - x, side="right")
        return int(np.maximum(upto - own, 0).sum())

    return _kth(count, k, float(x[0]), float(x[-1]))


def kth_difference(first: ArrayLike, second: ArrayLike, k: int) -> float:
    """Give the `k`-th smallest difference of a first and a second value, counted from 1.

    Examples
    --------
    >>> [kth_difference([5.0, 1.0], [0.0], k) for k in (1, 2)]
    [1.0, 5.0]
    """
    x, y = np.sort(np.asarray(first, np.float64)), np.sort(np.asarray(second, np.float64))

    def count(value: float) -> int:
        return int((len(y) - np.searchsorted(y, x - value, side="left")).sum())

    return _kth(count, k, float(x[0] - y[-1]), float(x[-1] - y[0]))


def middle(kth: Callable[[int], float], n: int) -> float:
    """Give the median of `n` ordered values, of which `kth` gives any."""
    return (kth((n + 1) // 2) + kth(n // 2 + 1)) / 2


def _kth(count: CountUpTo, k: int, low: float, high: float) -> float:
    """Halve the range until it holds one double; at `high` there are `k` values or more."""
    if count(low) >= k:
        return low
    for _ in range(STEPS):
        between = low + (high - low) / 2
        if not low < between < high:
            break
        if count(between) >= k:
            high = between
        else:
            low = between
    return high
