"""Look at the marrow itself: how noisy, how sharp, how even, and how dark fat beside it is."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.resample import coverage_mask, resample_volume
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.side_by_side import each
from mri_bme.signal.common_field import CommonField, fit_common_field
from mri_bme.volume import FloatArray, Volume, cropped_geometry

Bools = NDArray[np.bool_]

APART_MM = 2.5  # pixels this far apart have noise of their own, interpolated ones too
STEADY_MM = 0.6  # SD of the blur before edges are looked at: noise has gradients as well
EVEN_MM = 8.0  # SD of the blur that leaves shading and takes lesions and texture
MIN_VOXELS = 200
FAT_ON_T1 = 1.4  # times marrow's median: subcutaneous fat is brighter, muscle darker
AROUND_MM = 40.0  # fat this near to the regions counts
FAT_PERCENTILE = 75.0
SD_PER_QUARTILES = 1.349  # of a normal distribution


def marrow_snr(volume: Volume, rois: SacroiliacRois) -> float | None:
    """Brightness of marrow over its noise; None with too little marrow.

    Noise is the spread of what pixels `APART_MM` apart within a slice differ by, over the square
    root of two (Firbank et al., Phys Med Biol 44:N261-N264, 1999, who take two scans): shading
    is much the same there, and edges are few beside the pixels within marrow.
    """
    marrow = rois.quadrants > 0
    step = max(round(APART_MM / volume.geometry.spacing_mm[1]), 1)
    both = marrow[:, step:] & marrow[:, :-step]
    if np.count_nonzero(both) < MIN_VOXELS:
        return None
    apart = (volume.voxels[:, step:] - volume.voxels[:, :-step])[both]
    low, high = np.percentile(apart, (25, 75))
    noise = float(high - low) / SD_PER_QUARTILES / 2**0.5
    return float(np.median(volume.voxels[marrow])) / noise if noise > 0 else None


def sharpness(volume: Volume, rois: SacroiliacRois) -> float | None:
    """How steep the border of marrow is: change per millimetre, in medians of marrow.

    Along the rows of voxels on the border of the regions, within the slice; None with too few.
    """
    marrow = rois.quadrants > 0
    rim = marrow & ~ndimage.binary_erosion(marrow, np.ones((1, 3, 3), dtype=bool))
    if np.count_nonzero(rim) < MIN_VOXELS:
        return None
    box = ndimage.find_objects(marrow.astype(np.uint8))[0]
    pixel_mm = volume.geometry.spacing_mm[2]
    steady = ndimage.gaussian_filter(
        volume.voxels[box], (0, STEADY_MM / volume.geometry.spacing_mm[1], STEADY_MM / pixel_mm)
    )
    if min(steady.shape[1:]) < 2:
        return None
    slope = np.hypot(*np.gradient(steady, *volume.geometry.spacing_mm[1:], axis=(1, 2)))
    middle = float(np.median(volume.voxels[marrow]))
    return float(np.median(slope[rim[box]])) / middle if middle > 0 else None


def common_shading(volume: Volume, rois: SacroiliacRois, t1: Volume | None) -> float | None:
    """How far both series are brighter in the same parts of marrow; None without T1W.

    The square root of the covariance of the logarithms, after a wide blur and without what is
    linear, as a coil's shading nearly is; negative where the covariance is. Edema is darker on T1W
    and fat on STIR, so that disease makes it negative; a weak transmit field, fat that is not
    suppressed and signal that folds in make it positive.
    """
    marrow = rois.quadrants > 0
    on_grid = _on_grid(t1, volume, marrow)
    if on_grid is None or np.count_nonzero(marrow) < MIN_VOXELS:
        return None
    first, second = each(lambda one: _smooth_log(one, marrow), (volume, on_grid))
    if first is None or second is None:
        return None
    covariance = float(np.mean(first * second))
    return float(np.copysign(abs(covariance) ** 0.5, covariance))


def curved_field(
    volume: Volume, rois: SacroiliacRois, t1: Volume | None, *, reach: float = 1.0
) -> CommonField | None:
    """Find the curved field that both series share, or that the one has without T1W.

    None without reference marrow. Edema is measured without that field where it is strong. Marrow
    counts `reach` times as far off the field as there.
    """
    marrow = rois.quadrants > 0
    if rois.reference is None or not marrow.any():
        return None
    on_grid = _on_grid(t1, volume, marrow)
    box = ndimage.find_objects((marrow | rois.reference.voxels).astype(np.uint8))[0]
    return fit_common_field(
        volume.voxels[box],
        None if on_grid is None else on_grid.voxels[box],
        marrow=marrow[box],
        reference=rois.reference.voxels[box],
        joint_distance_mm=rois.joint_distance_mm[box],
        geometry=cropped_geometry(volume.geometry, box),
        reach=reach,
    )


def _smooth_log(volume: Volume, marrow: Bools) -> FloatArray | None:
    """Logarithm of marrow after a wide blur within it, less its linear part; about 0."""
    spacing = volume.geometry.spacing_mm
    box = ndimage.find_objects(marrow.astype(np.uint8))[0]
    inside = marrow[box]
    sigma = [EVEN_MM / mm for mm in spacing]
    weight = ndimage.gaussian_filter(inside.astype(np.float32), sigma, truncate=2.0)[inside]
    masked = np.where(inside, volume.voxels[box], np.float32(0))
    mean = ndimage.gaussian_filter(masked, sigma, truncate=2.0)[inside] / np.maximum(weight, 1e-6)
    if mean.min() <= 0:
        return None
    logs = np.log(mean.astype(np.float64))
    design = np.column_stack([np.ones(len(logs)), np.argwhere(inside) * np.array(spacing)])
    fitted, *_ = np.linalg.lstsq(design, logs, rcond=None)
    return np.asarray(logs - design @ fitted, dtype=np.float64)


def _on_grid(t1: Volume | None, volume: Volume, marrow: Bools) -> Volume | None:
    """T1W on the grid of the scan; None where it does not cover the marrow."""
    if t1 is None or not marrow.any() or t1.geometry.matches(volume.geometry):
        return t1 if marrow.any() else None
    if not coverage_mask(t1.geometry, volume.geometry).voxels[marrow].all():
        return None
    return resample_volume(t1, volume.geometry)


def fat_brightness(volume: Volume, rois: SacroiliacRois, t1: Volume | None) -> float | None:
    """How bright fat beside the joints is, in medians of marrow; None without T1W or fat.

    Fat is what T1W shows brighter than marrow by `FAT_ON_T1`.
    """
    marrow = rois.quadrants > 0
    t1 = _on_grid(t1, volume, marrow)
    if t1 is None:
        return None
    reach = [max(round(AROUND_MM / mm), 1) for mm in volume.geometry.spacing_mm]
    box = tuple(
        slice(max(s.start - r, 0), s.stop + r)
        for s, r in zip(ndimage.find_objects(marrow.astype(np.uint8))[0], reach, strict=True)
    )
    middle, of_t1 = (float(np.median(one.voxels[marrow])) for one in (volume, t1))
    fat = (t1.voxels[box] > FAT_ON_T1 * of_t1) & ~marrow[box]
    if np.count_nonzero(fat) < MIN_VOXELS or middle <= 0:
        return None
    return float(np.percentile(volume.voxels[box][fat], FAT_PERCENTILE)) / middle
