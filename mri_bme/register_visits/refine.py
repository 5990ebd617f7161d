"""Symmetric Gauss-Newton: both volumes are interpolated half-way between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.register_visits.levels import FloatVoxels, Level, sample_points
from mri_bme.register_visits.motion import half_of, inverse_of, twist_matrix
from mri_bme.volume import FloatArray, apply_matrix

TUKEY_TUNING = 4.685  # 95 % efficiency for normal residuals; Beaton & Tukey 1974
SD_PER_MAD = 1.4826
MAX_STEPS = 20
STILL_MM = 0.002  # a step shorter than this, 50 mm from the middle, ends a level
LEVER_MM = 50.0
MIN_SEEN = 0.1  # share of the points that must lie in both volumes
TINY = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Values, LPS gradients and weights of a level at some points."""

    values: FloatArray
    gradients: FloatArray
    weights: FloatArray


def sample_level(level: Level, points: FloatArray, *, with_gradients: bool = True) -> Sample:
    """Interpolate a level (cubic values, linear gradients) at (3, n) LPS points."""
    m = level.geometry.index_from_lps
    x, y, z = points
    # written out, because a BLAS product may round differently with more threads
    index = np.stack([m[i, 0] * x + m[i, 1] * y + m[i, 2] * z + m[i, 3] for i in range(3)])
    weights = _linear(level.weight, index)
    gradients = (
        np.stack([_linear(part, index) for part in level.gradient])
        if with_gradients
        else np.zeros((0, 0))
    )
    values = ndimage.map_coordinates(
        level.spline, index, order=3, mode="mirror", prefilter=False, output=np.float64
    )
    return Sample(values=values, gradients=gradients, weights=weights)


def _linear(values: FloatVoxels, index: FloatArray) -> FloatArray:
    return np.asarray(
        ndimage.map_coordinates(
            values, index, order=1, mode="grid-constant", cval=0.0, output=np.float64
        )
    )


def refine_motion(
    moving_from_fixed: FloatArray,
    fixed: Level,
    moving: Level,
    *,
    n_points: int,
    max_steps: int = MAX_STEPS,
    seed: int,
) -> FloatArray:
    """Improve a motion until it is still, treating both volumes alike.

    Minimises Tukey's biweight of the difference of locally normalised intensities at
    points picked from both volumes, both interpolated in the half-way space, so that
    neither is smoothed more than the other [1]_. Where marrow changed between the
    visits the difference is large and its weight falls to zero.

    References
    ----------
    .. [1] Reuter, Rosas & Fischl, NeuroImage 53:1181-1196, 2010.
    """
    matrix = moving_from_fixed
    points = halfway_points(matrix, fixed, moving, n_points=n_points, seed=seed)
    for _ in range(max_steps):
        step = _step(difference(matrix, fixed, moving, points), points)
        if step is None:
            break
        half = half_of(matrix)
        matrix = half @ twist_matrix(step) @ half
        if _length_mm(step) < STILL_MM:
            break
    return matrix


def halfway_points(
    moving_from_fixed: FloatArray, fixed: Level, moving: Level, *, n_points: int, seed: int
) -> FloatArray:
    """Points (3, n) of the half-way space, half of them picked from each volume."""
    half = half_of(moving_from_fixed)
    parts = [
        apply_matrix(half, sample_points(fixed, n_points // 2, np.random.default_rng(seed))),
        apply_matrix(
            inverse_of(half), sample_points(moving, n_points // 2, np.random.default_rng(seed))
        ),
    ]
    return np.ascontiguousarray(np.concatenate(parts).T)


@dataclass(frozen=True, kw_only=True, eq=False)
class Difference:
    """Moving minus fixed at points of the half-way space, with the joint weight."""

    residuals: FloatArray
    gradients: FloatArray
    weights: FloatArray


def difference(
    moving_from_fixed: FloatArray, fixed: Level, moving: Level, points: FloatArray
) -> Difference:
    """Compare both volumes at (3, n) points of the half-way space."""
    half = half_of(moving_from_fixed)
    back = inverse_of(half)
    a = sample_level(fixed, moved(back, points))
    b = sample_level(moving, moved(half, points))
    gradients = 0.5 * (turned(back[:3, :3].T, a.gradients) + turned(half[:3, :3].T, b.gradients))
    return Difference(
        residuals=b.values - a.values, gradients=gradients, weights=a.weights * b.weights
    )


def moved(matrix: FloatArray, points: FloatArray) -> FloatArray:
    """Map (3, n) points; the same bits whatever the number of threads."""
    return turned(matrix[:3, :3], points) + matrix[:3, 3][:, None]


def turned(rotation: FloatArray, vectors: FloatArray) -> FloatArray:
    """Turn (3, n) vectors."""
    x, y, z = vectors
    return np.stack([row[0] * x + row[1] * y + row[2] * z for row in rotation])


def _step(found: Difference, points: FloatArray) -> FloatArray | None:
    """Gauss-Newton twist from fixed to moving; None where too little is seen by both."""
    inside = found.weights > 0
    if float(inside.mean()) < MIN_SEEN:
        return None
    weights = found.weights * _biweight(found.residuals, inside)
    middle = np.einsum("in,n->i", points, weights) / float(weights.sum())
    x, y, z = points - middle[:, None]
    gx, gy, gz = found.gradients
    jacobian = np.stack([y * gz - z * gy, z * gx - x * gz, x * gy - y * gx, gx, gy, gz])
    weighted = jacobian * weights
    normal = np.einsum("in,jn->ij", weighted, jacobian)
    right = np.einsum("in,n->i", weighted, found.residuals)
    damping = TINY * np.diag(np.diag(normal) + TINY)
    return _about_origin(-np.linalg.solve(normal + damping, right), middle)


def _about_origin(step: FloatArray, middle: FloatArray) -> FloatArray:
    """Rewrite a twist about `middle` as one about the origin."""
    turn = twist_matrix(np.concatenate([step[:3], np.zeros(3)]))
    return np.concatenate([step[:3], step[3:] + middle - turn[:3, :3] @ middle])


def _biweight(residuals: FloatArray, inside: NDArray[np.bool_]) -> FloatArray:
    scale = SD_PER_MAD * float(np.median(np.abs(residuals[inside]))) * TUKEY_TUNING + TINY
    ratio = residuals / scale
    return np.asarray(np.where(np.abs(ratio) < 1, (1 - ratio**2) ** 2, 0.0))


def _length_mm(step: FloatArray) -> float:
    turn, shift = step[:3], step[3:]
    return float(np.sqrt(np.sum(shift * shift)) + LEVER_MM * np.sqrt(np.sum(turn * turn)))


def mean_similarity(
    moving_from_fixed: FloatArray, fixed: Level, moving: Level, *, n_points: int, seed: int
) -> float:
    """Normalised cross-correlation in the half-way space; -1 without any overlap."""
    points = halfway_points(moving_from_fixed, fixed, moving, n_points=n_points, seed=seed)
    half = half_of(moving_from_fixed)
    a = sample_level(fixed, moved(inverse_of(half), points), with_gradients=False)
    b = sample_level(moving, moved(half, points), with_gradients=False)
    weights = a.weights * b.weights
    total = float(weights.sum())
    if total < MIN_SEEN * n_points:
        return -1.0
    share = weights / total
    x = a.values - float((share * a.values).sum())
    y = b.values - float((share * b.values).sum())
    energy = float((share * x * x).sum()) * float((share * y * y).sum())
    return float((share * x * y).sum()) / float(np.sqrt(max(energy, TINY)))
