"""Models adjusted for the baseline: of one follow-up, and of all together."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from mri_bme.errors import NotEvaluable
from mri_bme.summarize_cohort.repeated_measures import Contrast, fit_repeated_measures
from mri_bme.summarize_cohort.statistic import (
    CONFIDENCE,
    ROUNDING,
    Statistic,
    is_constant,
    too_few,
)
from mri_bme.volume import FloatArray

BoolArray = NDArray[np.bool_]

ANCOVA_SOURCE = "change ~ baseline + arm, Vickers & Altman, BMJ 323:1123-1124, 2001"
ADJUSTED_SOURCE = "change ~ baseline, at the mean baseline"
MMRM_SOURCE = (
    "MMRM: change ~ visit x (arm + baseline), unstructured covariance between visits, REML, "
    "Satterthwaite degrees of freedom; Mallinckrodt et al., Drug Inf J 42:303-319, 2008"
)
NOTHING_VARIES = (
    "nothing varies around the model (as when every follow-up is 0): no estimate and no p value"
)
SAME_FOLLOWUP = (
    "every subject has the same value at follow-up, as when all are 0: only baselines vary, "
    "no p value"
)
ARM_IS_BASELINE = (
    "whoever is in one arm has one baseline, and in the other arm another: what an arm did and "
    "what the baseline did cannot be told apart"
)
ONE_FOLLOWUP = "one follow-up: the same as ANCOVA"


def ancova(baseline: ArrayLike, followup: ArrayLike, treated: ArrayLike | None = None) -> Statistic:
    """Change adjusted for the baseline, or the difference between two arms so adjusted.

    Parameters
    ----------
    baseline, followup : array of shape (n,)
        One value per subject.
    treated : bool array or None
        Which subjects are in the treated arm; None when there is one arm.
    """
    before, after = np.asarray(baseline, np.float64), np.asarray(followup, np.float64)
    name = "adjusted_change" if treated is None else "ancova_difference"
    source = ADJUSTED_SOURCE if treated is None else ANCOVA_SOURCE
    n = len(before)
    note = too_few(n if treated is None else _smaller_arm(treated)) or _flat(before)
    found = Statistic(statistic=name, n=n, note=note, source=source)
    if note:
        return found
    columns = [np.ones(n), before - before.mean()]
    if treated is not None:
        columns.insert(0, np.asarray(treated, np.float64))
    design = np.column_stack(columns)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return replace(found, note=ARM_IS_BASELINE)
    first, residual = _least_squares(design, after - before)
    if np.sqrt(np.mean(residual**2)) <= ROUNDING * np.abs([before, after]).max():
        return replace(found, note=NOTHING_VARIES)
    return _told(found, first)


def _least_squares(design: FloatArray, response: FloatArray) -> tuple[Contrast, FloatArray]:
    """First coefficient of ordinary least squares, and the residuals."""
    q, r = scipy.linalg.qr(design, mode="economic")
    coefficients = scipy.linalg.solve_triangular(r, q.T @ response)
    residual = response - design @ coefficients
    freedom = len(response) - design.shape[1]
    unscaled = scipy.linalg.solve_triangular(r, np.eye(design.shape[1]))[0]
    error = np.sqrt(residual @ residual / freedom * (unscaled @ unscaled))
    first = Contrast(value=float(coefficients[0]), error=float(error), freedom=float(freedom))
    return first, residual


def is_same(baseline: FloatArray, change: FloatArray) -> bool:
    """Tell whether every follow-up is the same, to the arithmetic of ``baseline + change``."""
    followup = baseline + change
    largest = np.abs([baseline, followup]).max(initial=0.0)
    return len(followup) > 1 and bool(np.ptp(followup) <= ROUNDING * largest)


def _smaller_arm(treated: ArrayLike) -> int:
    members = np.asarray(treated, np.bool_)
    n_treated = int(np.count_nonzero(members))
    return min(n_treated, len(members) - n_treated)


def _flat(baseline: FloatArray) -> str:
    return "all baselines are equal" if is_constant(baseline) else ""


def mmrm(
    baseline: ArrayLike,
    change: ArrayLike,
    treated: ArrayLike | None = None,
    *,
    followups: Sequence[str],
) -> list[Statistic]:
    """Change at every follow-up from all follow-ups together, subjects with gaps included.

    The change is modelled by visit, by arm at each visit and by baseline at each visit, with
    an unstructured covariance between visits; what is missing is missing at random.

    Parameters
    ----------
    baseline, change : array of shape (n_subjects, n_followups)
        NaN where a change is missing. A subject's baseline may differ between follow-ups
        where other marrow was covered.
    treated : bool array of shape (n_subjects,) or None
        Which subjects are in the treated arm; None when there is one arm.
    followups : sequence of str
        Labels of the columns.

    Returns
    -------
    list of Statistic
        Per follow-up, the change at the mean baseline; with `treated`, the difference of the
        change between arms. A follow-up with too few subjects is left out of the model, and
        a model without a clear maximum has a reason in place of numbers.
    """
    before, response = np.asarray(baseline, np.float64), np.asarray(change, np.float64)
    arm = None if treated is None else np.asarray(treated, np.bool_)
    name = "mmrm_change" if arm is None else "mmrm_difference"
    notes = [too_few(_n_seen(column, arm)) for column in response.T]
    fit = [k for k, note in enumerate(notes) if not note]
    used = np.isfinite(response[:, fit]).any(axis=1)
    found = Statistic(statistic=name, n=int(used.sum()), source=MMRM_SOURCE)
    lost = [replace(found, n=_n_seen(response[:, k], arm), note=note, followup=followups[k])
            for k, note in enumerate(notes) if note]  # fmt: skip
    if not fit:
        return lost
    kept = [followups[k] for k in fit]
    try:
        contrasts = _contrasts(
            before[used][:, fit], response[used][:, fit], None if arm is None else arm[used]
        )
    except NotEvaluable as reason:
        return [replace(found, followup=v, note=str(reason)) for v in kept] + lost
    note = ONE_FOLLOWUP if len(fit) == 1 else ""
    told = [_told(replace(found, followup=v, note=note), c)
            for v, c in zip(kept, contrasts, strict=True)]  # fmt: skip
    return told + lost


def _n_seen(column: FloatArray, arm: BoolArray | None) -> int:
    """Subjects seen at a follow-up, of the smaller arm where there are two."""
    seen = np.isfinite(column)
    return int(seen.sum()) if arm is None else min(int(seen[arm].sum()), int(seen[~arm].sum()))


def _contrasts(baseline: FloatArray, change: FloatArray, arm: BoolArray | None) -> list[Contrast]:
    """Fit, and give the coefficient that is reported of every visit."""
    n, m = change.shape
    seen = np.isfinite(change)
    if is_constant(baseline[seen]):
        raise NotEvaluable(_flat(baseline[seen]))
    mean = float(np.mean([row[here].mean() for row, here in zip(baseline, seen, strict=True)]))
    blocks = [np.ones((n, m)), baseline - mean]
    if arm is not None:
        blocks.insert(0, np.repeat(arm[:, None].astype(np.float64), m, axis=1))
    design = np.zeros((n, m, m * len(blocks)))
    for visit in range(m):
        for k, block in enumerate(blocks):
            design[:, visit, k * m + visit] = block[:, visit]
    try:
        fitted = fit_repeated_measures(change, design)
    except NotEvaluable as error:
        raise NotEvaluable(f"{error}: no estimate and no p value") from error
    return [fitted.contrast(np.eye(design.shape[2])[visit]) for visit in range(m)]


def _told(found: Statistic, contrast: Contrast) -> Statistic:
    """Give the estimate its interval and p value, unless its degrees of freedom have none."""
    if not (np.isfinite(contrast.freedom) and contrast.freedom >= 1 and contrast.error > 0):
        return replace(found, note="its standard error is itself unknown: no p value")
    t = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, contrast.freedom))
    return replace(
        found,
        value=contrast.value,
        ci_low=contrast.value - t * contrast.error,
        ci_high=contrast.value + t * contrast.error,
        p_value=float(2 * scipy.stats.t.sf(abs(contrast.value / contrast.error), contrast.freedom)),
    )
