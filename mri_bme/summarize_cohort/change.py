"""How much a measure changed: mean, tests, standardized responses."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import scipy

from mri_bme.summarize_cohort.bootstrap import (
    BlockStatistic,
    bca_interval,
    mean_without_one,
    sd_without_one,
)
from mri_bme.summarize_cohort.ranks import ALL_EQUAL
from mri_bme.summarize_cohort.statistic import CONFIDENCE, Statistic, is_constant, too_few
from mri_bme.volume import FloatArray

BCA_SOURCE = "BCa bootstrap, Efron 1987"
SRM_SOURCE = "mean change / SD of change, Liang et al., Arthritis Rheum 33:642, 1990"
GUYATT_SOURCE = (
    "mean change / SD of change in controls, Guyatt et al., J Chronic Dis 40:171-178, 1987"
)
ALMOST_EQUAL = "all changes but one are equal: no interval"


def mean_change(changes: FloatArray, *, seed: int, n_draws: int) -> Statistic:
    """Average the changes; the interval is a bootstrap's."""
    changes = np.asarray(changes, dtype=np.float64)
    n = len(changes)
    return _with_bootstrap(
        Statistic(
            statistic="mean_change",
            n=n,
            value=None if too_few(n) else float(changes.mean()),
            note=too_few(n),
            source=BCA_SOURCE,
        ),
        changes,
        lambda rows: rows.mean(axis=1),
        mean_without_one,
        seed=seed,
        n_draws=n_draws,
    )


def median_change(changes: FloatArray) -> Statistic:
    """Median with its distribution-free interval, from order statistics [1]_.

    References
    ----------
    .. [1] Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2.
    """
    changes = np.sort(np.asarray(changes, dtype=np.float64))
    n = len(changes)
    found = Statistic(
        statistic="median_change",
        n=n,
        value=None if too_few(n) else float(np.median(changes)),
        note=too_few(n),
        source="order statistics, Conover 1999",
    )
    if found.note:
        return found
    rank = int(scipy.stats.binom.ppf((1 - CONFIDENCE) / 2, n, 0.5))
    return replace(found, ci_low=float(changes[rank - 1]), ci_high=float(changes[n - rank]))


def sd_change(changes: FloatArray) -> Statistic:
    """Give the standard deviation of the changes, from which a next trial is planned."""
    changes = np.asarray(changes, dtype=np.float64)
    n = len(changes)
    return Statistic(
        statistic="sd_change",
        n=n,
        value=None if too_few(n) else float(changes.std(ddof=1)),
        note=too_few(n),
    )


def standardized_response_mean(changes: FloatArray, *, seed: int, n_draws: int) -> Statistic:
    """Mean change in units of the standard deviation of change; negative is a decrease."""
    changes = np.asarray(changes, dtype=np.float64)
    n = len(changes)
    found = Statistic(statistic="srm", n=n, note=too_few(n), source=f"{SRM_SOURCE}; {BCA_SOURCE}")
    if found.note or is_constant(changes):
        return replace(found, note=found.note or ALL_EQUAL)
    value = float(changes.mean() / changes.std(ddof=1))
    return _with_bootstrap(
        replace(found, value=value),
        changes,
        lambda rows: rows.mean(axis=1) / rows.std(axis=1, ddof=1),
        lambda values: mean_without_one(values) / sd_without_one(values),
        seed=seed,
        n_draws=n_draws,
    )


def guyatt_effect_size(
    treated: FloatArray, control: FloatArray, *, seed: int, n_draws: int
) -> Statistic:
    """Mean change of the treated in units of the spread of the untreated.

    The interval is a percentile bootstrap of both groups.
    """
    treated, control = np.asarray(treated, np.float64), np.asarray(control, np.float64)
    n = min(len(treated), len(control))
    note = too_few(n)
    source = f"{GUYATT_SOURCE}; percentile bootstrap"
    if note or is_constant(control):
        return Statistic(statistic="guyatt", n=n, note=note or ALL_EQUAL, source=source)
    value = float(treated.mean() / control.std(ddof=1))
    found = Statistic(statistic="guyatt", n=n, value=value, source=source)
    rng = np.random.default_rng(seed)
    means = rng.choice(treated, (n_draws, len(treated))).mean(axis=1)
    spreads = rng.choice(control, (n_draws, len(control))).std(axis=1, ddof=1)
    drawn = means[spreads > 0] / spreads[spreads > 0]
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return replace(found, ci_low=float(low), ci_high=float(high))


def paired_t_test(changes: FloatArray) -> Statistic:
    """Test whether the mean change is 0; the value is t."""
    changes = np.asarray(changes, dtype=np.float64)
    n = len(changes)
    found = Statistic(statistic="paired_t_test", n=n, source="Student's t, two-sided")
    note = too_few(n) or (ALL_EQUAL if is_constant(changes) else "")
    if note:
        return replace(found, note=note)
    tested = scipy.stats.ttest_1samp(changes, 0.0)
    return replace(found, value=float(tested.statistic), p_value=float(tested.pvalue))


def _with_bootstrap(
    found: Statistic,
    changes: FloatArray,
    statistic: BlockStatistic,
    without_one: Callable[[FloatArray], FloatArray],
    *,
    seed: int,
    n_draws: int,
) -> Statistic:
    if found.note:
        return found
    interval = bca_interval(changes, statistic, seed=seed, n_draws=n_draws, without_one=without_one)
    if interval is None:
        return replace(found, note=ALL_EQUAL if is_constant(changes) else ALMOST_EQUAL)
    return replace(found, ci_low=interval[0], ci_high=interval[1])
