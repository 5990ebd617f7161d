"""Estimate the protocol of a scan: voxel size, slices, noise and shading."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from mri_bme.errors import InvalidVoxels, NotEvaluable
from mri_bme.phantom import Protocol
from mri_bme.place_rois import place_rois
from mri_bme.volume import Mask, Volume

SD_PER_MAD = 1.4826  # normal distribution; Rousseeuw & Croux 1993
HIGH_PASS_MM = 0.9
# Residual of marrow after the high pass, squared, against the phantom's noise, squared:
# intercept and slope of a line through 48 scans of three phantoms (noise 0.03 to 0.14,
# pixels 0.6 to 1.2 mm). The noise is found again to 7 %, or to 10 % with pixels of 1.2 mm.
RESIDUAL_OF_TEXTURE = 0.00038
RESIDUAL_PER_NOISE = 0.66
NOISE_RANGE = (0.01, 0.30)
THICKNESS_PER_SPACING = 0.9  # the gap is not known from a volume; 10 % is usual
MAX_FIELD_OF_VIEW_MM = 260.0


def protocol_like(
    volume: Volume, *, reference: Mask | None = None, thickness_mm: float | None = None
) -> Protocol:
    """Describe how `volume` was scanned, in a phantom's terms.

    Parameters
    ----------
    volume : Volume
        Fluid-sensitive, in reading order.
    reference : Mask or None
        Normal marrow on its grid; found automatically, or taken as the middle of the
        volume where that fails.
    thickness_mm : float or None
        Slice thickness; None takes 90 % of the distance between slices.

    Raises
    ------
    InvalidVoxels
        If the marrow has no signal.
    """
    slices, rows, columns = volume.geometry.spacing_mm
    pixel = float(np.sqrt(rows * columns))
    matrix = min(max(volume.geometry.shape[1:]), int(MAX_FIELD_OF_VIEW_MM / pixel))
    marrow = _marrow(volume, reference)
    level = float(np.median(volume.voxels[marrow]))
    if level <= 0:
        raise InvalidVoxels("normal marrow has no signal in this volume; give a STIR or T2-FS")
    return replace(
        Protocol(),
        n_slices=volume.geometry.shape[0],
        matrix=matrix,
        pixel_mm=pixel,
        spacing_mm=slices,
        thickness_mm=slices * THICKNESS_PER_SPACING if thickness_mm is None else thickness_mm,
        noise=_noise(volume, marrow, level),
        marrow_level=float(np.clip(level, 50, 600)),
    )


def _marrow(volume: Volume, reference: Mask | None) -> np.ndarray:
    if reference is not None:
        return reference.voxels
    try:
        found = place_rois(volume).reference
    except NotEvaluable:
        found = None
    if found is not None and found.n_voxels:
        return found.voxels
    middle = np.zeros(volume.geometry.shape, dtype=bool)
    middle[tuple(slice(n // 3, max(n // 3 + 1, 2 * n // 3)) for n in middle.shape)] = True
    inside = volume.voxels > np.median(volume.voxels[middle]) / 3
    return np.asarray(middle & inside)


def _noise(volume: Volume, marrow: np.ndarray, level: float) -> float:
    """Noise SD over marrow signal, from what is left after a high pass in plane."""
    relative = volume.voxels / level
    sigma = [HIGH_PASS_MM / mm for mm in volume.geometry.spacing_mm[1:]]
    smooth = ndimage.gaussian_filter(relative, (0, *sigma))
    residual = SD_PER_MAD * float(np.median(np.abs(relative - smooth)[marrow]))
    squared = max(residual**2 - RESIDUAL_OF_TEXTURE, 0.0) / RESIDUAL_PER_NOISE
    return float(np.clip(np.sqrt(squared), *NOISE_RANGE))
