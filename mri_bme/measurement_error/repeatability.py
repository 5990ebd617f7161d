"""How well a measurement repeats itself, from scans of unchanged subjects taken twice.

Terms and estimators follow Raunig et al., Stat Methods Med Res 24:27, 2015: wSD is the
within-subject SD of test and retest, the repeatability coefficient is 2.77 wSD, and a
single subject's change beyond it is real with 95 % confidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from mri_bme.volume import FloatArray

RC_PER_WSD = 1.96 * 2**0.5  # 2.77
CONFIDENCE = 0.95
MIN_DETECTABLE_ML = 0.05  # a table of zeros would call every change real


def within_subject_sd(changes: FloatArray) -> float:
    """Within-subject SD of test and retest: sqrt(mean(d^2) / 2)."""
    return float(np.sqrt(np.mean(changes**2) / 2))


def change_beyond_bias(differences: FloatArray) -> float:
    """Smallest detectable change of two measurements of one state, their bias apart.

    1.96 x SD of the differences, in their unit (Bland & Altman, Stat Methods Med Res
    8:135-160, 1999; de Vet et al., J Clin Epidemiol 59:1033-1039, 2006).
    """
    return float(ndtri((1 + CONFIDENCE) / 2) * differences.std(ddof=1))


def limit_of_blank(found_ml: Sequence[float]) -> float | None:
    """Volume that healthy scans stay below in 95 of 100; None without any.

    95th percentile of what is found where there is nothing (CLSI EP17-A2, non-parametric).
    """
    return float(np.quantile(found_ml, CONFIDENCE)) if len(found_ml) else None


def detectable_table(
    volumes: FloatArray,
    changes: FloatArray,
    levels: Sequence[float],
    *,
    limit_ml: float,
    n_subjects: int | None = None,
) -> tuple[float, ...]:
    """Smallest detectable change at each level, from all pairs together.

    A few pairs per level say little about each; the variance of repetition is taken as
    a + b v + c v^2 of the volume v, none of them negative, and the table is the upper 95 %
    bound of the repeatability coefficient that follows, and never below the detection
    limit: as much is found where there is nothing. Where differences surely have longer tails
    than normal ones, as those of small regions whose lesions come and go, their own 95th
    percentile stands in for the 1.96 of a normal distribution.

    Parameters
    ----------
    volumes, changes : float64 arrays of shape (n_pairs,)
        What each unchanged subject holds, and by how much test and retest differed, in mL.
    levels : sequence of float
        Volumes to tabulate.
    limit_ml : float
        Detection limit.
    n_subjects : int or None
        How many subjects the pairs come from, where one gives several (its quadrants, its
        lesions): as many say something on their own. None takes each pair for a subject.

    Returns
    -------
    tuple of float
        In mL, one per level; empty without pairs.
    """
    if not len(volumes):
        return ()
    terms = _variance_terms(volumes, changes**2 / 2)
    n = len(volumes) if n_subjects is None else min(n_subjects, len(volumes))
    freedom = max(n - int(np.count_nonzero(terms)), 1)
    spread = np.abs(changes) / np.sqrt(_powers(volumes) @ terms)
    from scipy import stats  # noqa: PLC0415  (slow to load)

    widened = wsds_apart(spread) * np.sqrt(freedom / stats.chi2.ppf(1 - CONFIDENCE, freedom))
    found = widened * np.sqrt(_powers(np.asarray(levels, dtype=np.float64)) @ terms)
    return tuple(round(max(float(c), limit_ml, MIN_DETECTABLE_ML), 3) for c in found)


def wsds_apart(spread: FloatArray) -> float:
    """How many wSD unchanged subjects differ by at most, in 95 of 100.

    `RC_PER_WSD`, unless the lower 95 % bound of the percentile (of order statistics) lies above.

    Parameters
    ----------
    spread : float64 array of shape (n_pairs,)
        Differences of pairs over the wSD at their volume; one at least.
    """
    n = len(spread)
    from scipy import stats  # noqa: PLC0415  (slow to load)

    below = int(stats.binom.ppf(1 - CONFIDENCE, n, CONFIDENCE))
    surely = float(np.sort(spread)[max(below - 1, 0)])
    return float(np.quantile(spread, CONFIDENCE)) if surely > RC_PER_WSD else RC_PER_WSD


def _powers(volumes: FloatArray) -> FloatArray:
    return np.column_stack([np.ones_like(volumes), volumes, volumes**2])


def _variance_terms(volumes: FloatArray, variances: FloatArray) -> FloatArray:
    """Fit variance = a + b v + c v^2 to squared differences by maximum likelihood.

    Differences of test and retest are normal, so that a squared one over its variance is
    chi-squared with one degree of freedom; a least variance keeps pairs that agree by chance
    from outweighing all others.
    """
    from scipy import optimize  # noqa: PLC0415  (slow to load)

    powers = _powers(volumes)
    scale = powers.max(axis=0)
    scale[scale == 0] = 1.0
    design = powers / scale
    least = (MIN_DETECTABLE_ML / RC_PER_WSD) ** 2

    def deviance(terms: FloatArray) -> tuple[float, FloatArray]:
        expected = design @ terms + least
        slope = (1 / expected - variances / expected**2) @ design
        return float(np.sum(np.log(expected) + variances / expected)), slope

    fits = [
        optimize.minimize(deviance, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * 3)
        for start in max(float(variances.mean()), least) * (np.eye(3) + 1e-2)
    ]
    best = min(fits, key=lambda fit: round(float(fit.fun), 9))
    terms = np.where(best.x * design.max(axis=0) < 1e-3 * least, 0.0, best.x)
    return np.asarray(terms / scale + least * np.array([1.0, 0.0, 0.0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """How measurements of one state scatter at a volume.

    `wsd_ml` is the within-subject SD, `upper_ml` its one-sided upper 95 % bound.
    """

    at_ml: float
    wsd_ml: float
    upper_ml: float

    @property
    def rc_ml(self) -> float:
        """Repeatability coefficient: 95 of 100 repetitions differ by less."""
        return RC_PER_WSD * self.wsd_ml

    @property
    def rc_upper_ml(self) -> float:
        """Its upper 95 % bound."""
        return RC_PER_WSD * self.upper_ml

    @property
    def wcv(self) -> float | None:
        """Within-subject coefficient of variation; None at 0 mL."""
        return self.wsd_ml / self.at_ml if self.at_ml > 0 else None

    @property
    def wcv_upper(self) -> float | None:
        """Its upper 95 % bound."""
        return self.upper_ml / self.at_ml if self.at_ml > 0 else None


def precision_profile(
    volumes: FloatArray,
    changes: FloatArray,
    levels: Sequence[float],
    *,
    n_subjects: int | None = None,
) -> tuple[Repetition, ...]:
    """Tell the within-subject SD as a function of volume, from all pairs together.

    The variance is taken as a + b v + c v^2, as in `detectable_table`; the bound is that of a
    variance with as many degrees of freedom as subjects, less one per term that was fitted.

    Parameters
    ----------
    volumes, changes : float64 arrays of shape (n_pairs,)
        Mean volume and difference of each pair, in mL.
    levels : sequence of float
        Volumes to tell it at.
    n_subjects : int or None
        Subjects that the pairs come from; None takes each pair for one.

    Returns
    -------
    tuple of Repetition
        One per level; empty without pairs.
    """
    if not len(volumes):
        return ()
    terms = _variance_terms(volumes, changes**2 / 2)
    n = len(volumes) if n_subjects is None else min(n_subjects, len(volumes))
    freedom = max(n - int(np.count_nonzero(terms)), 1)
    found = np.sqrt(_powers(np.asarray(levels, dtype=np.float64)) @ terms)
    bound = upper_bound_factor(freedom)
    return tuple(
        Repetition(at_ml=float(at), wsd_ml=float(sd), upper_ml=float(bound * sd))
        for at, sd in zip(levels, found, strict=True)
    )


def upper_bound_factor(freedom: int) -> float:
    """By what an SD of so many degrees of freedom is multiplied for its upper 95 % bound.

    ``sqrt(freedom / chi-squared)`` at the 5th percentile, one-sided (Raunig et al. 2015; Obuchowski
    & Bullen, Stat Methods Med Res 27:3139, 2018).
    """
    from scipy import stats  # noqa: PLC0415  (slow to load)

    return float(np.sqrt(freedom / stats.chi2.ppf(1 - CONFIDENCE, freedom)))


def within_subject_cv(first: FloatArray, second: FloatArray) -> float:
    """Within-subject coefficient of variation: ``sqrt(mean(d^2 / (2 m^2)))``.

    Root mean square over subjects of the SD of each pair over its mean (Quan & Shih, Biometrics
    52:1195, 1996; Obuchowski & Bullen 2018). It is one number, to be told only over volumes at
    which the error is proportional.

    Parameters
    ----------
    first, second : float64 arrays of shape (n_pairs,)
        Both measurements, means above 0.
    """
    mean = (first + second) / 2
    return float(np.sqrt(np.mean((first - second) ** 2 / (2 * mean**2))))


def reproducibility_coefficient(changes: FloatArray) -> float:
    """How far two measurements of one state under two conditions differ in 95 of 100 subjects.

    ``1.96 sqrt(mean(d^2))``: the mean difference between the conditions counts in full, so that
    it holds the bias (Lin, Stat Med 19:255-270, 2000, the total deviation index; RDC of Raunig et
    al. 2015). Without a bias it is 2.77 wSD.
    """
    return RC_PER_WSD * within_subject_sd(changes)


def pairs_for_bound(ratio: float) -> int:
    """Fewest pairs with which the upper 95 % bound of wSD is at most `ratio` times the estimate.

    35 pairs, which QIBA asks for, give 1.25.
    """
    n = 1
    while upper_bound_factor(n) > ratio:
        n += 1
    return n
