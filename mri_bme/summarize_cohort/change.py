"""How much a measure changed: mean, tests, standardized responses."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import stats

from mri_bme.summarize_cohort.bootstrap import BlockStatistic, bca_interval
from mri_bme.summarize_cohort.statistic import CONFIDENCE, Statistic, too_few
from mri_bme.volume import FloatArray

BCA_SOURCE = "BCa bootstrap, Efron 1987"
SRM_SOURCE = "mean change / SD of change, Liang et al., Arthritis Rheum 33:642, 1990"
GUYATT_SOURCE = (
    "mean change / SD of change in controls, Guyatt et al., J Chronic Dis 40:171-178, 1987"
)
ALL_EQUAL = "all changes are equal"
ALMOST_EQUAL = "all changes but one are equal: no interval"


def mean_change(changes: FloatArray, *, seed: int, n_draws: int) -> Statistic:
    """Average the changes; the interval is a bootstrap's."""
    changes = np.asarray(changes, dtype=np.float64)
    n = len(changes)
    return _with_bootstrap(
        Statistic(
            statistic="mean_change",
            n=n,
            value=float(changes.mean()) if n else None,
            note=too_few(n),
            source=BCA_SOURCE,
        ),
        changes,
        lambda rows: rows.mean(axis=1),
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
        value=float(np.median(changes)) if n else None,
        note=too_few(n),
        source="order statistics, Conover 1999",
    )
    if found.note:
        return found
    rank = int(stats.binom.ppf((1 - CONFIDENCE) / 2, n, 0.5))
    return replace(found, ci_low=float(changes[rank - 1]), ci_high=float(changes[n - rank]))


def sd_change(changes: FloatArray) -> Statistic:
    """Give the standard deviation of the changes, from which a next trial is planned."""
    changes = np.asarray(changes, dtype=np.float64)
    n = len(changes)
    return Statistic(
        statistic="sd_change",
        n=n,
        value=float(changes.std(ddof=1)) if n > 1 else None,
        note="" if n > 1 else f"n = {n}: no spread",
    )


def standardized_response_mean(changes: FloatArray, *, seed: int, n_draws: int) -> Statistic:
    """Mean change in units of the standard deviation of change; negative is a decrease."""
    changes = np.asarray(changes, dtype=np.float64)
    n = len(changes)
    found = Statistic(statistic="srm", n=n, note=too_few(n), source=f"{SRM_SOURCE}; {BCA_SOURCE}")
    if n < 2 or np.ptp(changes) == 0:
        return replace(found, note=found.note or ALL_EQUAL)
    value = float(changes.mean() / changes.std(ddof=1))
    return _with_bootstrap(
        replace(found, value=value),
        changes,
        lambda rows: rows.mean(axis=1) / rows.std(axis=1, ddof=1),
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
    if n < 2 or np.ptp(control) == 0:
        return Statistic(statistic="guyatt", n=n, note=note or ALL_EQUAL, source=source)
    value = float(treated.mean() / control.std(ddof=1))
    found = Statistic(statistic="guyatt", n=n, value=value, note=note, source=source)
    if note:
        return found
    rng = np.random.default_rng(seed)
    means = rng.choice(treated, (n_draws, len(treated))).mean(axis=1)
    spreads = rng.choice(control, (n_draws, len(control))).std(axis=1, ddof=1)
    drawn = means[spreads > 0] / spreads[spreads > 0]
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return replace(found, ci_low=float(low), ci_high=float(high))


def paired_t_test(changes: FloatArray) -> Statistic:
    """Test whether the mean change is 0; the value is t."""
    return _tested(changes, "paired_t_test", "Student's t, two-sided", _t_test)


def wilcoxon_test(changes: FloatArray) -> Statistic:
    """Test whether changes are symmetric about 0; the value is the signed-rank sum.

    Zero changes are ranked and split (Pratt), so that the many subjects without any edema
    are not thrown away.
    """
    source = "signed ranks, two-sided; zeros after Pratt, J Am Stat Assoc 54:655-667, 1959"
    return _tested(changes, "wilcoxon_test", source, _signed_rank_test)


def _t_test(changes: FloatArray) -> tuple[float, float]:
    result = stats.ttest_1samp(changes, 0.0)
    return float(result.statistic), float(result.pvalue)


def _signed_rank_test(changes: FloatArray) -> tuple[float, float]:
    result = stats.wilcoxon(changes, zero_method="pratt")
    return float(result.statistic), float(result.pvalue)


def _tested(
    changes: FloatArray, name: str, source: str, test: Callable[[FloatArray], tuple[float, float]]
) -> Statistic:
    changes = np.asarray(changes, dtype=np.float64)
    n = len(changes)
    note = too_few(n) or (ALL_EQUAL if np.ptp(changes) == 0 else "")
    if note:
        return Statistic(statistic=name, n=n, note=note, source=source)
    value, p_value = test(changes)
    return Statistic(statistic=name, n=n, value=value, p_value=p_value, source=source)


def _with_bootstrap(
    found: Statistic,
    changes: FloatArray,
    statistic: BlockStatistic,
    *,
    seed: int,
    n_draws: int,
) -> Statistic:
    if found.note:
        return found
    interval = bca_interval(changes, statistic, seed=seed, n_draws=n_draws)
    if interval is None:
        return replace(found, note=ALL_EQUAL if np.ptp(changes) == 0 else ALMOST_EQUAL)
    return replace(found, ci_low=interval[0], ci_high=interval[1])
