"""Symmetric Gauss-Newton: both volumes are interpolated half-way between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.register_visits.levels import FloatVoxels, Level, LevelPair
from mri_bme.register_visits.motion import inverse_of, moved, turned, twist_matrix
from mri_bme.signal.spread import robust_sd
from mri_bme.volume import FloatArray, half_of

TUKEY_TUNING = 4.685  # 95 % efficiency for normal residuals; Beaton & Tukey 1974
MAX_STEPS = 20
N_FRESH_STEPS = 2  # slopes are looked up in the first steps and then kept
STILL_MM = 0.002  # a step shorter than this, 50 mm from the middle, ends a level
LEVER_MM = 50.0
MIN_SEEN = 0.1  # share of the points that must lie in both volumes
TINY = 1e-12


def refine_motion(
    moving_from_fixed: FloatArray,
    pair: LevelPair,
    points: FloatArray,
    *,
    max_steps: int = MAX_STEPS,
) -> FloatArray:
    """Improve a motion until it is still, treating both volumes alike.

    Minimises Tukey's biweight of the difference of locally normalised intensities at
    `points`, both volumes interpolated in the half-way space, so that neither is
    smoothed more than the other [1]_. Where marrow changed between the visits the
    difference is large and its weight falls to zero.

    Parameters
    ----------
    moving_from_fixed : array of shape (4, 4)
        Where to start.
    pair : LevelPair
        Both volumes at one resolution.
    points : array of shape (3, n)
        In the half-way space, as `halfway_points` gives them.
    max_steps : int
        Steps at most.

    References
    ----------
    .. [1] Reuter, Rosas & Fischl, NeuroImage 53:1181-1196, 2010.
    """
    matrix = moving_from_fixed
    slopes: Slopes | None = None
    for n in range(max_steps):
        half = half_of(matrix)
        if slopes is None or n < N_FRESH_STEPS:
            slopes = _slopes(half, pair, points)
        if slopes is None:
            break
        step = _step(_residuals(half, pair, points), slopes)
        matrix = half @ twist_matrix(step) @ half
        if _length_mm(step) < STILL_MM:
            break
    return matrix


def halfway_points(
    moving_from_fixed: FloatArray, pair: LevelPair, *, stride: int = 1, check: bool = False
) -> FloatArray:
    """Points (3, n) of the half-way space, half of them picked from each volume."""
    half = half_of(moving_from_fixed)
    fixed, moving = (
        level.check_points if check else level.points for level in (pair.fixed, pair.moving)
    )
    return np.concatenate(
        [moved(half, fixed[:, ::stride]), moved(inverse_of(half), moving[:, ::stride])], axis=1
    )


def similarity_at(
    moving_from_fixed: FloatArray, pair: LevelPair, *, stride: int = 1, check: bool = False
) -> tuple[float, float]:
    """Normalised cross-correlation in the half-way space, and the share seen by both.

    Correlation is -1 without enough overlap.
    """
    points = halfway_points(moving_from_fixed, pair, stride=stride, check=check)
    half = half_of(moving_from_fixed)
    a, b = _values(half, pair, points)
    weights = _weights(half, pair, points)
    total = float(weights.sum())
    seen = total / weights.size
    if seen < MIN_SEEN:
        return -1.0, seen
    share = weights / total
    x, y = a - float((share * a).sum()), b - float((share * b).sum())
    energy = float((share * x * x).sum()) * float((share * y * y).sum())
    return float((share * x * y).sum()) / float(np.sqrt(max(energy, TINY))), seen


@dataclass(frozen=True, kw_only=True, eq=False)
class Slopes:
    """How residuals respond to a twist about `middle` (6, n), and the points' weights."""

    jacobian: FloatArray
    weights: FloatArray
    middle: FloatArray


def _slopes(half: FloatArray, pair: LevelPair, points: FloatArray) -> Slopes | None:
    """Look the slopes up half-way; None where too little is seen by both."""
    weights = _weights(half, pair, points)
    if float((weights > 0).mean()) < MIN_SEEN:
        return None
    back = inverse_of(half)
    at_fixed = _within(pair.fixed, _indices(pair.fixed, back, points))
    at_moving = _within(pair.moving, _indices(pair.moving, half, points))
    of_fixed, of_moving = pair.fixed.gradient.at(at_fixed), pair.moving.gradient.at(at_moving)
    gx, gy, gz = 0.5 * (turned(half[:3, :3], of_fixed) + turned(back[:3, :3], of_moving))
    middle = np.einsum("in,n->i", points, weights) / float(weights.sum())
    x, y, z = points - middle[:, None]
    jacobian = np.stack([y * gz - z * gy, z * gx - x * gz, x * gy - y * gx, gx, gy, gz])
    return Slopes(jacobian=jacobian, weights=weights, middle=middle)


def _step(residuals: FloatArray, slopes: Slopes) -> FloatArray:
    """Gauss-Newton twist from fixed to moving."""
    weights = slopes.weights * _biweight(residuals, slopes.weights > 0)
    weighted = slopes.jacobian * weights
    # einsum, because a BLAS product may round differently with more threads
    normal = np.einsum("in,jn->ij", weighted, slopes.jacobian)
    right = np.einsum("in,n->i", weighted, residuals)
    damping = TINY * np.diag(np.diag(normal) + TINY)
    return _about_origin(-np.linalg.solve(normal + damping, right), slopes.middle)


def _biweight(residuals: FloatArray, inside: NDArray[np.bool_]) -> FloatArray:
    scale = robust_sd(residuals[inside], about=0.0) * TUKEY_TUNING + TINY
    ratio = residuals / scale
    return np.asarray(np.where(np.abs(ratio) < 1, (1 - ratio**2) ** 2, 0.0))


def _about_origin(step: FloatArray, middle: FloatArray) -> FloatArray:
    """Rewrite a twist about `middle` as one about the origin."""
    turn = twist_matrix(np.concatenate([step[:3], np.zeros(3)]))
    return np.concatenate([step[:3], step[3:] + middle - turned(turn[:3, :3], middle)])


def _length_mm(step: FloatArray) -> float:
    turn, shift = step[:3], step[3:]
    return float(np.sqrt(np.sum(shift * shift)) + LEVER_MM * np.sqrt(np.sum(turn * turn)))


def _residuals(half: FloatArray, pair: LevelPair, points: FloatArray) -> FloatArray:
    of_fixed, of_moving = _values(half, pair, points)
    return of_moving - of_fixed


def _values(half: FloatArray, pair: LevelPair, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    return (
        _cubic(pair.fixed.spline, _indices(pair.fixed, inverse_of(half), points)),
        _cubic(pair.moving.spline, _indices(pair.moving, half, points)),
    )


def _weights(half: FloatArray, pair: LevelPair, points: FloatArray) -> FloatArray:
    at_fixed = _within(pair.fixed, _indices(pair.fixed, inverse_of(half), points))
    at_moving = _within(pair.moving, _indices(pair.moving, half, points))
    of_fixed = _linear(pair.fixed.weight, at_fixed)
    of_moving = _linear(pair.moving.weight, at_moving)
    return of_fixed * of_moving


def _indices(level: Level, level_from_half: FloatArray, points: FloatArray) -> FloatArray:
    return moved(level.geometry.index_from_lps @ level_from_half, points)


def _within(level: Level, index: FloatArray) -> FloatArray:
    """Count from the first voxel that has a gradient and a weight."""
    return index - np.array([[side.start] for side in level.inner], dtype=np.float64)


def _cubic(spline: FloatVoxels, index: FloatArray) -> FloatArray:
    return np.asarray(
        ndimage.map_coordinates(
            spline, index, order=3, mode="mirror", prefilter=False, output=np.float64
        )
    )


def _linear(values: NDArray[np.bool_], index: FloatArray) -> FloatArray:
    return np.asarray(
        ndimage.map_coordinates(
            values, index, order=1, mode="grid-constant", cval=0.0, output=np.float64
        )
    )
