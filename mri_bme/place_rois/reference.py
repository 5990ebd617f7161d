"""Find normal marrow: what the same subject's sacrum looks like away from the joints."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mri_bme.distances import box_around, distance_to
from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.settings import RoiSettings
from mri_bme.signal.shading import log_linear_field, steadied, steadied_reach
from mri_bme.signal.spread import robust_sd
from mri_bme.volume import Mask, Volume

BoolArray = NDArray[np.bool_]
FloatBlock = NDArray[np.float32]

HALF_SAMPLE_MIN = 30
WINDOW_SD = 2.0
WINDOW_SHARE = 0.2  # of the mode: a wider window holds marrow and something else
SHADING_LENGTH_MM = 40.0  # unit of the slopes
SLOPE_PENALTY = 2e-3  # ridge on slopes, as a share of the number of voxels
NEAR_LOG = 0.38  # log intensity off the field at which marrow no longer counts; muscle lies at 0.5
EVERY = 7  # every n-th voxel is enough for four numbers


def reference_marrow(
    volume: Volume,
    sacrum: BoolArray,
    distance_mm: FloatBlock,
    axes: PelvisAxes,
    settings: RoiSettings,
) -> Mask | None:
    """Find normal marrow of a volume, on its own grid; None when there is too little.

    Parameters
    ----------
    volume : Volume
        Fluid-sensitive volume.
    sacrum, distance_mm : arrays of shape (depth, height, across)
        Sacral marrow and the distance to the joint, in the view of `axes`.
    """
    voxels = axes.view(volume.voxels)
    normal = estimate_reference(voxels, sacrum, distance_mm, axes, settings)
    if not normal.any():
        return None
    return Mask(geometry=volume.geometry, voxels=axes.restore(normal))


def estimate_reference(
    voxels: FloatBlock,
    sacrum: BoolArray,
    distance_mm: FloatBlock,
    axes: PelvisAxes,
    settings: RoiSettings,
) -> BoolArray:
    """Choose normal sacral marrow, far from the joints and from the border of bone.

    Candidates are sacral voxels more than `reference_min_distance_mm` from the joints and
    `reference_rim_mm` inside bone within the slice. A spine coil makes the back brighter
    than the front, so brightness is first made even by a log-linear field. Normal marrow is
    taken to be the most frequent of what remains: kept are candidates near the half-sample
    mode [1]_, within `WINDOW_SD` robust SDs, judged from below the mode, where no edema
    lies, and within `WINDOW_SHARE` of it, so that muscle or a foramen never counts.

    Returns
    -------
    bool array
        Empty when fewer than `reference_min_voxels` voxels are candidates.

    References
    ----------
    .. [1] Bickel & Frühwirth, Comput Stat Data Anal 50:3500-3530, 2006.
    """
    in_plane = (1e3, *axes.spacing_mm[1:])
    candidates: BoolArray = np.zeros_like(sacrum)
    box = box_around(sacrum)
    candidates[box] = distance_to(~sacrum[box], in_plane, dtype=np.float64) > (
        settings.reference_rim_mm
    )
    candidates &= np.abs(distance_mm) > settings.reference_min_distance_mm
    if np.count_nonzero(candidates) < settings.reference_min_voxels:
        return np.zeros_like(sacrum)
    places = np.argwhere(candidates)
    near = tuple(slice(int(low), int(high) + 1) for low, high in _reach(places, voxels.shape, axes))
    steady = steadied(np.ascontiguousarray(voxels[near], dtype=np.float32), axes.spacing_mm)
    even = _without_shading(np.asarray(steady[candidates[near]], np.float64), places, axes)
    mode = half_sample_mode(even)
    below = mode - even[even <= mode]
    window = min(WINDOW_SD * robust_sd(below, about=0.0), WINDOW_SHARE * abs(mode))
    normal: BoolArray = np.zeros_like(sacrum)
    normal[tuple(places[np.abs(even - mode) <= max(window, 1e-6)].T)] = True
    return normal


def _reach(
    places: NDArray[np.intp], shape: tuple[int, ...], axes: PelvisAxes
) -> Iterator[tuple[int, int]]:
    """First and last voxel, axis by axis, that the blur of `steadied` brings to some places."""
    for axis, step_mm in enumerate(axes.spacing_mm):
        margin = steadied_reach(step_mm) if axis > 0 else 0
        low, high = places[:, axis].min() - margin, places[:, axis].max() + margin
        yield max(int(low), 0), min(int(high), shape[axis] - 1)


def _without_shading(
    values: NDArray[np.float64], places: NDArray[np.intp], axes: PelvisAxes
) -> NDArray[np.float64]:
    """Divide by a log-linear field that starts flat at the mode and follows what is near it.

    Edema, muscle and fluid start far off and stay outliers (Tukey's biweight).
    """
    if values.min() <= 0:
        return values
    offset = (places - places.mean(axis=0)) * np.array(axes.spacing_mm) / SHADING_LENGTH_MM
    logs, some = np.log(values[::EVERY]), offset[::EVERY]
    design = np.column_stack([np.ones(len(some)), some])
    field = log_linear_field(
        design,
        logs,
        lambda off: np.clip(1 - (off / NEAR_LOG) ** 2, 1e-6, None) ** 2,
        start=np.array([np.log(half_sample_mode(values)), 0.0, 0.0, 0.0]),
        slope_penalty=SLOPE_PENALTY,
    )
    return np.asarray(values / np.exp(offset @ field[1:]), dtype=np.float64)


def half_sample_mode(values: NDArray[np.float64]) -> float:
    """Most frequent value, by halving the densest interval until few values remain."""
    ordered = np.sort(values)
    while ordered.size > HALF_SAMPLE_MIN:
        half = (ordered.size + 1) // 2
        widths = ordered[half - 1 :] - ordered[: ordered.size - half + 1]
        start = int(np.argmin(widths))
        ordered = ordered[start : start + half]
    return float(np.median(ordered))
