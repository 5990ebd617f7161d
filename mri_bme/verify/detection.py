"""From which volume on edema is detected, and from which on it is quantified.

Limits of blank and of detection are those of CLSI EP17-A2 (2012); the limit of quantitation is
the functional sensitivity: the volume from which on the within-subject CV is at most 20 %
(Spencer, Clin Chem 35:509, 1989), never below the limit of detection.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import scipy

from mri_bme.measurement_error import limit_of_blank, precision_profile, upper_bound_factor
from mri_bme.verify.figure import Figure, rate_interval, share_figure
from mri_bme.verify.lesions import SIZES_ML, class_name, classes_of, in_class
from mri_bme.verify.measure import Measurement
from mri_bme.volume import FloatArray

QUANTITATION_CV = 0.20
LOW_LEVELS_ML = (0.0, 1.0)  # volumes that count as low: above 0, up to 1 mL
BETA = 0.05  # chance to miss edema at the limit of detection


def detection_limit_ml(rows: Iterable[Measurement]) -> float | None:
    """Volume that healthy scans stay below in 95 of 100: the limit of blank.

    95th percentile of what is found where there is nothing (CLSI EP17-A2, non-parametric).
    """
    return limit_of_blank(blanks(rows))


def blanks(rows: Iterable[Measurement]) -> list[float]:
    """Volumes found in subjects without edema, mL."""
    return [row.found_ml for row in rows if row.level_ml == 0 and row.found_ml is not None]


def limit_of_detection(blank_ml: float, samples: Sequence[FloatArray]) -> float | None:
    """Least true volume that is found to exceed the limit of blank in 95 of 100.

    ``LoB + c SD``, with the pooled SD of samples of low volume and
    ``c = 1.645 / (1 - 1 / (4 (N - K)))`` for N results of K samples (CLSI EP17-A2, 5.3.3.2).

    Parameters
    ----------
    blank_ml : float
        Limit of blank.
    samples : sequence of float64 arrays
        Results of each sample, two or more, mL.

    Returns
    -------
    float or None
        None without samples that were measured twice.
    """
    repeated = [sample for sample in samples if len(sample) > 1]
    freedom = sum(len(sample) - 1 for sample in repeated)
    if not freedom:
        return None
    squares = sum(float(((sample - sample.mean()) ** 2).sum()) for sample in repeated)
    pooled = float(np.sqrt(squares / freedom))
    return blank_ml + float(scipy.stats.norm.ppf(1 - BETA)) / (1 - 1 / (4 * freedom)) * pooled


def limit_of_quantitation(
    volumes: FloatArray,
    changes: FloatArray,
    *,
    least_ml: float,
    most_ml: float,
    is_bound: bool = False,
) -> float | None:
    """Least volume from which on the fitted within-subject CV stays at or below 20 %.

    Parameters
    ----------
    volumes, changes : float64 arrays of shape (n_pairs,)
        Of test and retest, mL.
    least_ml, most_ml : float
        Limit of detection, and the largest volume that was tried.
    is_bound : bool
        Whether the upper 95 % bound of the CV has to be so small, which bounds the limit itself.

    Returns
    -------
    float or None
        None where no volume that was tried is that precise.
    """
    if not len(volumes) or most_ml <= least_ml:
        return None
    tried = np.geomspace(max(least_ml, 0.01), most_ml, 400)
    profile = precision_profile(volumes, changes, [float(v) for v in tried])
    cvs = [point.wcv_upper if is_bound else point.wcv for point in profile]
    is_good = np.array([(cv or np.inf) <= QUANTITATION_CV for cv in cvs])
    if not is_good[-1]:
        return None
    last_bad = np.flatnonzero(~is_good)
    return float(tried[last_bad[-1] + 1] if len(last_bad) else max(least_ml, tried[0]))


def detection_figures(
    rows: Sequence[Measurement], volumes: FloatArray, changes: FloatArray
) -> Iterator[Figure]:
    """Limits of blank, detection and quantitation of the total."""
    empty = blanks(rows)
    blank = limit_of_blank(empty)
    yield Figure(name="limit of blank", at="total", value=blank, n=len(empty))
    samples = _low_samples(rows)
    n = sum(map(len, samples))
    detection = None if blank is None else limit_of_detection(blank, samples)
    bound = None
    if detection is not None and blank is not None:
        freedom = sum(len(sample) - 1 for sample in samples)
        bound = blank + upper_bound_factor(freedom) * (detection - blank)
    yield Figure(name="limit of detection", at="total", value=detection, high=bound, n=n)
    most = max((row.true_ml for row in rows), default=0.0)
    quantitation, highest = (
        limit_of_quantitation(
            volumes, changes, least_ml=detection or blank or 0.0, most_ml=most, is_bound=is_bound
        )
        for is_bound in (False, True)
    )
    yield Figure(
        name="limit of quantitation",
        at="total",
        value=quantitation,
        high=None if quantitation is None else highest,
        n=len(volumes),
    )


def _low_samples(rows: Iterable[Measurement]) -> list[FloatArray]:
    """Results of each low sample, what the slabs truly differ by taken off."""
    by_case: dict[str, list[float]] = {}
    for row in rows:
        if LOW_LEVELS_ML[0] < row.level_ml <= LOW_LEVELS_ML[1] and row.found_ml is not None:
            by_case.setdefault(row.case, []).append(row.found_ml - row.true_ml)
    return [np.array(values, dtype=np.float64) for values in by_case.values()]


def lesion_figures(rows: Sequence[Measurement]) -> Iterator[Figure]:
    """Sensitivity for lesions by size and contrast, and false lesions per scan by size."""
    scans = [row for row in rows if row.found_ml is not None]
    lesions = [lesion for row in scans for lesion in row.lesions]
    for name, own in classes_of(lesions):
        if own:
            yield share_figure("lesion sensitivity", name, [x.is_found for x in own])
    false = [ml for row in scans for ml in row.false_lesions_ml]
    for limits in ((0.0, float("inf")), *SIZES_ML):
        n = sum(in_class(ml, limits) for ml in false)
        low, high = rate_interval(n, len(scans))
        yield Figure(
            name="false lesions per scan",
            at="any size" if limits[0] == 0 and limits[1] > 1e9 else class_name(limits, "mL"),
            value=n / len(scans) if scans else None,
            low=low,
            high=high,
            unit="per scan",
            n=len(scans),
        )
