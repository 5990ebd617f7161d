"""How many subjects the next trial needs."""

from collections.abc import Callable

import numpy as np
from scipy import stats
from scipy.optimize import brentq

ALPHA = 0.05
POWER = 0.80
MOST_SUBJECTS = 10_000_000

Design = Callable[[float, float], tuple[float, float]]
"""From n and the effect size to degrees of freedom and noncentrality."""


def subjects_per_arm(difference: float, sd: float, *, power: float = POWER) -> int:
    """Subjects per arm to see a difference between two arms with a two-sided t test at 5 %.

    From the noncentral t distribution [1]_.

    References
    ----------
    .. [1] Cohen, Statistical Power Analysis for the Behavioral Sciences, 1988, chapter 2.
    """
    return _smallest_n(
        abs(difference) / sd,
        power,
        lambda n, effect: (2 * n - 2, effect * np.sqrt(n / 2)),
    )


def subjects_before_after(difference: float, sd: float, *, power: float = POWER) -> int:
    """Subjects of one arm to see a change with a two-sided paired t test at 5 %."""
    return _smallest_n(abs(difference) / sd, power, lambda n, effect: (n - 1, effect * np.sqrt(n)))


def _smallest_n(effect: float, power: float, design: Design) -> int:
    def missing(n: float) -> float:
        freedom, noncentrality = design(n, effect)
        critical = stats.t.ppf(1 - ALPHA / 2, freedom)
        upper = stats.nct.sf(critical, freedom, noncentrality)
        lower = stats.nct.cdf(-critical, freedom, noncentrality)
        return float(upper + np.nan_to_num(lower)) - power

    if missing(2.0) >= 0:
        return 2
    return int(np.ceil(brentq(missing, 2.0, MOST_SUBJECTS)))
