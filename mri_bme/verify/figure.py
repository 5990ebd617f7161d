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
    `design_effect` is by what the variance of a share is larger because of subjects.
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
    design_effect: float = 1.0


Interval = tuple[float | None, float | None]


def mean_interval(
    values: FloatArray, subjects: Sequence[int] | Sequence[str] | None = None
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


def share_interval(n: float, of: float, *, effect: float = 1.0) -> Interval:
    """95 % interval of a share (Wilson, J Am Stat Assoc 22:209-212, 1927), 0 to 1.

    With an `effect` (`design_effect`) of so many times fewer.
    """
    if not of:
        return None, None
    share, of = n / of, of / effect
    z2 = float(scipy.stats.norm.ppf((1 + CONFIDENCE) / 2)) ** 2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = np.sqrt(z2 * (share * (1 - share) / of + z2 / (4 * of**2))) / (1 + z2 / of)
    return (
        max(float(middle - half), 0.0) if share > 0 else 0.0,
        min(float(middle + half), 1.0) if share < 1 else 1.0,
    )


def design_effect(of: Sequence[bool], subjects: Sequence[int]) -> float:
    """How many times larger the variance of a share is, since subjects share what decides it.

    Both scans of a subject, its regions and its lesions mostly come to the same end. The variance
    over subjects, by that of as many independent ones (Rao & Scott, Biometrics 48:577-585, 1992);
    never below 1, and 1 where none or all are so, which tells nothing of it.
    """
    found, whose = np.asarray(of, dtype=np.float64), np.asarray(subjects)
    names, n = np.unique(whose), len(found)
    if len(names) < 2 or found.min() == found.max():
        return 1.0
    share = found.mean()
    excess = np.array([(found[whose == one] - share).sum() for one in names])
    variance = len(names) / (len(names) - 1) * float(excess @ excess) / n**2
    return max(1.0, n * variance / float(share * (1 - share)))


def rate_interval(n: int, of: int) -> Interval:
    """95 % interval of a rate per scan (Garwood, Biometrika 28:437-442, 1936): exact Poisson."""
    if not of:
        return None, None
    tail = (1 - CONFIDENCE) / 2
    low = float(scipy.stats.chi2.ppf(tail, 2 * n) / 2) if n else 0.0
    return low / of, float(scipy.stats.chi2.ppf(1 - tail, 2 * n + 2) / 2) / of


def share_figure(
    name: str,
    at: str,
    of: Iterable[bool],
    *,
    subjects: Sequence[int] | None = None,
    bones: str = "",
) -> Figure:
    """Make a figure of how many of some are so, in per cent.

    Where several are of one subject, `subjects` says whose each is, and the interval is wider by
    their `design_effect`.
    """
    found = list(of)
    effect = 1.0 if subjects is None or not found else design_effect(found, subjects)
    low, high = share_interval(sum(found), len(found), effect=effect)
    return Figure(
        name=name,
        at=at,
        value=100 * float(np.mean(found)) if found else None,
        low=None if low is None else 100 * low,
        high=None if high is None else 100 * high,
        unit="%",
        n=len(found),
        bones=bones,
        design_effect=effect,
    )
