"""Whether two readers see edema in the same quadrants, beyond what chance would give."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy

from mri_bme.summarize_cohort.statistic import CONFIDENCE, Statistic
from mri_bme.volume import FloatArray

KAPPA_SOURCE = (
    "Cohen, Educ Psychol Meas 20:37-46, 1960; interval of Fleiss, Cohen & Everitt, Psychol Bull "
    "72:323-327, 1969"
)
NO_VARIANCE = 1e-12  # of shares; below lies rounding


def agreement_by_chance_corrected(first: Sequence[bool], second: Sequence[bool]) -> Statistic:
    """Cohen's kappa of two readers who said yes or no to the same quadrants.

    Quadrants of one scan are not independent of each other, so that the interval, which takes
    them to be, is somewhat too narrow.

    Parameters
    ----------
    first, second : sequence of bool
        Edema or none, quadrant by quadrant, scan by scan.
    """
    counts = np.zeros((2, 2))
    for one, other in zip(first, second, strict=True):
        counts[int(one), int(other)] += 1
    n = int(counts.sum())
    if not n:
        return Statistic(statistic="kappa", n=0, note="no quadrant was read by both")
    if max(counts.sum(axis=0).max(), counts.sum(axis=1).max()) == n:
        note = "a reader gave every quadrant the same answer: kappa is not defined"
        return Statistic(statistic="kappa", n=n, note=note, source=KAPPA_SOURCE)
    kappa, variance = _kappa(counts / n)
    found = Statistic(statistic="kappa", n=n, value=kappa, source=KAPPA_SOURCE)
    if variance <= NO_VARIANCE:
        return replace(found, note="agreement on every quadrant: the formula has no interval")
    half = float(scipy.stats.norm.ppf((1 + CONFIDENCE) / 2) * np.sqrt(variance / n))
    return replace(found, ci_low=max(kappa - half, -1.0), ci_high=min(kappa + half, 1.0))


def _kappa(shares: FloatArray) -> tuple[float, float]:
    """Kappa and its variance for one quadrant, from the shares of each pair of answers.

    The variance is the one of large samples, Fleiss, Cohen & Everitt 1969.
    """
    first, second = shares.sum(axis=1), shares.sum(axis=0)
    by_chance = float(first @ second)
    kappa = (float(np.trace(shares)) - by_chance) / (1 - by_chance)
    same = np.diag(shares) @ (1 - (first + second) * (1 - kappa)) ** 2
    weights = (second[:, None] + first[None, :]) ** 2
    np.fill_diagonal(weights, 0)
    other = (1 - kappa) ** 2 * np.sum(shares * weights)
    variance = same + other - (kappa - by_chance * (1 - kappa)) ** 2
    return kappa, float(variance) / (1 - by_chance) ** 2
