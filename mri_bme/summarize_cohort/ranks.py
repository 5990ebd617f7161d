"""Tests and estimates from ranks: exact with ties and zeros, and without a normal tail.

Half of the joints of a trial may have no edema at all, and few have very much. Ranks take
both as they are. P values come from all rearrangements that the data allow, counted, not
drawn, so that they cannot be smaller than the number of subjects permits.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from mri_bme.summarize_cohort.pairs import (
    kth_difference,
    kth_walsh_average,
    middle,
    n_walsh_averages,
)
from mri_bme.summarize_cohort.statistic import (
    CONFIDENCE,
    Statistic,
    is_constant,
    too_few,
)
from mri_bme.volume import FloatArray

IntArray = NDArray[np.int64]

SIGNED_RANK_SOURCE = (
    "signed ranks, two-sided, exact; zeros after Pratt, J Am Stat Assoc 54:655-667, 1959"
)
RANK_SUM_SOURCE = "rank sums of change, two-sided, exact with ties; Mann & Whitney 1947"
NORMAL = "normal approximation with ties"
SHIFT_SOURCE = "Hodges & Lehmann, Ann Math Stat 34:598-611, 1963; interval from exact ranks"
QUADE_SOURCE = "rank analysis of covariance, Quade, J Am Stat Assoc 62:1187-1200, 1967"
MOST_EXACT = 100  # subjects; beyond, counting is slow and the normal distribution near (p to 0.001)
ALL_EQUAL = "all changes are equal"


def _doubled_ranks(values: FloatArray) -> IntArray:
    """Twice the mid-ranks: whole numbers."""
    return np.asarray(np.rint(2 * scipy.stats.rankdata(values)), np.int64)


def wilcoxon_test(changes: ArrayLike) -> Statistic:
    """Test whether changes are symmetric about 0; the value is the smaller signed-rank sum.

    Zero changes are ranked and split (Pratt), so that the many subjects without any edema
    are not thrown away.
    """
    values = np.asarray(changes, dtype=np.float64)
    n = len(values)
    found = Statistic(statistic="wilcoxon_test", n=n, source=SIGNED_RANK_SOURCE)
    note = too_few(n) or (ALL_EQUAL if is_constant(values) else "")
    if note:
        return replace(found, note=note)
    ranks = _doubled_ranks(np.abs(values))
    up, down = int(ranks[values > 0].sum()), int(ranks[values < 0].sum())
    found = replace(found, value=min(up, down) / 2)
    if n > MOST_EXACT:
        p_value = float(scipy.stats.wilcoxon(values, zero_method="pratt", method="approx").pvalue)
        source = SIGNED_RANK_SOURCE.replace("exact", NORMAL)
        return replace(found, p_value=p_value, source=source)
    below = signed_rank_distribution(ranks[values != 0])[: min(up, down) + 1].sum()
    return replace(found, p_value=min(1.0, 2 * float(below)))


def signed_rank_distribution(ranks: IntArray) -> FloatArray:
    """Probability of every sum of whole-numbered ranks whose signs are tossed.

    Returns
    -------
    array of shape (ranks.sum() + 1,)
        Probability that the positive ranks sum to the index.
    """
    probabilities = np.zeros(int(ranks.sum()) + 1)
    probabilities[0] = 1.0
    for rank in ranks:
        shifted = np.zeros_like(probabilities)
        shifted[int(rank) :] = probabilities[: len(probabilities) - int(rank)]
        probabilities = (probabilities + shifted) / 2
    return probabilities


def rank_sum_test(first: ArrayLike, second: ArrayLike) -> Statistic:
    """Test whether one group lies higher than another; the value is Mann-Whitney's U."""
    x, y = np.asarray(first, np.float64), np.asarray(second, np.float64)
    both = np.concatenate([x, y])
    found = Statistic(statistic="rank_sum_test", n=len(both), source=RANK_SUM_SOURCE)
    note = too_few(min(len(x), len(y))) or (ALL_EQUAL if is_constant(both) else "")
    if note:
        return replace(found, note=note)
    ranks = _doubled_ranks(both)
    total = int(ranks[: len(x)].sum())
    found = replace(found, value=total / 2 - len(x) * (len(x) + 1) / 2)
    if len(both) > MOST_EXACT:
        p_value = float(scipy.stats.mannwhitneyu(x, y, method="asymptotic").pvalue)
        return replace(found, p_value=p_value, source=RANK_SUM_SOURCE.replace("exact", NORMAL))
    probabilities = rank_sum_distribution(ranks, len(x))
    expected = len(x) * (len(both) + 1)  # of doubled ranks
    far = np.abs(np.arange(len(probabilities)) - expected) >= abs(total - expected)
    return replace(found, p_value=min(1.0, float(probabilities[far].sum())))


def rank_sum_distribution(ranks: IntArray, n: int) -> FloatArray:
    """Probability of every sum of `n` ranks drawn without replacement.

    Parameters
    ----------
    ranks : int array
        Whole-numbered ranks of all subjects.
    n : int
        Subjects of one group.

    Returns
    -------
    array of shape (ranks.sum() + 1,)
        Probability that the ranks of the group sum to the index.
    """
    ways = np.zeros((n + 1, int(ranks.sum()) + 1))  # by how many were drawn, and their sum
    ways[0, 0] = 1.0
    for k, rank in enumerate(ranks):
        most = min(k + 1, n)
        ways[1 : most + 1, int(rank) :] += ways[:most, : ways.shape[1] - int(rank)].copy()
    return np.asarray(ways[n] / ways[n].sum())


def hodges_lehmann_change(changes: ArrayLike) -> Statistic:
    """Middle of all pairwise means of change, with the interval of the signed-rank test."""
    values = np.asarray(changes, np.float64)
    n = len(values)
    found = Statistic(statistic="hodges_lehmann_change", n=n, source=SHIFT_SOURCE)
    if note := too_few(n):
        return replace(found, note=note)
    if n > MOST_EXACT:
        n_pairs = n_walsh_averages(values)
        spread = np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return _among(found, partial(kth_walsh_average, values), n_pairs, spread)
    rows, columns = np.triu_indices(n)
    walsh = np.sort((values[rows] + values[columns]) / 2)
    rank = _last_in_tail(signed_rank_distribution(np.arange(1, n + 1)), n * (n + 1) / 4)
    return _between(found, walsh, rank)


def hodges_lehmann_difference(first: ArrayLike, second: ArrayLike) -> Statistic:
    """Middle of all differences between two groups, with the interval of the rank-sum test."""
    x, y = np.asarray(first, np.float64), np.asarray(second, np.float64)
    found = Statistic(statistic="hodges_lehmann_difference", n=len(x) + len(y), source=SHIFT_SOURCE)
    if note := too_few(min(len(x), len(y))):
        return replace(found, note=note)
    n_pairs = len(x) * len(y)
    if len(x) + len(y) > MOST_EXACT:
        spread = np.sqrt(n_pairs * (len(x) + len(y) + 1) / 12)
        return _among(found, partial(kth_difference, x, y), n_pairs, spread)
    differences = np.sort((x[:, None] - y[None, :]).ravel())
    least = len(x) * (len(x) + 1) // 2
    u = rank_sum_distribution(np.arange(1, len(x) + len(y) + 1), len(x))[least:]
    return _between(found, differences, _last_in_tail(u, n_pairs / 2))


def _last_in_tail(probabilities: FloatArray, middle: float) -> int:
    """Count the ordered values to leave out at each end."""
    tail = np.cumsum(probabilities[: int(middle) + 1])
    return int(np.searchsorted(tail, (1 - CONFIDENCE) / 2, side="right"))


def _between(found: Statistic, ascending: FloatArray, rank: int) -> Statistic:
    return replace(
        found,
        value=float(np.median(ascending)),
        ci_low=float(ascending[rank - 1]) if rank else None,
        ci_high=float(ascending[-rank]) if rank else None,
    )


def _among(found: Statistic, kth: Callable[[int], float], n_pairs: int, spread: float) -> Statistic:
    """Read the middle and the ends off pairs that are too many to write down."""
    rank = int(n_pairs / 2 - scipy.stats.norm.ppf((1 + CONFIDENCE) / 2) * spread)
    return replace(
        found,
        value=middle(kth, n_pairs),
        ci_low=kth(rank) if rank > 0 else None,
        ci_high=kth(n_pairs - rank + 1) if rank > 0 else None,
        source=found.source.replace("exact ranks", NORMAL),
    )


def rank_ancova(baseline: ArrayLike, followup: ArrayLike, treated: ArrayLike) -> Statistic:
    """Compare ranks of the follow-up between arms, adjusted for ranks of the baseline.

    Ranks of the follow-up are regressed on those of the baseline over all subjects, and the
    residuals compared between arms. The value is their mean difference, in ranks.
    """
    arm = np.asarray(treated, np.bool_)
    found = Statistic(statistic="rank_ancova_difference", n=len(arm), source=QUADE_SOURCE)
    if note := too_few(min(int(arm.sum()), int((~arm).sum()))):
        return replace(found, note=note)
    before, after = scipy.stats.rankdata(baseline), scipy.stats.rankdata(followup)
    if np.ptp(after) == 0:
        return replace(found, note="all follow-ups are equal: no estimate and no p value")
    centred = before - before.mean()
    slope = float(centred @ after) / float(centred @ centred) if np.ptp(before) else 0.0
    residual = after - after.mean() - slope * centred
    if np.allclose(residual, 0):
        return replace(found, note="follow-ups keep the order of the baselines: no p value")
    tested = scipy.stats.ttest_ind(residual[arm], residual[~arm])
    interval = tested.confidence_interval(CONFIDENCE)
    return replace(
        found,
        value=float(residual[arm].mean() - residual[~arm].mean()),
        ci_low=float(interval.low),
        ci_high=float(interval.high),
        p_value=float(tested.pvalue),
    )
