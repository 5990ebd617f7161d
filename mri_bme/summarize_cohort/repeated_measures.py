"""Fit repeated measures with an unstructured covariance by restricted maximum likelihood.

The model of trials with several visits (MMRM): what a subject has at its visits is normal
with any covariance, subjects are independent, and a visit that is missing is missing at
random. Subjects are rows, visits are columns, and sums run over subjects.
"""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from mri_bme.errors import NotEvaluable
from mri_bme.volume import FloatArray

BoolArray = NDArray[np.bool_]

NO_VARIANCE = 1e-9  # residual over total root mean square: below lies rounding
LEAST_EIGENVALUE = 1e-4  # of the correlations; below, two visits are one to four digits
CONVERGED = 1e-9  # Newton decrement, in units of log likelihood
MOST_NEWTON_STEPS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A combination of coefficients, its standard error and its degrees of freedom."""

    value: float
    error: float
    freedom: float


@dataclass(frozen=True, kw_only=True)
class RepeatedMeasuresFit:
    """Coefficients, covariance between visits, and what degrees of freedom follow from.

    Parameters
    ----------
    coefficients : array of shape (p,)
        In the units of the response.
    coefficient_covariance : array of shape (p, p)
        Inverse of the information on the coefficients.
    visit_covariance : array of shape (m, m)
        Covariance of the response between visits.
    log_likelihood : float
        Restricted, at its maximum, with all constants but ``log|X'X| / 2``.
    """

    coefficients: FloatArray
    coefficient_covariance: FloatArray
    visit_covariance: FloatArray
    log_likelihood: float
    _slopes: FloatArray  # (q, p, p): information on the coefficients lost per covariance parameter
    _parameter_covariance: FloatArray  # (q, q)

    def contrast(self, weights: ArrayLike) -> Contrast:
        """Estimate a combination of coefficients.

        The degrees of freedom are Satterthwaite's [1]_, ``2 v^2 / var(v)`` with `v` the
        variance of the contrast and ``var(v)`` by the delta method from the observed
        information on the covariance parameters, as in the R package mmrm [2]_.

        Parameters
        ----------
        weights : array of shape (p,)
            One per coefficient.

        References
        ----------
        .. [1] Satterthwaite, Biometrics Bull 2:110-114, 1946; Fai & Cornelius, J Stat Comput
           Simul 54:363-378, 1996.
        .. [2] Sabanés Bové et al., mmrm: Mixed Models for Repeated Measures, R package.
        """
        chosen = np.asarray(weights, np.float64)
        spread = self.coefficient_covariance @ chosen
        variance = float(chosen @ spread)
        gradient = np.einsum("i,aij,j->a", spread, self._slopes, spread)
        of_variance = float(gradient @ self._parameter_covariance @ gradient)
        return Contrast(
            value=float(chosen @ self.coefficients),
            error=float(np.sqrt(variance)),
            freedom=2 * variance**2 / of_variance,
        )


def fit_repeated_measures(response: ArrayLike, design: ArrayLike) -> RepeatedMeasuresFit:
    """Fit the model.

    Parameters
    ----------
    response : array of shape (n_subjects, m_visits)
        NaN where a visit is missing.
    design : array of shape (n_subjects, m_visits, p)
        Rows of the design matrix; those of missing visits are not read.

    Raises
    ------
    NotEvaluable
        If there is no maximum to report: nothing varies around the model, two coefficients
        or visits cannot be told apart, or the maximum was not found. The message says which.
    """
    observed = np.asarray(response, np.float64)
    seen = np.isfinite(observed)
    if not seen.any():
        raise NotEvaluable("there is no response to model")
    scale = float(np.sqrt(np.mean(observed[seen] ** 2))) or 1.0
    rows = _Rows(
        response=np.where(seen, observed, 0.0) / scale,
        design=np.where(seen[..., None], np.asarray(design, np.float64), 0.0),
        seen=seen,
    )
    start = _start(rows)
    cholesky = _climbed(rows, start)
    peak = _polished(rows, cholesky @ cholesky.T)
    return _in_units(rows, peak, scale)


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Responses (n, m) and design (n, m, p), 0 where not seen (n, m)."""

    response: FloatArray
    design: FloatArray
    seen: BoolArray

    @property
    def n_constant(self) -> float:
        return float((self.seen.sum() - self.design.shape[2]) * np.log(2 * np.pi))


@dataclass(frozen=True, kw_only=True)
class _Point:
    """The restricted likelihood at one covariance; `loss` is minus its logarithm."""

    covariance: FloatArray
    loss: float
    weights: FloatArray  # (n, m, m) inverse covariance of what each subject has
    weighted_design: FloatArray  # (n, m, p)
    weighted_residual: FloatArray  # (n, m)
    coefficients: FloatArray
    coefficient_covariance: FloatArray


def _start(rows: _Rows) -> FloatArray:
    """Independent visits with the variances that least squares leaves."""
    x, y = rows.design[rows.seen], rows.response[rows.seen]
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise NotEvaluable(
            "baselines are all equal, or an arm lacks a visit: its coefficients have no value"
        )
    residual = np.zeros_like(rows.response)
    residual[rows.seen] = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    spread = np.sqrt((residual**2).sum(axis=0) / rows.seen.sum(axis=0))
    if not np.all(spread > NO_VARIANCE):
        raise NotEvaluable("nothing varies around the model at one of the visits")
    together = rows.seen.astype(np.int64).T @ rows.seen
    if np.any(together < 2):
        raise NotEvaluable("two of the visits were not made by the same subjects")
    return np.asarray(np.diag(spread))


def _climbed(rows: _Rows, start: FloatArray) -> FloatArray:
    """Go to the maximum over Cholesky factors, whose diagonal is kept above 0 as a logarithm."""
    lower = np.tril_indices(len(start))
    diagonal = lower[0] == lower[1]

    def factor(parameters: FloatArray) -> FloatArray:
        cholesky = np.zeros_like(start)
        cholesky[lower] = np.where(diagonal, np.exp(np.where(diagonal, parameters, 0)), parameters)
        return cholesky

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        cholesky = factor(parameters)
        try:
            point = _point(rows, cholesky @ cholesky.T)
        except np.linalg.LinAlgError:
            return np.inf, np.zeros_like(parameters)
        slope = (2 * _slope(point) @ cholesky)[lower]
        return point.loss, np.where(diagonal, slope * cholesky[lower], slope)

    first = np.where(diagonal, np.log(np.where(diagonal, start[lower], 1.0)), 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        found = scipy.optimize.minimize(
            loss, first, jac=True, method="BFGS", options={"gtol": 1e-6}
        )
    return factor(np.asarray(found.x, np.float64))


def _point(rows: _Rows, covariance: FloatArray) -> _Point:
    weights, log_determinant = _weights(rows.seen, covariance)
    weighted = weights @ rows.design
    information = np.einsum("nmp,nmq->pq", rows.design, weighted)
    total = np.einsum("nmp,nm->p", weighted, rows.response)
    spread = np.linalg.inv(information)
    coefficients = spread @ total
    residual = rows.response - rows.design @ coefficients
    weighted_residual = np.einsum("nij,nj->ni", weights, residual)
    _, log_information = np.linalg.slogdet(information)
    misfit = float((residual * weighted_residual).sum())
    return _Point(
        covariance=covariance,
        loss=0.5 * float(log_determinant + log_information + misfit + rows.n_constant),
        weights=weights,
        weighted_design=weighted,
        weighted_residual=weighted_residual,
        coefficients=coefficients,
        coefficient_covariance=spread,
    )


def _weights(seen: BoolArray, covariance: FloatArray) -> tuple[FloatArray, float]:
    """Invert the covariance of the visits that each subject has, and sum its log determinants."""
    weights = np.zeros((*seen.shape, seen.shape[1]))
    log_determinant = 0.0
    patterns, which = np.unique(seen, axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        have = np.flatnonzero(pattern)
        cholesky = np.linalg.cholesky(covariance[np.ix_(have, have)])
        inverse = np.zeros_like(covariance)
        inverse[np.ix_(have, have)] = np.linalg.inv(cholesky @ cholesky.T)
        members = which.reshape(-1) == k
        weights[members] = inverse
        log_determinant += 2 * float(np.log(np.diag(cholesky)).sum()) * int(members.sum())
    return weights, log_determinant


def _slope(point: _Point) -> FloatArray:
    """Differentiate the loss by the covariance, as a symmetric matrix."""
    known = np.einsum(
        "nip,pq,njq->ij",
        point.weighted_design,
        point.coefficient_covariance,
        point.weighted_design,
        optimize=True,
    )
    e = point.weighted_residual
    return np.asarray(0.5 * (point.weights.sum(axis=0) - known - e.T @ e))


def _directions(m: int) -> FloatArray:
    """One symmetric matrix (m, m) per covariance parameter."""
    rows, columns = np.tril_indices(m)
    directions = np.zeros((len(rows), m, m))
    directions[np.arange(len(rows)), rows, columns] = 1
    directions[np.arange(len(rows)), columns, rows] = 1
    return directions


def _curvature(point: _Point) -> tuple[FloatArray, FloatArray]:
    """Give the observed information on the covariance (q, q), and `_slopes` (q, p, p).

    With ``P`` the matrix of the restricted likelihood, the second derivative of minus its
    logarithm is ``-tr(P E_a P E_b) / 2 + y' P E_a P E_b P y``.
    """
    along = _directions(len(point.covariance))
    w, x, e = point.weights, point.weighted_design, point.weighted_residual
    spread = point.coefficient_covariance
    turned = np.einsum("nij,ajk->naik", w, along)
    slopes = np.einsum("nip,aij,njq->apq", x, along, x, optimize=True)
    crossed = np.einsum("nip,aij,njk,bkl,nlq,qp->ab", x, along, w, along, x, spread, optimize=True)
    spread_slopes = np.einsum("pq,aqr->apr", spread, slopes)
    trace = (
        np.einsum("naij,nbji->ab", turned, turned, optimize=True)
        - 2 * crossed
        + np.einsum("apq,bqp->ab", spread_slopes, spread_slopes)
    )
    pulled = np.einsum("nip,aij,nj->ap", x, along, e, optimize=True)
    quadratic = np.einsum("ni,aij,njk,bkl,nl->ab", e, along, w, along, e, optimize=True)
    quadratic -= pulled @ spread @ pulled.T
    return np.asarray(quadratic - 0.5 * trace), slopes


def _polished(rows: _Rows, covariance: FloatArray) -> _Point:
    """Take Newton steps on the covariance itself until they lead nowhere.

    Raises
    ------
    NotEvaluable
        If there is no maximum, or it lies where two visits are one.
    """
    lower = np.tril_indices(len(covariance))
    for _ in range(MOST_NEWTON_STEPS):
        try:
            point = _point(rows, covariance)
        except np.linalg.LinAlgError:
            break
        _check_inside(point.covariance)
        information, _ = _curvature(point)
        slope = _slope(point)
        gradient = (2 * slope - np.diag(np.diag(slope)))[lower]
        if not _is_positive(information):
            break
        step = np.linalg.solve(information, gradient)
        if float(gradient @ step) < CONVERGED:
            return point
        change = np.zeros_like(covariance)
        change[lower] = step
        covariance = covariance - (change + np.tril(change, -1).T)
    raise NotEvaluable("the model did not converge: its likelihood has no clear maximum")


def _check_inside(covariance: FloatArray) -> None:
    spread = np.sqrt(np.diag(covariance))
    least = float(np.linalg.eigvalsh(covariance / np.outer(spread, spread))[0])
    if least < LEAST_EIGENVALUE:
        raise NotEvaluable(
            "the covariance between visits lies on its boundary: one visit follows from others"
        )


def _is_positive(information: FloatArray) -> bool:
    spread = np.sqrt(np.abs(np.diag(information)))
    scaled = information / np.outer(spread, spread)
    return bool(np.isfinite(scaled).all() and np.linalg.eigvalsh(scaled)[0] > 1e-8)


def _in_units(rows: _Rows, peak: _Point, scale: float) -> RepeatedMeasuresFit:
    information, slopes = _curvature(peak)
    n_free = int(rows.seen.sum()) - len(peak.coefficients)
    return RepeatedMeasuresFit(
        coefficients=peak.coefficients * scale,
        coefficient_covariance=peak.coefficient_covariance * scale**2,
        visit_covariance=peak.covariance * scale**2,
        log_likelihood=-peak.loss - n_free * float(np.log(scale)),
        _slopes=slopes / scale**4,
        _parameter_covariance=np.asarray(np.linalg.inv(information) * scale**4, np.float64),
    )
