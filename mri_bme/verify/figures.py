"""Bias, linearity, repeatability and the smallest detectable change, with intervals.

Terms and estimators follow Raunig et al., Stat Methods Med Res 24:27, 2015: wSD is the
within-subject SD of test and retest, the repeatability coefficient is 2.77 wSD, and a
single subject's change beyond it is real with 95 % confidence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, stats

from mri_bme.verify.measure import Measurement

RC_PER_WSD = 1.96 * 2**0.5  # 2.77
CONFIDENCE = 0.95
AS_GIVEN = "as given"
MIN_DETECTABLE_ML = 0.05  # a table of zeros would call every change real


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

    The table and the counts are of scans whose bones were found as `bones` says:
    automatically, as users run, where any scan was measured so.
    """

    figures: tuple[Figure, ...]
    detectable_at_ml: tuple[float, ...]
    detectable_ml: tuple[float, ...]
    detection_limit_ml: float | None
    n_scans: int
    n_not_evaluable: int
    bones: str = "given"


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
    table = _detectable(_pairs(usual), sorted({row.level_ml for row in usual}), limit or 0.0)
    return Verification(
        figures=tuple(f for name, own in by_bones.items() for f in _figures(own, name)),
        detectable_at_ml=tuple(at for at, _ in table),
        detectable_ml=tuple(change for _, change in table),
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


def within_subject_sd(changes: np.ndarray) -> float:
    """Within-subject SD of test and retest: sqrt(mean(d^2) / 2)."""
    return float(np.sqrt(np.mean(changes**2) / 2))


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


def _detectable(
    pairs: Sequence[Pair], levels: Sequence[float], limit_ml: float
) -> list[tuple[float, float]]:
    """Smallest detectable change per level, from all levels together.

    A few pairs per level say little about each; the variance of repetition is taken as
    a + b v + c v^2 of the volume v, none of them negative, and the table is the upper 95 %
    bound of the repeatability coefficient that follows, and never below the detection
    limit: as much is found where there is nothing.
    """
    if not pairs:
        return []
    volumes = np.array([pair[0].level_ml for pair in pairs])
    variances = _changes(pairs) ** 2 / 2
    terms = _variance_terms(volumes, variances)
    freedom = max(len(pairs) - int(np.count_nonzero(terms)), 1)
    widened = RC_PER_WSD * np.sqrt(freedom / stats.chi2.ppf(1 - CONFIDENCE, freedom))
    at = np.array(sorted(set(levels) & set(volumes.tolist())))
    found = widened * np.sqrt(_powers(at) @ terms)
    return [
        (float(v), round(max(float(c), limit_ml, MIN_DETECTABLE_ML), 3))
        for v, c in zip(at, found, strict=True)
    ]


def _powers(volumes: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones_like(volumes), volumes, volumes**2])


def _variance_terms(volumes: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Fit variance = a + b v + c v^2 to squared differences by maximum likelihood.

    Differences of test and retest are normal, so that a squared one over its variance is
    chi-squared with one degree of freedom; a least variance keeps pairs that agree by chance
    from outweighing all others.
    """
    powers = _powers(volumes)
    scale = powers.max(axis=0)
    scale[scale == 0] = 1.0
    design = powers / scale
    least = (MIN_DETECTABLE_ML / RC_PER_WSD) ** 2

    def deviance(terms: np.ndarray) -> tuple[float, np.ndarray]:
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


def detection_limit_ml(rows: Iterable[Measurement]) -> float | None:
    """Volume that healthy scans stay below in 95 of 100: the limit of blank.

    95th percentile of what is found where there is nothing (CLSI EP17-A2, non-parametric).
    """
    blanks = _blanks(rows)
    return float(np.quantile(blanks, 0.95)) if blanks else None


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
