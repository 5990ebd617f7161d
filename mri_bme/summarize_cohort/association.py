"""How a measure goes with another one."""

from functools import cache
from itertools import permutations
from math import factorial

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import ndtri

from mri_bme.summarize_cohort.statistic import CONFIDENCE, Statistic, is_constant, too_few
from mri_bme.volume import FloatArray

PEARSON_SOURCE = "Fisher's z"
SPEARMAN_SOURCE = (
    "variance of Bonett & Wright, Psychometrika 65:23-28, 2000; p from all permutations up to "
    "n = 9, then from Student's t"
)
MOST_PERMUTED = 9  # 362,880 orders
Z = float(ndtri((1 + CONFIDENCE) / 2))


def correlations(first: FloatArray, second: FloatArray) -> list[Statistic]:
    """Spearman's and Pearson's correlation, with intervals."""
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    n = len(first)
    note = too_few(n)
    if not note and (is_constant(first) or is_constant(second)):
        note = "one of the two does not vary"
    if note:
        return [
            Statistic(statistic="spearman", n=n, note=note, source=SPEARMAN_SOURCE),
            Statistic(statistic="pearson", n=n, note=note, source=PEARSON_SOURCE),
        ]
    spearman, pearson = scipy.stats.spearmanr(first, second), scipy.stats.pearsonr(first, second)
    rho = float(spearman.statistic)
    return [
        _correlation(
            "spearman",
            n,
            rho,
            spearman_p_value(first, second, approximate=float(spearman.pvalue)),
            widening=1 + rho**2 / 2,
        ),
        _correlation("pearson", n, float(pearson.statistic), float(pearson.pvalue), widening=1.0),
    ]


def spearman_p_value(first: FloatArray, second: FloatArray, *, approximate: float) -> float:
    """Two-sided p value of Spearman's correlation.

    Up to `MOST_PERMUTED` subjects it counts the orders of one side that correlate at least
    as much, ties included. Beyond, `approximate` is taken, but never less than two orders
    out of all.
    """
    n = len(first)
    if n > MOST_PERMUTED:
        return max(approximate, 2 / factorial(n))
    x, y = (2 * scipy.stats.rankdata(side) - (n + 1) for side in (first, second))  # whole, centred
    covariances = x[_orders(n)] @ y
    return float(np.mean(np.abs(covariances) >= abs(float(x @ y)) - 0.5))


@cache
def _orders(n: int) -> NDArray[np.int8]:
    return np.array(list(permutations(range(n))), dtype=np.int8)


def _correlation(name: str, n: int, value: float, p_value: float, *, widening: float) -> Statistic:
    source = SPEARMAN_SOURCE if name == "spearman" else PEARSON_SOURCE
    half = Z * np.sqrt(widening / (n - 3))
    centre = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
    return Statistic(
        statistic=name,
        n=n,
        value=value,
        ci_low=float(np.tanh(centre - half)),
        ci_high=float(np.tanh(centre + half)),
        p_value=p_value,
        source=source,
    )
