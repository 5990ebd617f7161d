"""Find normal marrow: what the same subject's sacrum looks like away from the joints."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.settings import RoiSettings

BoolArray = NDArray[np.bool_]
FloatBlock = NDArray[np.float32]

SD_PER_MAD = 1.4826  # normal distribution; Rousseeuw & Croux 1993
HALF_SAMPLE_MIN = 30
WINDOW_SD = 3.0


def estimate_reference(
    voxels: FloatBlock,
    sacrum: BoolArray,
    distance_mm: FloatBlock,
    axes: PelvisAxes,
    settings: RoiSettings,
) -> BoolArray:
    """Choose normal sacral marrow, far from the joints and from the border of bone.

    Candidates are sacral voxels more than `reference_min_distance_mm` from the joints and
    `reference_rim_mm` inside bone within the slice. Normal marrow is taken to be the most
    frequent of them: kept are those within `WINDOW_SD` robust SDs of the half-sample mode
    [1]_, whose spread is judged from the voxels below the mode, where no edema lies.

    Returns
    -------
    bool array
        Empty when fewer than `reference_min_voxels` voxels are candidates.

    References
    ----------
    .. [1] Bickel & Frühwirth, Comput Stat Data Anal 50:3500-3530, 2006.
    """
    in_plane = (1e3, *axes.spacing_mm[1:])
    rim_mm = ndimage.distance_transform_edt(sacrum, sampling=in_plane)
    candidates = rim_mm > settings.reference_rim_mm
    candidates &= np.abs(distance_mm) > settings.reference_min_distance_mm
    found = np.asarray(voxels[candidates], dtype=np.float64)
    if found.size < settings.reference_min_voxels:
        return np.zeros_like(sacrum)
    mode = half_sample_mode(found)
    below = mode - found[found <= mode]
    spread = max(SD_PER_MAD * float(np.median(below)), 1e-6)
    normal = candidates & (np.abs(voxels - mode) <= WINDOW_SD * spread)
    return np.asarray(normal)


def half_sample_mode(values: NDArray[np.float64]) -> float:
    """Most frequent value, by halving the densest interval until few values remain."""
    ordered = np.sort(values)
    while ordered.size > HALF_SAMPLE_MIN:
        half = (ordered.size + 1) // 2
        widths = ordered[half - 1 :] - ordered[: ordered.size - half + 1]
        start = int(np.argmin(widths))
        ordered = ordered[start : start + half]
    return float(np.median(ordered))
