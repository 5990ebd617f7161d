"""How often trials of some size find a difference: many small trials, each tested as usual.

Formulas take a normal distribution for granted. Volumes of edema are skewed: a few large ones
make the SD, and most trials of thirty subjects do not hold one, so that the formulas can be off
by a third in either direction.
"""

from collections.abc import Callable

import numpy as np
import scipy

from mri_bme.summarize_cohort.planning import ALPHA
from mri_bme.volume import FloatArray

N_TRIALS = 2000  # a share of 80 % to within 1.8 points, 95 %
TIES = 1 + 1e-7  # equal chances, but for rounding, count alike, as in R's fisher.test
MOST_SIMULATED = 1000  # subjects per arm; the formulas hold beyond

Found = Callable[[int], FloatArray]
"""From n to whether each trial of n subjects per arm found the difference."""


def finds_by_t(changes: FloatArray, controls: FloatArray | None = None) -> FloatArray:
    """Two-sided t test at 5 % of each trial: of changes against 0, or between two arms.

    Parameters
    ----------
    changes, controls : arrays of shape (n_trials, n)
        Changes of the treated and, if there is one, of the control arm.
    """
    n = changes.shape[1]
    if controls is None:
        mean, error = changes.mean(axis=1), changes.std(axis=1, ddof=1) / np.sqrt(n)
        return _beyond(mean, error, n - 1)
    variance = (changes.var(axis=1, ddof=1) + controls.var(axis=1, ddof=1)) / n
    return _beyond(changes.mean(axis=1) - controls.mean(axis=1), np.sqrt(variance), 2 * n - 2)


def finds_by_ancova(
    before: tuple[FloatArray, FloatArray], after: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """Test follow-up between two arms, adjusted for the baseline with one slope, at 5 %.

    Parameters
    ----------
    before, after : pairs of arrays of shape (n_trials, n)
        Of the treated and the control arm.
    """
    n = before[0].shape[1]
    x = [values - values.mean(axis=1, keepdims=True) for values in before]
    y = [values - values.mean(axis=1, keepdims=True) for values in after]
    sxx, sxy, syy = (
        sum((a * b).sum(axis=1) for a, b in zip(one, other, strict=True))
        for one, other in ((x, x), (x, y), (y, y))
    )
    slope = sxy / sxx
    apart = before[0].mean(axis=1) - before[1].mean(axis=1)
    difference = after[0].mean(axis=1) - after[1].mean(axis=1) - slope * apart
    residual = np.maximum(syy - slope * sxy, 0) / (2 * n - 3)
    return _beyond(difference, np.sqrt(residual * (2 / n + apart**2 / sxx)), 2 * n - 3)


def finds_by_shares(treated: FloatArray, control: FloatArray) -> FloatArray:
    """Fisher's exact test of each trial at 5 %, two-sided, as a cohort's responders are tested.

    Parameters
    ----------
    treated, control : arrays of 0 and 1 of shape (n_trials, n)
    """
    n = treated.shape[1]
    first, both = treated.sum(axis=1), treated.sum(axis=1) + control.sum(axis=1)
    found = np.zeros(len(first))
    for total in np.unique(both):
        here = both == total
        found[here] = _exact_p_values(n, int(total))[first[here].astype(int)] < ALPHA
    return found


def _exact_p_values(n: int, total: int) -> FloatArray:
    """Two-sided p value of every number in the first of two groups of n, `total` in both."""
    chances = scipy.stats.hypergeom.pmf(np.arange(n + 1), 2 * n, total, n)
    ascending = np.sort(chances)
    upto = np.searchsorted(ascending, chances * TIES, side="right")
    return np.asarray(np.cumsum(ascending)[upto - 1], dtype=np.float64)


def _beyond(value: FloatArray, error: FloatArray, freedom: int) -> FloatArray:
    limit = float(scipy.stats.t.ppf(1 - ALPHA / 2, freedom))
    return np.asarray(np.abs(value) > limit * error, dtype=np.float64)


def smallest_simulated(found: Found, start: int, power: float) -> tuple[int, float] | None:
    """Smallest n with which trials find the difference as often as `power`, and how often.

    Parameters
    ----------
    found : callable
        Whether each of many trials of n subjects per arm found the difference.
    start : int
        What a formula says; the search begins there.

    Returns
    -------
    (int, float) or None
        None where it is more than `MOST_SIMULATED`.
    """
    low, high = 2, min(max(start, 3), MOST_SIMULATED)  # ANCOVA needs three per arm
    while float(found(high).mean()) < power:
        if high >= MOST_SIMULATED:
            return None
        low, high = high, min(2 * high, MOST_SIMULATED)
    while high - low > 1:
        middle = (low + high) // 2
        if float(found(middle).mean()) < power:
            low = middle
        else:
            high = middle
    return high, float(found(high).mean())
