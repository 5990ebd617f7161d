"""Whether two readers see edema in the same quadrants, beyond what chance would give."""

import warnings
from collections.abc import Sequence

import numpy as np
from statsmodels.stats.inter_rater import cohens_kappa

from mri_bme.summarize_cohort.statistic import Statistic

KAPPA_SOURCE = (
    "Cohen, Educ Psychol Meas 20:37-46, 1960; interval of Fleiss, Cohen & Everitt, Psychol Bull "
    "72:323-327, 1969, as statsmodels has it"
)


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = cohens_kappa(counts)
    low, high = float(found.kappa_low), float(found.kappa_upp)
    has_interval = bool(np.isfinite(low) and np.isfinite(high))
    return Statistic(
        statistic="kappa",
        n=n,
        value=float(found.kappa),
        ci_low=max(low, -1.0) if has_interval else None,
        ci_high=min(high, 1.0) if has_interval else None,
        source=KAPPA_SOURCE,
    )
