"""Where metal or gas has taken the signal away: a hole wider than any cortex.

Both shift the frequency of the spins around them, so that their signal is lost, or lands at the rim
of the hole, which is bright there as edema is (Hargreaves et al., AJR 197:547-555, 2011).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.volume import VolumeGeometry

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

DARK = 0.3  # of normal marrow: noise of a scan that can be measured is darker
STEADY_MM = 1.2  # SD of the blur in plane, so that noise does not fill the hole
HALF_WIDTH_MM = 5.0  # of a hole; cortex and disc are thinner
BESIDE_MM = 8.0  # of a hole: signal that was moved lies within


def beside_voids(relative: Floats, geometry: VolumeGeometry) -> tuple[Bools, Bools]:
    """Find holes in the signal, and what lies beside them.

    Parameters
    ----------
    relative : float32 array
        Intensities of a box in medians of normal marrow. What lies beyond the box counts as dark,
        so that a hole that it cuts is as wide as it may be.
    geometry : VolumeGeometry
        Of that box.

    Returns
    -------
    void : bool array
        The holes.
    beside : bool array
        What lies within `BESIDE_MM` of them, in any direction.
    """
    void = np.stack([_wide(plane, geometry.spacing_mm[1:]) for plane in relative])
    if not void.any():
        return void, void
    away = ndimage.distance_transform_edt(~void, sampling=geometry.spacing_mm)
    return void, (away <= BESIDE_MM) & ~void


def _wide(plane: Floats, pixel_mm: tuple[float, ...]) -> Bools:
    """Dark parts of a slice into which a disc of `HALF_WIDTH_MM` fits, opened by that disc."""
    blur = [STEADY_MM / mm for mm in pixel_mm]
    dark = np.asarray(ndimage.gaussian_filter(plane, blur) < DARK, dtype=np.bool_)
    padded = np.pad(dark, 1, constant_values=True)
    depth = ndimage.distance_transform_edt(padded, sampling=pixel_mm)[1:-1, 1:-1]
    core = depth > HALF_WIDTH_MM
    if not dark.any() or not core.any():
        return np.zeros_like(dark)
    away = ndimage.distance_transform_edt(~core, sampling=pixel_mm)
    return np.asarray(dark & (away <= HALF_WIDTH_MM), dtype=np.bool_)
