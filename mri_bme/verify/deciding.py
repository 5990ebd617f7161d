"""How much more would decide a criterion whose interval reaches beyond its limits."""

import math
from collections.abc import Callable

import numpy as np
import scipy

from mri_bme.measurement_error import upper_bound_factor
from mri_bme.verify.figure import CONFIDENCE, Figure, Interval, rate_interval, share_interval
from mri_bme.verify.linearity import ALMOST_ONE, R_SQUARED

MOST = 2000
COUNTED = {
    "lesion sensitivity": "lesions",
    "truth inside the interval": "volumes",
    "beyond the smallest detectable change": "pairs",
}
"""What `n` counts, by the name of a share; scans of all others."""


def what_decides(figure: Figure, *, at_least: float | None, at_most: float | None) -> str:
    """Say how many would decide, if the estimate and its scatter stayed as they are.

    A decision is an interval that lies wholly within the limits, or wholly beyond one. A mean over
    subjects narrows by their root and by Student's t; a share and a rate as their intervals do; the
    bound of a precision with its degrees of freedom.

    Parameters
    ----------
    figure : Figure
        With an estimate, and an interval or a bound.
    at_least, at_most : float or None
        The limits.

    Returns
    -------
    str
        Such as ``about 5 subjects in place of 3``.
    """
    value = figure.value or 0.0
    now, what, interval_of = _way(figure, value)
    tried = range(now + 1, MOST + 1)
    needed = next((n for n in tried if _is_decided(interval_of(n), at_least, at_most)), None)
    told = f"more than {MOST}" if needed is None else f"about {needed}"
    return f"{told} {what} in place of {now}"


def _way(figure: Figure, value: float) -> tuple[int, str, Callable[[int], Interval]]:
    """How many there are now, of what, and the interval that another number of them would give."""
    low, high = figure.low, figure.high
    if figure.n_subjects > 1 and low is not None and high is not None:
        return (
            figure.n_subjects,
            "subjects",
            lambda n: _narrowed(
                (value, low, high),
                by=_half(n) / _half(figure.n_subjects),
                is_correlation=figure.name == R_SQUARED,
            ),
        )
    if low is None and high is not None and value:
        freedom = _freedom(high / value)
        return (
            figure.n,
            "repetitions",
            lambda n: (None, value * upper_bound_factor(max(round(freedom * n / figure.n), 1))),
        )
    what = COUNTED.get(figure.name, "scans")
    if figure.unit == "%":
        effect = figure.design_effect
        return (
            figure.n,
            what,
            lambda n: _per_cent(share_interval(round(value * n / 100), n, effect=effect)),
        )
    return figure.n, what, lambda n: rate_interval(round(value * n), n)


def _narrowed(found: tuple[float, float, float], *, by: float, is_correlation: bool) -> Interval:
    """Bring the ends of an interval nearer to its value; of a squared correlation by Fisher's z."""
    if is_correlation:
        inside = np.clip(np.sqrt(np.clip(found, 0, 1)), 0, ALMOST_ONE)
        value, low, high = map(float, np.arctanh(inside))
    else:
        value, low, high = found
    ends = (value - by * (value - low), value + by * (high - value))
    return (math.tanh(ends[0]) ** 2, math.tanh(ends[1]) ** 2) if is_correlation else ends


def _half(n: int) -> float:
    """Half of a 95 % interval of a mean of n subjects, in SDs."""
    return float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)) / math.sqrt(n)


def _freedom(factor: float) -> int:
    """Degrees of freedom with which an SD has so high an upper bound, at most `MOST`."""
    return next((n for n in range(1, MOST) if upper_bound_factor(n) <= factor), MOST)


def _per_cent(interval: Interval) -> Interval:
    low, high = interval
    return (None, None) if low is None or high is None else (100 * low, 100 * high)


def _is_decided(interval: Interval, at_least: float | None, at_most: float | None) -> bool:
    low = -np.inf if interval[0] is None else interval[0]
    high = np.inf if interval[1] is None else interval[1]
    least, most = (
        -np.inf if at_least is None else at_least,
        np.inf if at_most is None else at_most,
    )
    is_bound = interval[0] is None
    is_within = (is_bound or low >= least) and high <= most
    return is_within or high < least or low > most
