"""Compare volumes that pile up at 0 and trail off above: cube roots, and Tobit's model.

Both work on the cube root of the volume, the edge of a cube that holds it, which draws the
few very large volumes in. Tobit's model also takes a 0 for what it is: somewhere at or below
what can be seen.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from mri_bme.errors import NotEvaluable
from mri_bme.summarize_cohort.models import ancova
from mri_bme.summarize_cohort.statistic import CONFIDENCE, Statistic, is_constant, too_few
from mri_bme.volume import FloatArray

BoolArray = NDArray[np.bool_]

CUBE_ROOT_SOURCE = (
    "ANCOVA of cube roots of volume: change of root ~ root of baseline + arm; "
    "cube root after Wilson & Hilferty, Proc Natl Acad Sci 17:684-688, 1931"
)
TOBIT_SOURCE = (
    "Tobit, Econometrica 26:24-36, 1958: root of follow-up ~ root of baseline + arm, 0 taken "
    "as at or below 0; maximum likelihood after Olsen, Econometrica 46:1211-1215, 1978; "
    "standard error times sqrt(n / (n - 3)) and Student's t, which without zeros is ANCOVA"
)
LEAST_ABOVE_FLOOR = 2  # per arm: with none an arm's mean has no lower end, with one no spread


def cube_root_ancova(baseline: ArrayLike, followup: ArrayLike, treated: ArrayLike) -> Statistic:
    """Difference between arms in the cube root of volume, adjusted for its baseline."""
    before, after = _roots(baseline), _roots(followup)
    found = ancova(before, after, treated)
    return replace(found, statistic="cube_root_difference", source=CUBE_ROOT_SOURCE)


def _roots(volumes: ArrayLike) -> FloatArray:
    return np.cbrt(np.maximum(np.asarray(volumes, np.float64), 0.0))


def tobit_difference(baseline: ArrayLike, followup: ArrayLike, treated: ArrayLike) -> Statistic:
    """Difference between arms in the cube root of volume, volumes of 0 taken as censored.

    Parameters
    ----------
    baseline, followup : array of shape (n,)
        Volumes, never negative.
    treated : bool array of shape (n,)
        Which subjects are in the treated arm.
    """
    before, after = _roots(baseline), _roots(followup)
    arm = np.asarray(treated, np.bool_)
    found = Statistic(statistic="tobit_difference", n=len(arm), source=TOBIT_SOURCE)
    above = after > 0
    note = too_few(min(int(arm.sum()), int((~arm).sum())))
    if not note and min(int(above[arm].sum()), int(above[~arm].sum())) < LEAST_ABOVE_FLOOR:
        note = "fewer than two subjects of an arm lie above 0: no finite estimate, no p value"
    if not note and is_constant(before):
        note = "all baselines are equal"
    if note:
        return replace(found, note=note)
    design = np.column_stack([np.ones(len(arm)), arm, before - before.mean()])
    try:
        fitted = fit_tobit(after, design)
    except NotEvaluable as reason:
        return replace(found, note=str(reason))
    freedom = len(arm) - design.shape[1]
    value = float(fitted.coefficients[1])
    error = float(fitted.errors[1]) * float(np.sqrt(len(arm) / freedom))  # as least squares has it
    t = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, freedom))
    return replace(
        found,
        value=value,
        ci_low=value - t * error,
        ci_high=value + t * error,
        p_value=float(2 * scipy.stats.t.sf(abs(value / error), freedom)),
        note=f"{int((~above).sum())} of {len(arm)} at 0",
    )


@dataclass(frozen=True, kw_only=True)
class TobitFit:
    """Coefficients (p,) with standard errors (p,), the residual SD and the log likelihood."""

    coefficients: FloatArray
    errors: FloatArray
    sd: float
    log_likelihood: float


def fit_tobit(response: FloatArray, design: FloatArray) -> TobitFit:
    """Fit a normal linear model to a response that is cut off at 0.

    In Olsen's parameters (coefficients over the SD, and one over the SD) the likelihood has
    one maximum.

    Parameters
    ----------
    response : array of shape (n,)
        0 where cut off.
    design : array of shape (n, p)

    Raises
    ------
    NotEvaluable
        If nothing varies around the model, or the maximum was not found.
    """
    above = response > 0
    x, y, low = design[above], response[above], design[~above]
    p = design.shape[1]
    coefficients, *_ = np.linalg.lstsq(design, response, rcond=None)
    sd = float(np.sqrt(np.mean((response - design @ coefficients) ** 2)))
    if sd <= 1e-9 * np.abs(response).max():
        raise NotEvaluable("nothing varies around the model: no estimate and no p value")

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        scaled, precision = parameters[:p], np.exp(parameters[p])
        residual = precision * y - x @ scaled
        beyond = -(low @ scaled)
        tail = scipy.stats.norm.logcdf(beyond)
        value = 0.5 * float(residual @ residual) - len(y) * parameters[p] - float(tail.sum())
        hazard = np.exp(scipy.stats.norm.logpdf(beyond) - tail)
        slope = -(x.T @ residual) + low.T @ hazard
        at_precision = precision * float(y @ residual) - len(y)
        return float(value), np.append(slope, at_precision).astype(np.float64)

    start = np.append(coefficients / sd, -np.log(sd))
    found = scipy.optimize.minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-8})
    scaled, precision = np.asarray(found.x[:p], np.float64), float(np.exp(found.x[p]))
    if np.abs(loss(found.x)[1]).max() > 1e-4:
        raise NotEvaluable("Tobit's model did not converge: no estimate and no p value")
    fitted = TobitFit(
        coefficients=scaled / precision,
        errors=_tobit_errors(scaled, precision, (x, y, low)),
        sd=1 / precision,
        log_likelihood=-float(found.fun) - 0.5 * len(y) * float(np.log(2 * np.pi)),
    )
    if not np.isfinite(fitted.errors).all():
        raise NotEvaluable("Tobit's model has no clear maximum: no estimate and no p value")
    return fitted


def _tobit_errors(
    scaled: FloatArray, precision: float, rows: tuple[FloatArray, FloatArray, FloatArray]
) -> FloatArray:
    """Take standard errors from the observed information, by the delta method."""
    x, y, low = rows
    p = len(scaled)
    beyond = -(low @ scaled)
    hazard = np.exp(scipy.stats.norm.logpdf(beyond) - scipy.stats.norm.logcdf(beyond))
    bend = hazard * (hazard + beyond)
    information = np.empty((p + 1, p + 1))
    information[:p, :p] = x.T @ x + (low.T * bend) @ low
    information[:p, p] = information[p, :p] = -(x.T @ y)
    information[p, p] = float(y @ y) + len(y) / precision**2
    to_coefficients = np.column_stack([np.eye(p) / precision, -scaled / precision**2])
    with np.errstate(invalid="ignore"):
        spread = to_coefficients @ np.linalg.pinv(information) @ to_coefficients.T
        return np.asarray(np.sqrt(np.diag(spread)))
