"""How a measure goes with another one."""

import numpy as np
from scipy import stats

from mri_bme.summarize_cohort.statistic import CONFIDENCE, Statistic, too_few
from mri_bme.volume import FloatArray

PEARSON_SOURCE = "Fisher's z"
SPEARMAN_SOURCE = "variance of Bonett & Wright, Psychometrika 65:23-28, 2000"
Z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))


def correlations(first: FloatArray, second: FloatArray) -> list[Statistic]:
    """Spearman's and Pearson's correlation, with intervals."""
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    n = len(first)
    note = too_few(n)
    if not note and (np.ptp(first) == 0 or np.ptp(second) == 0):
        note = "one of the two does not vary"
    if note:
        return [
            Statistic(statistic="spearman", n=n, note=note, source=SPEARMAN_SOURCE),
            Statistic(statistic="pearson", n=n, note=note, source=PEARSON_SOURCE),
        ]
    spearman, pearson = stats.spearmanr(first, second), stats.pearsonr(first, second)
    rho = float(spearman.statistic)
    return [
        _correlation("spearman", n, rho, float(spearman.pvalue), widening=1 + rho**2 / 2),
        _correlation("pearson", n, float(pearson.statistic), float(pearson.pvalue), widening=1.0),
    ]


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
