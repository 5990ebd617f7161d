"""A volume at one resolution, made independent of gain and shading."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.volume import FloatArray, Volume, VolumeGeometry

FloatVoxels = NDArray[np.float32]
CLIP_PERCENTILES = (0.5, 99.5)
SHADING_SIGMA_MM = 10.0  # wider than a cortex, narrower than a bone
CONTRAST_FLOOR = 0.25  # of the median local SD; keeps air and uniform marrow from being noise only


@dataclass(frozen=True, kw_only=True, eq=False)
class Level:
    """Locally normalised intensities, ready to be sampled anywhere.

    `spline` holds cubic B-spline coefficients, `gradient` (3, ...) the derivatives per
    LPS mm, `weight` the wanted region (0 to 1).
    """

    geometry: VolumeGeometry
    spline: FloatVoxels
    gradient: FloatVoxels
    weight: FloatVoxels


def make_level(
    volume: Volume, region: FloatVoxels, *, spacing_mm: float, shading_mm: float = SHADING_SIGMA_MM
) -> Level:
    """Shrink a volume to about `spacing_mm`, never along an axis that is coarser already."""
    factors = [max(1, int(spacing_mm / s + 0.25)) for s in volume.geometry.spacing_mm]
    voxels, geometry = shrink(volume.voxels, volume.geometry, factors)
    voxels = _smooth_to(voxels, geometry, spacing_mm)
    voxels = normalise_locally(voxels, geometry, sigma_mm=shading_mm)
    steps = np.gradient(voxels)
    index_from_lps = geometry.index_from_lps[:3, :3]
    gradient = np.stack(
        [sum(index_from_lps[a, i] * steps[a] for a in range(3)) for i in range(3)]
    ).astype(np.float32)
    spline = ndimage.spline_filter(voxels, order=3, mode="mirror", output=np.float32)
    weight, _ = shrink(region, volume.geometry, factors)
    return Level(geometry=geometry, spline=spline, gradient=gradient, weight=weight)


def shrink(
    voxels: NDArray[np.float32], geometry: VolumeGeometry, factors: list[int]
) -> tuple[FloatVoxels, VolumeGeometry]:
    """Average blocks of voxels; an incomplete last block is left out."""
    shape = tuple(max(1, n // f) for n, f in zip(geometry.shape, factors, strict=True))
    factors = [min(f, n) for n, f in zip(geometry.shape, factors, strict=True)]
    kept = voxels[tuple(slice(0, n * f) for n, f in zip(shape, factors, strict=True))]
    for axis, factor in reversed(list(enumerate(factors))):
        if factor > 1:
            split = (*kept.shape[:axis], shape[axis], factor, *kept.shape[axis + 1 :])
            kept = kept.reshape(split).mean(axis=axis + 1, dtype=np.float32)
    index_from_new = np.diag([*factors, 1.0])
    index_from_new[:3, 3] = (np.array(factors) - 1) / 2
    return np.ascontiguousarray(kept, dtype=np.float32), VolumeGeometry(
        shape=(shape[0], shape[1], shape[2]),
        lps_from_index=geometry.lps_from_index @ index_from_new,
        frame_of_reference=geometry.frame_of_reference,
    )


def _smooth_to(voxels: FloatVoxels, geometry: VolumeGeometry, spacing_mm: float) -> FloatVoxels:
    """Blur the finer axes until all are about equally sharp."""
    sigmas = [np.sqrt(max(0.0, spacing_mm**2 - s**2)) / 2 / s for s in geometry.spacing_mm]
    if max(sigmas) < 0.2:
        return voxels
    return np.asarray(
        ndimage.gaussian_filter(voxels, sigmas, mode="nearest", truncate=3), dtype=np.float32
    )


def normalise_locally(
    voxels: FloatVoxels, geometry: VolumeGeometry, *, sigma_mm: float
) -> FloatVoxels:
    """Subtract the local mean and divide by the local SD, in a Gaussian neighbourhood."""
    low, high = np.percentile(voxels, CLIP_PERCENTILES)
    clipped = np.clip(voxels, low, high) - np.float32(low)
    sigmas = [sigma_mm / s for s in geometry.spacing_mm]

    def blurred(values: FloatVoxels) -> FloatVoxels:
        return np.asarray(ndimage.gaussian_filter(values, sigmas, mode="nearest", truncate=2.5))

    mean = blurred(clipped)
    sd = np.sqrt(np.maximum(blurred(clipped * clipped) - mean * mean, 0))
    floor = CONTRAST_FLOOR * float(np.median(sd)) + 1e-6 * float(high - low)
    return np.asarray((clipped - mean) / (sd + floor), dtype=np.float32)


def sample_points(level: Level, n: int, rng: np.random.Generator) -> FloatArray:
    """Pick about `n` points (LPS mm) where there is contrast, off the grid.

    Off the grid, because interpolation at voxel centres is sharper than elsewhere and
    would pull the motion towards whole voxels.
    """
    strength = np.sqrt(np.sum(level.gradient.astype(np.float64) ** 2, axis=0)) * level.weight
    share = np.cumsum(strength.ravel())
    picks = np.searchsorted(share, (np.arange(n) + rng.random(n)) / n * share[-1])
    picks = np.minimum(picks, share.size - 1)
    indices = np.stack(np.unravel_index(picks, strength.shape), axis=-1)
    return level.geometry.points_lps(indices + rng.random((n, 3)) - 0.5)
