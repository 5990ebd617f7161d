"""How many subjects the next trial needs."""

from collections.abc import Callable

import numpy as np
import scipy

from mri_bme.errors import NotEvaluable

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


def subjects_ancova(difference: float, residual_sd: float, *, power: float = POWER) -> int:
    """Subjects per arm to see a difference in follow-up, adjusted for the baseline.

    The t test of a difference whose error has lost what the baseline explains and one degree of
    freedom; within one subject of the usual ``n (1 - r^2) + 1`` [1]_.

    Parameters
    ----------
    difference : float
        Between the adjusted means of two arms.
    residual_sd : float
        SD of follow-up within an arm, given the baseline: ``SD sqrt(1 - r^2)``.

    References
    ----------
    .. [1] Borm, Fransen & Lemmens, J Clin Epidemiol 60:1234-1238, 2007.
    """
    return _smallest_n(
        abs(difference) / residual_sd,
        power,
        lambda n, effect: (2 * n - 3, effect * np.sqrt(n / 2)),
    )


def subjects_responders(first: float, second: float, *, power: float = POWER) -> int:
    """Subjects per arm to see that two shares of responders differ, two-sided at 5 %.

    The usual test of two proportions with pooled variance, without continuity correction [1]_.

    Parameters
    ----------
    first, second : float
        Expected shares, 0 to 1.

    Raises
    ------
    NotEvaluable
        If the shares are equal.

    References
    ----------
    .. [1] Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions, 3rd ed., 2003,
       equation 4.14.
    """
    if first == second:
        raise NotEvaluable("both arms are expected to have equally many responders")
    middle = (first + second) / 2
    by_chance = scipy.stats.norm.ppf(1 - ALPHA / 2) * np.sqrt(2 * middle * (1 - middle))
    missed = scipy.stats.norm.ppf(power) * np.sqrt(first * (1 - first) + second * (1 - second))
    return int(np.ceil(((by_chance + missed) / (first - second)) ** 2))


def with_dropout(n: int, share: float) -> int:
    """Subjects to enrol so that `n` are left when a share of them is lost."""
    return int(np.ceil(round(n / (1 - share), 9)))


def _smallest_n(effect: float, power: float, design: Design) -> int:
    if effect == 0:
        raise NotEvaluable("no difference is expected, and no number of subjects shows one")

    def missing(n: float) -> float:
        freedom, noncentrality = design(n, effect)
        critical = scipy.stats.t.ppf(1 - ALPHA / 2, freedom)
        upper = scipy.stats.nct.sf(critical, freedom, noncentrality)
        lower = scipy.stats.nct.cdf(-critical, freedom, noncentrality)
        return float(upper + np.nan_to_num(lower)) - power

    if missing(2.0) >= 0:
        return 2
    if missing(MOST_SUBJECTS) < 0:
        raise NotEvaluable(
            f"no number of subjects up to {MOST_SUBJECTS} shows a difference of {effect:.2g} SD"
        )
    return int(np.ceil(scipy.optimize.brentq(missing, 2.0, MOST_SUBJECTS)))
