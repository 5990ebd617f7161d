"""Notice that signal from beyond the field of view folds over onto the other side.

A picture that was encoded with too small a field of view is periodic: what leaves it at one border
comes in at the opposite one, so that the outermost lines of pixels there are neighbours. Where the
field of view was large enough, or was cut out of a larger one, they are as unlike as any two
places of the body that lie so far apart.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.volume import FloatArray, Volume

LINE_MM = 1.2  # of the outermost lines; no less than a pixel
FINE_MM, COARSE_MM = 1.0, 6.0  # SDs along a line: noise and what is coarser say nothing
EQUAL_MM = 12.0  # SD along a line within which texture is brought to the same contrast
GOES_ON = 0.5  # correlation of opposite borders; 0.7 where they are neighbours, 0.2 where not
MIN_BRIGHTNESS = 0.25  # of tissue at both borders, in medians of marrow
EDGE_MM = 12.0  # tissue as near as this to air does not count
MIN_SHARE = 0.3  # of the borders: where there is hardly any tissue nothing folds over
AT_JOINT_MM = 3.0
IN_PLANE = (1, 2)


def fold_over_mm(volume: Volume, rois: SacroiliacRois) -> float | None:
    """How far a joint is from a border at which signal folds over; None where none does."""
    joint = np.argwhere((rois.quadrants > 0) & (np.abs(rois.joint_distance_mm) < AT_JOINT_MM))
    marrow = rois.quadrants > 0
    if not len(joint):
        return None
    middle = float(np.median(volume.voxels[marrow]))
    found = []
    for axis in IN_PLANE:
        if not _folds_over(volume, axis, middle):
            continue
        n, step_mm = volume.geometry.shape[axis], volume.geometry.spacing_mm[axis]
        places = joint[:, axis]
        found.append(float(min(places.min() + 0.5, n - 0.5 - places.max())) * step_mm)
    return min(found, default=None)


def _folds_over(volume: Volume, axis: int, marrow: float) -> bool:
    first, last = _borders(volume, axis)
    along_mm = volume.geometry.spacing_mm[3 - axis]
    inside = _within_body(np.minimum(first, last), along_mm, marrow)
    if np.mean(inside) < MIN_SHARE:
        return False
    one, other = (_texture(line, along_mm)[inside] for line in (first, last))
    size = float(np.sqrt(np.sum(one * one) * np.sum(other * other)))
    return size > 0 and float(np.sum(one * other)) / size > GOES_ON


def _within_body(line: FloatArray, pixel_mm: float, marrow: float) -> NDArray[np.bool_]:
    """Where tissue is, clear of its edge with air: skin may lie alike on both borders."""
    level = ndimage.gaussian_filter1d(line, COARSE_MM / pixel_mm, axis=1)
    width = 2 * round(EDGE_MM / pixel_mm) + 1
    return np.asarray(
        ndimage.minimum_filter1d(level, width, axis=1) > MIN_BRIGHTNESS * marrow, dtype=np.bool_
    )


def _borders(volume: Volume, axis: int) -> tuple[FloatArray, FloatArray]:
    """Mean of the outermost lines at either border: arrays (slices, pixels along the border)."""
    width = max(round(LINE_MM / volume.geometry.spacing_mm[axis]), 1)
    lines = np.moveaxis(volume.voxels, axis, 0)
    first, last = lines[:width], lines[-width:]
    return first.mean(axis=0, dtype=np.float64), last.mean(axis=0, dtype=np.float64)


def _texture(line: FloatArray, pixel_mm: float) -> FloatArray:
    """Structure along a border, everywhere of the same contrast: no edge of skin may decide."""
    fine, coarse = (
        ndimage.gaussian_filter1d(line, sd / pixel_mm, axis=1) for sd in (FINE_MM, COARSE_MM)
    )
    texture = np.asarray(fine - coarse, dtype=np.float64)
    contrast = np.sqrt(ndimage.gaussian_filter1d(texture**2, EQUAL_MM / pixel_mm, axis=1))
    least = 1e-6 * max(float(np.abs(texture).max()), 1e-6)
    return np.asarray(texture / np.maximum(contrast, least), dtype=np.float64)
