"""Contrast without gain or shading: how far a voxel is from its neighbourhood."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Voxels = NDArray[np.float32]

CLIP_PERCENTILES = (0.5, 99.5)
CLIP_STRIDE = 5  # every fifth voxel gives the percentiles
CONTRAST_FLOOR = 0.25  # of the median local SD; keeps air and uniform marrow from being noise only
FLOAT_TINY = 1e-30  # a volume may be flat but for the few voxels that were clipped


Box = tuple[slice, slice, slice]
MAX_VOXELS_AT_ONCE = 1 << 22  # 16 MB of each array that is worked in


def normalise_locally(
    voxels: Voxels,
    spacing_mm: Sequence[float],
    *,
    sigma_mm: float,
    blur_mm: Sequence[float] | NDArray[np.float64] | None = None,
    box: Box | None = None,
) -> Voxels:
    """Subtract the local mean and divide by the local SD, in a Gaussian neighbourhood.

    Of large volumes some rows are worked on at a time; the numbers are the same.

    Parameters
    ----------
    voxels : float32 array of shape (slices, rows, columns)
        Any units; the brightest and darkest half per cent are clipped first.
    spacing_mm : sequence of 3 float
        Distances between voxel centres along the axes of `voxels`.
    sigma_mm : float
        SD of the neighbourhood.
    blur_mm : sequence of 3 float or None
        SD of a Gaussian blur before all else.
    box : tuple of slice or None
        What is wanted of the result; None for all. Clipping and the median are those of all.

    Returns
    -------
    float32 array
        In local SDs, a quarter of the median local SD added to each.
    """
    spacing = np.array(spacing_mm)
    sigmas = sigma_mm / spacing
    voxels = _blurred(voxels, np.zeros(3) if blur_mm is None else np.array(blur_mm) / spacing)
    low, high = np.percentile(voxels.ravel()[::CLIP_STRIDE], CLIP_PERCENTILES).astype(np.float32)
    wanted = box or (
        slice(0, voxels.shape[0]),
        slice(0, voxels.shape[1]),
        slice(0, voxels.shape[2]),
    )
    even = np.empty([side.stop - side.start for side in wanted], dtype=np.float32)
    sd = np.empty(voxels.shape, dtype=np.float32)
    for some, around in _some_rows(voxels.shape, _reach(sigmas[1], NEAR)):
        inner = slice(some.start - around.start, some.stop - around.start)
        off, spread = _against_neighbourhood(voxels[:, around], low, high, sigmas)
        sd[:, some] = spread[:, inner]
        kept = slice(max(some.start, wanted[1].start), min(some.stop, wanted[1].stop))
        if kept.start < kept.stop:
            there = slice(kept.start - around.start, kept.stop - around.start)
            even[:, kept.start - wanted[1].start : kept.stop - wanted[1].start] = off[
                wanted[0], there, wanted[2]
            ]
    del voxels
    own = sd[wanted].copy()
    middle = float(np.median(sd, overwrite_input=True))
    own += np.float32(CONTRAST_FLOOR * middle + 1e-6 * float(high - low) + FLOAT_TINY)
    even /= own
    return even


NEAR, BLUR_REACH = 2.0, 3.0  # SDs


def _reach(sigma: float, n_sd: float) -> int:
    """Voxels to either side that a Gaussian looks at, as scipy counts them."""
    return int(n_sd * sigma + 0.5)


def _some_rows(shape: Sequence[int], reach: int) -> Iterator[tuple[slice, slice]]:
    """Blocks of rows, and each with the rows around that it depends on."""
    n_rows = shape[1]
    step = max(1, min(n_rows, MAX_VOXELS_AT_ONCE // (shape[0] * shape[2])))
    for start in range(0, n_rows, step):
        stop = min(start + step, n_rows)
        yield slice(start, stop), slice(max(start - reach, 0), min(stop + reach, n_rows))


def _blurred(voxels: Voxels, sigmas: NDArray[np.float64]) -> Voxels:
    if not sigmas.any():
        return voxels
    blurred = np.empty(voxels.shape, dtype=np.float32)
    for rows, around in _some_rows(voxels.shape, _reach(sigmas[1], BLUR_REACH)):
        found = ndimage.gaussian_filter(
            voxels[:, around], sigmas, mode="nearest", truncate=BLUR_REACH
        )
        blurred[:, rows] = found[:, rows.start - around.start : rows.stop - around.start]
    return blurred


def _against_neighbourhood(
    voxels: Voxels, low: np.float32, high: np.float32, sigmas: NDArray[np.float64]
) -> tuple[Voxels, Voxels]:
    """Difference to the local mean, and the local SD."""

    def blur(values: Voxels, output: Voxels) -> None:
        ndimage.gaussian_filter(values, sigmas, output=output, mode="nearest", truncate=NEAR)

    even = np.clip(voxels, low, high)
    even -= low
    mean = np.empty_like(even)
    blur(even, mean)
    sd = even * even
    blur(sd, sd)
    even -= mean
    mean *= mean
    sd -= mean
    np.maximum(sd, 0, out=sd)
    np.sqrt(sd, out=sd)
    return even, sd
