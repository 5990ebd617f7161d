"""From which volume on edema is detected, and from which on it is quantified.

Limits of blank and of detection are those of CLSI EP17-A2 (2012), the latter both from the scatter
of low samples and from how often they are found; the limit of quantitation is the functional
sensitivity: the volume from which on the within-subject CV is at most 20 % (Spencer, Clin Chem
35:509, 1989), never below the limit of detection.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import scipy

from mri_bme.measurement_error import limit_of_blank, precision_profile, upper_bound_factor
from mri_bme.verify.figure import Figure, rate_interval, share_figure
from mri_bme.verify.lesions import classes_of, false_in_classes
from mri_bme.verify.measure import Measurement
from mri_bme.volume import FloatArray

Limit = tuple[float | None, float | None]

QUANTITATION_CV = 0.20
WIDEST_BOUND = 2.0  # times a limit of detection that is taken for one: six degrees of freedom
LOW_LEVELS_ML = (0.0, 1.0)  # volumes that count as low: above 0, up to 1 mL
BETA = 0.05  # chance to miss edema at the limit of detection


def detection_limit_ml(rows: Sequence[Measurement], *, usual_ml: float) -> float | None:
    """Least found volume that counts as edema in a run: the limit of detection from scatter.

    It is never the limit of blank alone, which is 0 where nothing is found in any blank: so few
    blanks show that hardly anything is found where there is nothing, not that the least trace is
    edema.

    Parameters
    ----------
    rows : sequence of Measurement
        Scans as given, with any bones.
    usual_ml : float
        The limit of the settings, which stays where none can be told.

    Returns
    -------
    float or None
        The larger of what each kind of bones shows, mL. Where none can be told (no blanks, no
        samples of low volume that were found, or so few that the upper 95 % bound is more than
        twice as large) the limit of blank, if that is above the usual limit, else None.
    """
    by_bones = [
        [row for row in rows if row.bones == bones]
        for bones in dict.fromkeys(row.bones for row in rows if row.found_ml is not None)
    ]
    blank = max((limit_of_blank(blanks(own)) or 0.0 for own in by_bones), default=0.0)
    limits = [_from_scatter(own) for own in by_bones]
    if limits and all(value and (high or 0.0) <= WIDEST_BOUND * value for value, high in limits):
        return max(blank, *(value or 0.0 for value, _ in limits))
    return blank if blank > usual_ml else None


def _from_scatter(rows: Sequence[Measurement]) -> Limit:
    """Limit of detection and its upper 95 % bound, mL; None without blanks or low samples."""
    blank = limit_of_blank(blanks(rows))
    if blank is None:
        return None, None
    samples = _low_samples(rows, blank)
    value = limit_of_detection(blank, samples)
    if value is None:
        return None, None
    freedom = sum(len(sample) - 1 for sample in samples)
    return value, blank + upper_bound_factor(freedom) * (value - blank)


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
    """Limits of blank, detection and quantitation of the total, and how often edema is found."""
    empty = blanks(rows)
    blank = limit_of_blank(empty)
    yield Figure(name="limit of blank", at="total", value=blank, n=len(empty))
    n = 0 if blank is None else sum(map(len, _low_samples(rows, blank)))
    scatter, bound = _from_scatter(rows)
    yield Figure(
        name="limit of detection, from scatter", at="total", value=scatter, high=bound, n=n
    )
    above = _found_above(rows, blank or 0.0)
    for ml, own in above.items():
        yield share_figure(
            "found above the limit of blank",
            f"{ml:g} mL",
            [is_above for _, is_above in own],
            subjects=[seed for seed, _ in own],
        )
    found = {ml: [is_above for _, is_above in own] for ml, own in above.items()}
    most = max(found, default=0.0)
    detection = least_found(found)
    least = None if detection is None else max(detection, scatter or 0.0)
    yield _limit("limit of detection", least, most_ml=most, n=sum(map(len, found.values())))
    quantitation, highest = (
        None
        if least is None
        else limit_of_quantitation(
            volumes, changes, least_ml=least, most_ml=most, is_bound=is_bound
        )
        for is_bound in (False, True)
    )
    named = _limit("limit of quantitation", quantitation, most_ml=most, n=len(volumes))
    yield named if quantitation is None else replace(named, high=highest)


def _limit(name: str, value: float | None, *, most_ml: float, n: int) -> Figure:
    """Make a figure of a limit; where no volume meets it, it is above the largest, in `low`."""
    low = most_ml if value is None and n else None
    return Figure(name=name, at="total", value=value, low=low, n=n)


def least_found(found: Mapping[float, Sequence[bool]]) -> float | None:
    """Least volume that was tried from which on 95 of 100 scans are found above the blank.

    What the limit of detection means, counted (as the probit approach of CLSI EP17-A2 does, for
    measurements whose blanks are all zero). Scatter cannot tell it there: a faint lesion that is
    missed in both scans repeats itself perfectly.

    Parameters
    ----------
    found : mapping of float to sequence of bool
        By true volume, mL: whether each scan was found above the limit of blank.

    Returns
    -------
    float or None
        None where too many scans of the largest volume are missed, or there is none.
    """
    least = None
    for ml in sorted(found, reverse=True):
        if np.mean(found[ml]) < 1 - BETA:
            break
        least = ml
    return least


def _found_above(
    rows: Iterable[Measurement], blank_ml: float
) -> dict[float, list[tuple[int, bool]]]:
    by_level: dict[float, list[tuple[int, bool]]] = {}
    for row in sorted(rows, key=lambda row: row.level_ml):
        if row.level_ml > 0 and row.found_ml is not None:
            by_level.setdefault(row.level_ml, []).append((row.seed, row.found_ml > blank_ml))
    return by_level


def _low_samples(rows: Iterable[Measurement], blank_ml: float) -> list[FloatArray]:
    """Errors of each low sample that was found at all; one that was not says nothing of scatter."""
    by_case: dict[str, list[Measurement]] = {}
    for row in rows:
        if LOW_LEVELS_ML[0] < row.level_ml <= LOW_LEVELS_ML[1] and row.found_ml is not None:
            by_case.setdefault(row.case, []).append(row)
    return [
        np.array([(row.found_ml or 0.0) - row.true_ml for row in own], dtype=np.float64)
        for own in by_case.values()
        if any((row.found_ml or 0.0) > blank_ml for row in own)
    ]


def lesion_figures(rows: Sequence[Measurement]) -> Iterator[Figure]:
    """Sensitivity for lesions and false lesions per scan, both by size and contrast."""
    scans = [row for row in rows if row.found_ml is not None]
    lesions = [(row.seed, lesion) for row in scans for lesion in row.lesions]
    for name, own in classes_of(lesions):
        if own:
            yield share_figure(
                "lesion sensitivity",
                name,
                [x.is_found for _, x in own],
                subjects=[seed for seed, _ in own],
            )
    false = [lesion for row in scans for lesion in row.false_lesions]
    for name, n in false_in_classes(false):
        low, high = rate_interval(n, len(scans))
        yield Figure(
            name="false lesions per scan",
            at=name,
            value=n / len(scans) if scans else None,
            low=low,
            high=high,
            unit="per scan",
            n=len(scans),
        )
