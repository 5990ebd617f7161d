"""Undo the slow change of brightness that surface coils leave across the marrow."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.volume import FloatArray, VolumeGeometry

LENGTH_MM = 80.0  # unit of the slopes: about half the width between the joints
BRIGHTER, DARKER = 0.35, 0.40  # log intensity off the field at which marrow no longer counts
SLOPE_PENALTY = 1e-3  # ridge on slopes, as a share of the number of voxels
REFERENCE_WEIGHT = 0.3  # reference marrow together weighs this share of all marrow
STEADY_MM = 1.5  # blur within slices, so that the logarithm of noise does not bias the fit
STEADY_REACH = 3.0  # SDs
MARROW_STEP, REFERENCE_STEP = 11, 3  # every n-th voxel is enough for four numbers
N_ITERATIONS = 15
DARKEST = 0.05  # relative intensity below which the logarithm is cut


def fit_shading(
    voxels: NDArray[np.float32],
    marrow: NDArray[np.bool_],
    reference: NDArray[np.bool_],
    geometry: VolumeGeometry,
) -> FloatArray:
    """Fit a log-linear field through marrow, anchored on reference marrow.

    The field starts flat at the median of the reference and follows, by iteratively
    reweighted least squares with Tukey's biweight, the marrow that lies close to it.
    Edema starts far above and stays an outlier, however large: a field free to start
    elsewhere (N4, a plain polynomial) takes extensive edema for shading.

    Parameters
    ----------
    voxels : float32 array
        Intensities on a box of the grid.
    marrow, reference : bool array
        Marrow to follow and normal marrow to start from, on the same box.
    geometry : VolumeGeometry
        Of that box.

    Returns
    -------
    float64 array of shape (4,)
        Log gain relative to the reference: at the middle of the box, and its change per
        `LENGTH_MM` towards left, back and head.
    """
    steady = steadied(voxels, geometry.spacing_mm)
    centre = float(np.median(voxels[reference]))
    inner = ndimage.binary_erosion(marrow, np.ones((1, 5, 5), dtype=bool))
    places = np.concatenate(
        [np.argwhere(inner)[::MARROW_STEP], np.argwhere(reference)[::REFERENCE_STEP]]
    )
    n_anchors = len(range(0, int(reference.sum()), REFERENCE_STEP))
    n_marrow = len(places) - n_anchors
    values = steady[tuple(places.T)] / centre
    design = _design(places, geometry)
    anchored = np.full(n_anchors, REFERENCE_WEIGHT * max(n_marrow, 1) / n_anchors)

    def weights(off: FloatArray) -> FloatArray:
        off = off[:n_marrow]
        near = np.clip(1 - (off / np.where(off > 0, BRIGHTER, DARKER)) ** 2, 0, None) ** 2
        return np.concatenate([near, anchored])

    logs = np.log(np.maximum(values, DARKEST))
    return log_linear_field(
        design, logs, weights, start=np.zeros(design.shape[1]), slope_penalty=SLOPE_PENALTY
    )


def steadied(voxels: NDArray[np.float32], spacing_mm: Sequence[float]) -> NDArray[np.float32]:
    """Blur within slices by `STEADY_MM`, so that texture and noise decide nothing."""
    in_plane = STEADY_MM / np.array(spacing_mm[1:])
    return np.asarray(ndimage.gaussian_filter(voxels, (0.0, *in_plane), truncate=STEADY_REACH))


def steadied_reach(step_mm: float) -> int:
    """Voxels to either side, `step_mm` apart, that `steadied` looks at."""
    return int(STEADY_REACH * STEADY_MM / step_mm + 0.5)


def log_linear_field(
    design: FloatArray,
    logs: FloatArray,
    weights: Callable[[FloatArray], FloatArray],
    *,
    start: FloatArray,
    slope_penalty: float,
) -> FloatArray:
    """Fit a plane to log intensities by iteratively reweighted least squares.

    Parameters
    ----------
    design : float64 array of shape (n, 4)
        Ones, and three coordinates.
    logs : float64 array of shape (n,)
        Log intensities there.
    weights : callable
        Weight of each value, from how far it lies off the field; 0 leaves it out.
    start : float64 array of shape (4,)
        The field to start from. Where values have several modes it decides which is followed.
    slope_penalty : float
        Ridge on the three slopes, as a share of `n`.

    Returns
    -------
    float64 array of shape (4,)
        Level and slopes after `N_ITERATIONS` rounds.
    """
    penalty = np.diag([0.0, 1.0, 1.0, 1.0]) * slope_penalty * len(logs)
    field: FloatArray = start
    for _ in range(N_ITERATIONS):
        weighted = design.T * weights(logs - design @ field)
        field = np.asarray(np.linalg.solve(weighted @ design + penalty, weighted @ logs))
    return field


def _design(places: NDArray[np.intp], geometry: VolumeGeometry) -> FloatArray:
    offset = (geometry.points_lps(places) - geometry.centre_lps_mm) / LENGTH_MM
    return np.column_stack([np.ones(len(places)), offset])


def shading_gain(field: FloatArray, geometry: VolumeGeometry) -> NDArray[np.float32]:
    """Gain of a log-linear field at every voxel of a grid.

    Exponents of a linear field separate along the axes, so three short vectors do.
    """
    offset = geometry.lps_from_index[:3, 3] - geometry.centre_lps_mm
    start = field[0] + field[1:] @ offset / LENGTH_MM
    slopes = field[1:] @ geometry.lps_from_index[:3, :3] / LENGTH_MM
    s, r, c = (
        np.exp(slope * np.arange(n)).astype(np.float32)
        for slope, n in zip(slopes, geometry.shape, strict=True)
    )
    return np.asarray(np.float32(np.exp(start)) * s[:, None, None] * r[:, None] * c)
