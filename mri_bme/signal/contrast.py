"""Contrast without gain or shading: how far a voxel is from its neighbourhood."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Voxels = NDArray[np.float32]

CLIP_PERCENTILES = (0.5, 99.5)
CLIP_STRIDE = 5  # every fifth voxel gives the percentiles
CONTRAST_FLOOR = 0.25  # of the median local SD; keeps air and uniform marrow from being noise only
FLOAT_TINY = 1e-30  # a volume may be flat but for the few voxels that were clipped


def normalise_locally(voxels: Voxels, spacing_mm: Sequence[float], *, sigma_mm: float) -> Voxels:
    """Subtract the local mean and divide by the local SD, in a Gaussian neighbourhood.

    Parameters
    ----------
    voxels : float32 array of shape (slices, rows, columns)
        Any units; the brightest and darkest half per cent are clipped first.
    spacing_mm : sequence of 3 float
        Distances between voxel centres along the axes of `voxels`.
    sigma_mm : float
        SD of the neighbourhood.

    Returns
    -------
    float32 array
        In local SDs, a quarter of the median local SD added to each.
    """
    low, high = np.percentile(voxels.ravel()[::CLIP_STRIDE], CLIP_PERCENTILES).astype(np.float32)
    even = np.clip(voxels, low, high)
    even -= low
    sigmas = [sigma_mm / s for s in spacing_mm]

    def blur(values: Voxels, output: Voxels) -> None:
        ndimage.gaussian_filter(values, sigmas, output=output, mode="nearest", truncate=2.0)

    mean = np.empty_like(even)
    blur(even, mean)
    sd = even * even
    blur(sd, sd)
    for plane, middle in zip(sd, mean, strict=True):
        np.subtract(plane, middle * middle, out=plane)
    np.maximum(sd, 0, out=sd)
    np.sqrt(sd, out=sd)
    floor = CONTRAST_FLOOR * float(np.median(sd)) + 1e-6 * float(high - low)
    sd += np.float32(floor + FLOAT_TINY)
    even -= mean
    even /= sd
    return even
