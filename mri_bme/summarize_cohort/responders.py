"""Who responded: shares by verdict, and the cumulative probability of a change."""

from collections.abc import Sequence

import numpy as np
import scipy
from scipy.special import ndtri

from mri_bme.summarize_cohort.statistic import CONFIDENCE, Statistic, too_few
from mri_bme.volume import FloatArray

WILSON_SOURCE = "Wilson score interval, Newcombe, Stat Med 17:857-872, 1998"
NEWCOMBE_SOURCE = "method 10 of Newcombe, Stat Med 17:873-890, 1998; Fisher's exact test"
Z = float(ndtri((1 + CONFIDENCE) / 2))


def proportion(n_events: int, n: int) -> Statistic:
    """Share of subjects, with Wilson's interval, which is sound for small n as well."""
    if note := too_few(n):
        said = f"{n_events} of {n}; {note}" if n else "no subjects"
        return Statistic(statistic="proportion", n=n, note=said, source=WILSON_SOURCE)
    low, high = wilson_interval(n_events, n)
    return Statistic(
        statistic="proportion",
        n=n,
        value=n_events / n,
        ci_low=low,
        ci_high=high,
        note=f"{n_events} of {n}",
        source=WILSON_SOURCE,
    )


def wilson_interval(n_events: int, n: int) -> tuple[float, float]:
    """Interval of a proportion (Wilson 1927)."""
    share = n_events / n
    centre = (2 * n * share + Z**2) / (2 * (n + Z**2))
    half = Z * np.sqrt(Z**2 + 4 * n * share * (1 - share)) / (2 * (n + Z**2))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def proportion_difference(first: tuple[int, int], second: tuple[int, int]) -> Statistic:
    """Difference of two shares, each given as (events, subjects): first minus second."""
    (a, n_a), (b, n_b) = first, second
    n = min(n_a, n_b)
    note = too_few(n)
    if note:
        return Statistic(
            statistic="proportion_difference", n=n_a + n_b, note=note, source=NEWCOMBE_SOURCE
        )
    difference = a / n_a - b / n_b
    (low_a, high_a), (low_b, high_b) = wilson_interval(a, n_a), wilson_interval(b, n_b)
    below = np.hypot(a / n_a - low_a, high_b - b / n_b)
    above = np.hypot(high_a - a / n_a, b / n_b - low_b)
    if a + b in (0, n_a + n_b):
        same = "nobody" if a + b == 0 else "everybody"
        note = f"{same} responded in both arms: no p value"
    exact = scipy.stats.fisher_exact([[a, n_a - a], [b, n_b - b]]).pvalue
    return Statistic(
        statistic="proportion_difference",
        n=n_a + n_b,
        value=difference,
        ci_low=float(difference - below),
        ci_high=float(difference + above),
        p_value=None if note else float(exact),
        note=note,
        source=NEWCOMBE_SOURCE,
    )


def cumulative_probability(changes: Sequence[float] | FloatArray) -> FloatArray:
    """Place sorted changes on the cumulative probability axis of trial reports [1]_.

    Returns
    -------
    array of shape (n, 2)
        Probability, (rank - 0.5) / n, and change, ascending.

    References
    ----------
    .. [1] Landewé & van der Heijde, Ann Rheum Dis 63:699-706, 2004.
    """
    ascending = np.sort(np.asarray(changes, dtype=np.float64))
    n = len(ascending)
    return np.column_stack([(np.arange(1, n + 1) - 0.5) / max(n, 1), ascending])
