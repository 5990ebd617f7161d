"""One figure of merit, and intervals that many of them share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from mri_bme.volume import FloatArray

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of merit; interval of 95 % where there is one.

    A precision has its one-sided upper 95 % bound in `high`, and no `low`. `n` counts scans, pairs
    or lesions; `n_subjects` whose they are, where the interval is one over subjects, else 0.
    """

    name: str
    at: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = "mL"
    n: int = 0
    bones: str = ""
    n_subjects: int = 0


Interval = tuple[float | None, float | None]


def mean_interval(
    values: FloatArray, subjects: Sequence[int] | None = None
) -> tuple[float | None, float | None, float | None]:
    """Mean and its 95 % interval by Student's t; None for what too few values do not give.

    Where several values are of one subject, `subjects` says whose each is: they count by their
    mean, since what they share (anatomy, marrow, coil) makes them no independent evidence.
    """
    if not len(values):
        return None, None, None
    if subjects is not None:
        whose = np.asarray(subjects)
        values = np.array([values[whose == one].mean() for one in np.unique(whose)])
    mean = float(values.mean())
    if len(values) < 2:
        return mean, None, None
    half = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * scipy.stats.sem(values))
    return mean, mean - half, mean + half


def share_interval(n: int, of: int) -> Interval:
    """95 % interval of a share (Wilson, J Am Stat Assoc 22:209-212, 1927), 0 to 1.

    It takes each for independent, which lesions of one subject are not quite.
    """
    if not of:
        return None, None
    found = scipy.stats.binomtest(n, of).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def rate_interval(n: int, of: int) -> Interval:
    """95 % interval of a rate per scan (Garwood, Biometrika 28:437-442, 1936): exact Poisson."""
    if not of:
        return None, None
    tail = (1 - CONFIDENCE) / 2
    low = float(scipy.stats.chi2.ppf(tail, 2 * n) / 2) if n else 0.0
    return low / of, float(scipy.stats.chi2.ppf(1 - tail, 2 * n + 2) / 2) / of


def share_figure(
    name: str, at: str, of: Sequence[bool] | Iterable[bool], *, bones: str = ""
) -> Figure:
    """Make a figure of how many of some are so, in per cent."""
    found = list(of)
    low, high = share_interval(sum(found), len(found))
    return Figure(
        name=name,
        at=at,
        value=100 * float(np.mean(found)) if found else None,
        low=None if low is None else 100 * low,
        high=None if high is None else 100 * high,
        unit="%",
        n=len(found),
        bones=bones,
    )
