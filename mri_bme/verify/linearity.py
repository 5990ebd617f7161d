"""Bias and linearity over the whole range, and by size of lesion."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import scipy

from mri_bme.verify.figure import CONFIDENCE, Figure, Interval, mean_interval
from mri_bme.verify.lesions import SIZES_ML, class_name, in_class
from mri_bme.verify.measure import Measurement
from mri_bme.volume import FloatArray

WEIGHT_ML = 0.5  # weights are 1 / (0.5 mL + true): scatter grows with volume
MIN_VOLUMES = 3  # different ones, for a line
R_SQUARED = "linearity, R squared"
ALMOST_ONE = 1 - 1e-12  # correlation of which Fisher's z is still a number
FROM_ML = 1.0  # where departures from the line are told in per cent


def bias_figures(rows: Sequence[Measurement], levels: Sequence[float]) -> Iterator[Figure]:
    """Found minus true of the total, by level: mL, and per cent of the truth."""
    for level in levels:
        own = [r for r in rows if r.level_ml == level and r.found_ml is not None]
        errors = np.array([(r.found_ml or 0.0) - r.true_ml for r in own])
        whose = [r.seed for r in own]
        mean, low, high = mean_interval(errors, whose)
        at = f"{level:g} mL"
        yield Figure(
            name="bias",
            at=at,
            value=mean,
            low=low,
            high=high,
            n=len(errors),
            n_subjects=len(set(whose)),
        )
        if level > 0:
            known = [r for r in own if r.true_ml > 0]
            relative = np.array([100 * ((r.found_ml or 0.0) / r.true_ml - 1) for r in known])
            whose = [r.seed for r in known]
            mean, low, high = mean_interval(relative, whose)
            yield Figure(
                name="bias, relative",
                at=at,
                value=mean,
                low=low,
                high=high,
                unit="%",
                n=len(known),
                n_subjects=len(set(whose)),
            )


def lesion_bias_figures(rows: Iterable[Measurement]) -> Iterator[Figure]:
    """Found minus true of single lesions that were found, in per cent, by true size."""
    found = [(row.seed, lesion) for row in rows for lesion in row.lesions if lesion.is_found]
    for limits in SIZES_ML:
        own = [(seed, x) for seed, x in found if in_class(x.true_ml, limits)]
        errors = np.array([100 * (x.found_ml / x.true_ml - 1) for _, x in own])
        whose = [seed for seed, _ in own]
        mean, low, high = mean_interval(errors, whose)
        yield Figure(
            name="bias of lesions",
            at=class_name(limits, "mL"),
            value=mean,
            low=low,
            high=high,
            unit="%",
            n=len(own),
            n_subjects=len(set(whose)),
        )


def linearity_figures(rows: Iterable[Measurement]) -> list[Figure]:
    """Fit found = intercept + slope x true, and what a curve would add.

    A measurement is linear when the term of second order of a weighted fit is no larger than its
    error, or too small to matter (CLSI EP06; Raunig et al. 2015).
    """
    known = [row for row in rows if row.found_ml is not None]
    if len({round(row.true_ml, 3) for row in known}) < MIN_VOLUMES:
        return []
    true = np.array([row.true_ml for row in known], dtype=np.float64)
    found = np.array([row.found_ml for row in known], dtype=np.float64)
    subjects = [row.seed for row in known]
    (intercept, slope), errors, t = weighted_fit(true, found, order=1, subjects=subjects)
    fitted = [
        Figure(name="linearity, slope", at="all", value=slope, unit=""),
        Figure(name="linearity, intercept", at="all", value=intercept),
    ]
    figures = [
        replace(figure, low=(figure.value or 0) - t * error, high=(figure.value or 0) + t * error)
        for figure, error in zip(fitted, (errors[1], errors[0]), strict=True)
    ]
    value, (low, high) = r_squared(true, found, subjects)
    figures.append(Figure(name=R_SQUARED, at="all", value=value, low=low, high=high, unit=""))
    figures += _curvature(true, found, subjects)
    return [replace(f, n=len(true), n_subjects=len(set(subjects))) for f in figures]


def r_squared(
    true: FloatArray, found: FloatArray, subjects: Sequence[int]
) -> tuple[float, Interval]:
    """Tell the coefficient of determination, and its 95 % interval over subjects.

    Fisher's z of the correlation, whose error is that of the jackknife which leaves out one
    subject at a time, and Student's t of one degree of freedom less than subjects: what scans of
    one subject share is allowed for, as by the errors of the slope (Efron & Stein, Ann Stat
    9:586-596, 1981; Cameron & Miller, J Hum Resour 50:317-372, 2015). A bootstrap of whole subjects
    is too narrow with so few of them.

    Parameters
    ----------
    true, found : float64 arrays of shape (n,)
    subjects : sequence of int
        Whose each scan is.

    Returns
    -------
    value : float
    interval : tuple of float or None
        None and None of one subject alone.
    """
    whose = np.asarray(subjects)
    names = np.unique(whose)
    z = _fisher(true, found)
    value = float(np.tanh(z) ** 2)
    if len(names) < 2:
        return value, (None, None)
    without = np.array([_fisher(true[whose != one], found[whose != one]) for one in names])
    n = len(names)
    error = float(np.sqrt((n - 1) / n * np.sum((without - z) ** 2)))
    half = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)) * error
    low, high = (float(np.tanh(max(end, 0.0)) ** 2) for end in (z - half, z + half))
    return value, (low, high)


def _fisher(true: FloatArray, found: FloatArray) -> float:
    """Fisher's z of the correlation; of a perfect one what rounding leaves of it."""
    correlation = float(np.corrcoef(true, found)[0, 1])
    return float(np.arctanh(np.clip(correlation, -ALMOST_ONE, ALMOST_ONE)))


def _curvature(true: FloatArray, found: FloatArray, subjects: Sequence[int]) -> Iterator[Figure]:
    """Tell the term of second order, and how far a curve with it lies from the line.

    By least squares the curve differs from the line by that term alone, times what v² differs
    from its own line: the departure has the interval of the term.
    """
    if len(np.unique(np.round(true, 3))) <= MIN_VOLUMES:
        return
    terms, errors, t = weighted_fit(true, found, order=2, subjects=subjects)
    yield Figure(
        name="linearity, term of second order",
        at="all",
        value=terms[2],
        low=terms[2] - t * errors[2],
        high=terms[2] + t * errors[2],
        unit="per mL",
    )
    at = np.linspace(FROM_ML, float(true.max()), 50)
    if at[-1] <= FROM_ML:
        return
    line, _, _ = weighted_fit(true, true**2, order=1)
    per_term = float(np.max(100 * np.abs(at**2 - np.polyval(line[::-1], at)) / at))
    ends = (terms[2] - t * errors[2], terms[2] + t * errors[2])
    yield Figure(
        name="linearity, largest departure of a curve from the line",
        at=f"{FROM_ML:g} mL or more",
        value=per_term * abs(terms[2]),
        low=0.0 if ends[0] <= 0 <= ends[1] else per_term * min(map(abs, ends)),
        high=per_term * max(map(abs, ends)),
        unit="%",
    )


def weighted_fit(
    true: FloatArray, found: FloatArray, *, order: int, subjects: Sequence[int] | None = None
) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Fit a polynomial by least squares, weighted by 1 / (0.5 mL + true).

    Parameters
    ----------
    true, found : float64 arrays of shape (n,)
    order : int
        1 for a line.
    subjects : sequence of int or None
        Whose each scan is. Errors then allow for what scans of one subject share (the sandwich of
        Liang & Zeger, Biometrika 73:13-22, 1986, with the usual correction for few subjects and
        one degree of freedom less than subjects); None, or one subject, takes scans for
        independent.

    Returns
    -------
    terms, errors : tuples of float
        From the constant upwards, and their standard errors.
    t : float
        Student's t of a 95 % interval.
    """
    root = np.sqrt(1 / (WEIGHT_ML + true))
    powers = np.vander(true, order + 1, increasing=True) * root[:, None]
    terms, *_ = np.linalg.lstsq(powers, found * root, rcond=None)
    residual = found * root - powers @ terms
    freedom = max(len(true) - order - 1, 1)
    solve = np.linalg.pinv(powers)
    whose = np.zeros(len(true)) if subjects is None else np.asarray(subjects)
    n_subjects = len(np.unique(whose))
    if n_subjects > 1:
        per_scan = powers * residual[:, None]
        scores = np.array([per_scan[whose == one].sum(axis=0) for one in np.unique(whose)])
        moved = scores @ solve @ solve.T
        few = n_subjects / (n_subjects - 1) * (len(true) - 1) / freedom
        variances = few * np.sum(moved * moved, axis=0)
        freedom = n_subjects - 1
    else:
        variances = float(residual @ residual) / freedom * np.sum(solve * solve, axis=1)
    t = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, freedom))
    return tuple(map(float, terms)), tuple(map(float, np.sqrt(variances))), t
