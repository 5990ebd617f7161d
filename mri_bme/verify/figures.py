"""Bias, linearity, repeatability and the smallest detectable change, with intervals.

Terms and estimators follow Raunig et al., Stat Methods Med Res 24:27, 2015: wSD is the
within-subject SD of test and retest, the repeatability coefficient is 2.77 wSD, and a
single subject's change beyond it is real with 95 % confidence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import stats

from mri_bme.measurement_error import (
    RC_PER_WSD,
    detectable_table,
    limit_of_blank,
    within_subject_sd,
)
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.detectable import DetectableByKind, detectable_by_kind
from mri_bme.verify.measure import Measurement

AS_GIVEN = "as given"
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of merit; interval of 95 % where there is one."""

    name: str
    at: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = "mL"
    n: int = 0
    bones: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Verification:
    """Everything that was found out, and the table for `CompareSettings`.

    The counts are of scans whose bones were found as `bones` says: automatically, as users run,
    where any scan was measured so. The tables, of totals and of each other kind of region, are
    of whichever bones change more.
    """

    figures: tuple[Figure, ...]
    detectable_at_ml: tuple[float, ...]
    detectable_ml: tuple[float, ...]
    detection_limit_ml: float | None
    n_scans: int
    n_not_evaluable: int
    bones: str = "given"
    detectable_by_kind: DetectableByKind = field(default_factory=dict)


Pair = tuple[Measurement, Measurement]


def verification_of(rows: Sequence[Measurement]) -> Verification:
    """Reduce the measurements of a designed set to figures of merit."""
    by_bones = {
        bones: [row for row in rows if row.bones == bones]
        for bones in dict.fromkeys(row.bones for row in rows)
    }
    automatic = by_bones.get("automatic", [])
    bones = "automatic" if any(row.found_ml is not None for row in automatic) else "given"
    chosen = by_bones.get(bones, [])
    usual = [row for row in chosen if row.condition == AS_GIVEN]
    limit = detection_limit_ml(usual)
    pairs = _pairs(usual)
    levels = sorted({pair[0].level_ml for pair in pairs})
    table = detectable_table(
        np.array([pair[0].level_ml for pair in pairs]),
        _changes(pairs),
        levels,
        limit_ml=limit or 0.0,
    )
    usual_of_all = [row for row in rows if row.condition == AS_GIVEN]
    by_kind = detectable_by_kind(usual_of_all, levels, limit_ml=limit or 0.0)
    return Verification(
        figures=tuple(f for name, own in by_bones.items() for f in _figures(own, name)),
        detectable_at_ml=tuple(levels),
        detectable_ml=by_kind.pop(RegionKind.TOTAL, table),
        detectable_by_kind=by_kind,
        detection_limit_ml=limit,
        n_scans=len(chosen),
        n_not_evaluable=sum(row.found_ml is None for row in chosen),
        bones=bones,
    )


def _figures(rows: Sequence[Measurement], bones: str) -> list[Figure]:
    usual = [row for row in rows if row.condition == AS_GIVEN]
    pairs = _pairs(usual)
    levels = sorted({row.level_ml for row in usual})
    limit = detection_limit_ml(usual)
    figures = [
        *_bias(usual, levels),
        *_linearity(usual),
        *_repeatability(pairs, levels),
        Figure(name="detection limit", at="0 mL", value=limit, n=len(_blanks(usual))),
        *_agreement(rows, pairs),
        *_conditions(rows),
    ]
    return [replace(figure, bones=bones) for figure in figures]


def _pairs(rows: Iterable[Measurement]) -> list[Pair]:
    by_case: dict[str, list[Measurement]] = {}
    for row in rows:
        by_case.setdefault(row.case, []).append(row)
    return [
        (found[0], found[1])
        for found in by_case.values()
        if len(found) == 2 and all(row.found_ml is not None for row in found)
    ]


def _errors(rows: Iterable[Measurement]) -> np.ndarray:
    return np.array([row.found_ml - row.true_ml for row in rows if row.found_ml is not None])


def _bias(rows: Sequence[Measurement], levels: Sequence[float]) -> list[Figure]:
    figures = []
    for level in levels:
        errors = _errors(row for row in rows if row.level_ml == level)
        mean, low, high = _mean_interval(errors)
        at, n = f"{level:g} mL", len(errors)
        figures.append(Figure(name="bias", at=at, value=mean, low=low, high=high, n=n))
        if level > 0:
            mean, low, high = _mean_interval(100 * _relative_errors(rows, level))
            relative = Figure(name="bias, relative", at=at, value=mean, low=low, high=high, n=n)
            figures.append(replace(relative, unit="%"))
    return figures


def _relative_errors(rows: Iterable[Measurement], level_ml: float) -> np.ndarray:
    known = [row for row in rows if row.level_ml == level_ml and row.true_ml > 0]
    return np.array([row.found_ml / row.true_ml - 1 for row in known if row.found_ml is not None])


def _mean_interval(values: np.ndarray) -> tuple[float | None, float | None, float | None]:
    if not len(values):
        return None, None, None
    mean = float(values.mean())
    if len(values) < 2:
        return mean, None, None
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * stats.sem(values))
    return mean, mean - half, mean + half


def _linearity(rows: Sequence[Measurement]) -> list[Figure]:
    """Fit found = intercept + slope x true, weighted by 1 / (0.5 mL + true)."""
    known = [(row.true_ml, row.found_ml) for row in rows if row.found_ml is not None]
    if len({round(true, 3) for true, _ in known}) < 3:
        return []
    true, found = np.array(known).T
    root = np.sqrt(1 / (0.5 + true))
    design = np.column_stack([np.ones_like(true), true]) * root[:, None]
    solution, *_ = np.linalg.lstsq(design, found * root, rcond=None)
    residual = found * root - design @ solution
    scale = float(residual @ residual) / max(len(true) - 2, 1)
    errors = np.sqrt(scale * np.diag(np.linalg.inv(design.T @ design)))
    t = float(stats.t.ppf((1 + CONFIDENCE) / 2, max(len(true) - 2, 1)))
    correlation = float(np.corrcoef(true, found)[0, 1] ** 2)
    intercept, slope = (float(v) for v in solution)
    return [
        Figure(
            name="linearity, slope",
            at="all",
            value=slope,
            low=slope - t * float(errors[1]),
            high=slope + t * float(errors[1]),
            unit="",
            n=len(true),
        ),
        Figure(
            name="linearity, intercept",
            at="all",
            value=intercept,
            low=intercept - t * float(errors[0]),
            high=intercept + t * float(errors[0]),
            n=len(true),
        ),
        Figure(name="linearity, R squared", at="all", value=correlation, unit="", n=len(true)),
    ]


def _changes(pairs: Iterable[Pair]) -> np.ndarray:
    """Follow-up minus baseline, less what the slabs truly differ by."""
    return np.array(
        [(b.found_ml or 0.0) - (a.found_ml or 0.0) - (b.true_ml - a.true_ml) for a, b in pairs]
    )


def _repeatability(pairs: Sequence[Pair], levels: Sequence[float]) -> list[Figure]:
    figures = []
    for level in levels:
        changes = _changes(p for p in pairs if p[0].level_ml == level)
        n = len(changes)
        if not n:
            continue
        wsd = within_subject_sd(changes)
        tail = (1 - CONFIDENCE) / 2
        low = wsd * float(np.sqrt(n / stats.chi2.ppf(1 - tail, n)))
        high = wsd * float(np.sqrt(n / stats.chi2.ppf(tail, n)))
        at = f"{level:g} mL"
        figures.append(Figure(name="wSD", at=at, value=wsd, low=low, high=high, n=n))
        figures.append(
            Figure(
                name="repeatability coefficient",
                at=at,
                value=RC_PER_WSD * wsd,
                low=RC_PER_WSD * low,
                high=RC_PER_WSD * high,
                n=n,
            )
        )
    return figures


def detection_limit_ml(rows: Iterable[Measurement]) -> float | None:
    """Volume that healthy scans stay below in 95 of 100: the limit of blank.

    95th percentile of what is found where there is nothing (CLSI EP17-A2, non-parametric).
    """
    return limit_of_blank(_blanks(rows))


def _blanks(rows: Iterable[Measurement]) -> list[float]:
    return [row.found_ml for row in rows if row.level_ml == 0 and row.found_ml is not None]


def _agreement(rows: Sequence[Measurement], pairs: Sequence[Pair]) -> list[Figure]:
    known = [row for row in rows if row.interval_ml is not None and row.true_ml > 0]
    inside = [
        row.interval_ml.low <= row.true_ml <= row.interval_ml.high
        for row in known
        if row.interval_ml is not None
    ]
    same = [a.change_verdict in {"unchanged", "none"} for a, _ in pairs]
    errors = [a.registration_error_mm for a, _ in pairs if a.registration_error_mm is not None]
    figures = [
        Figure(
            name="truth inside the interval",
            at="all with edema",
            value=100 * float(np.mean(inside)) if inside else None,
            unit="%",
            n=len(inside),
        ),
        Figure(
            name="no change called unchanged or none",
            at="all",
            value=100 * float(np.mean(same)) if same else None,
            unit="%",
            n=len(same),
        ),
    ]
    if errors:
        for name, value in (("median", np.median(errors)), ("largest", np.max(errors))):
            figures.append(
                Figure(
                    name=f"registration error, {name}",
                    at="all",
                    value=float(value),
                    unit="mm",
                    n=len(errors),
                )
            )
    return figures


def _conditions(rows: Sequence[Measurement]) -> list[Figure]:
    """Under each condition: found volume relative to the same subject as given, and wSD."""
    usual = {(row.seed, row.level_ml, row.visit): row for row in rows if row.condition == AS_GIVEN}
    figures = []
    for condition in dict.fromkeys(row.condition for row in rows):
        if condition == AS_GIVEN:
            continue
        under = [row for row in rows if row.condition == condition]
        shifts = 100 * (np.array(_ratios(under, usual)) - 1)
        mean, low, high = _mean_interval(shifts)
        figures.append(
            Figure(
                name="shift of the volume",
                at=condition,
                value=mean,
                low=low,
                high=high,
                unit="%",
                n=len(shifts),
            )
        )
        changes = _changes(_pairs(under))
        wsd = within_subject_sd(changes) if len(changes) else None
        figures.append(Figure(name="wSD", at=condition, value=wsd, n=len(changes)))
    return figures


def _ratios(
    rows: Iterable[Measurement], usual: dict[tuple[int, float, str], Measurement]
) -> list[float]:
    """Recovered share of the truth, relative to the same visit as given."""
    ratios = []
    for row in rows:
        other = usual.get((row.seed, row.level_ml, row.visit))
        if other is None or row.found_ml is None or not row.true_ml:
            continue
        if other.found_ml and other.true_ml:
            ratios.append((row.found_ml / row.true_ml) / (other.found_ml / other.true_ml))
    return ratios
