"""A volume at one resolution, made independent of gain and shading."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.register_visits.region import Region, weight_on
from mri_bme.signal.blocks import block_means
from mri_bme.signal.contrast import normalise_locally
from mri_bme.volume import FloatArray, Volume, VolumeGeometry, cropped_geometry

FloatVoxels = NDArray[np.float32]
SPLINE_REACH = 24  # voxels; beyond, coefficients of a cubic spline feel less than rounding
SHADING_SIGMA_MM = 10.0  # wider than a cortex, narrower than a bone


@dataclass(frozen=True, kw_only=True, eq=False)
class Level:
    """Locally normalised intensities, ready to be sampled anywhere.

    `spline` holds cubic B-spline coefficients, `gradient` (3, ...) the derivatives per
    LPS mm, `weight` the wanted region (0 to 1), all three on `geometry`, a box
    around it; `scanned` is the grid of all that was scanned. `points` (3, n) are LPS positions with
    contrast inside the region, `check_points` others.
    """

    geometry: VolumeGeometry
    scanned: VolumeGeometry
    spline: FloatVoxels
    gradient: FloatVoxels
    weight: FloatVoxels
    points: FloatArray
    check_points: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class LevelPair:
    """Both volumes at one resolution."""

    fixed: Level
    moving: Level

    def swapped(self) -> "LevelPair":
        """Look at the same pair the other way round."""
        return LevelPair(fixed=self.moving, moving=self.fixed)


def make_level(
    volume: Volume, region: Region, *, spacing_mm: float, n_points: int, seed: int
) -> Level:
    """Shrink a volume to about `spacing_mm`, never along an axis that is coarser already."""
    factors = [max(1, int(spacing_mm / s + 0.25)) for s in volume.geometry.spacing_mm]
    voxels, geometry = shrink(volume.voxels, volume.geometry, factors)
    voxels = _smooth_to(voxels, geometry, spacing_mm)
    voxels = normalise_locally(voxels, geometry.spacing_mm, sigma_mm=SHADING_SIGMA_MM)
    weight = weight_on(region, geometry)
    box = _box_of(weight)
    scanned, geometry = geometry, cropped_geometry(geometry, box)
    voxels, weight = voxels[box], weight[box]
    gradient = _gradient(voxels, geometry)
    points = _sample_points(gradient, weight, geometry, n_points + n_points // 2, seed)
    is_check = np.arange(points.shape[1]) % 3 == 2
    return Level(
        geometry=geometry,
        scanned=scanned,
        spline=ndimage.spline_filter(voxels, order=3, mode="mirror", output=np.float32),
        gradient=gradient,
        weight=weight,
        points=np.ascontiguousarray(points[:, ~is_check]),
        check_points=np.ascontiguousarray(points[:, is_check]),
    )


def _box_of(weight: FloatVoxels) -> tuple[slice, slice, slice]:
    """Box of the wanted region, with what a spline there feels of its surroundings."""
    found = ndimage.find_objects((weight > 0).astype(np.uint8))
    sides = found[0] if found else tuple(slice(0, n) for n in weight.shape)
    slices, rows, columns = (
        slice(max(side.start - SPLINE_REACH, 0), min(side.stop + SPLINE_REACH, n))
        for side, n in zip(sides, weight.shape, strict=True)
    )
    return slices, rows, columns


def shrink(
    voxels: FloatVoxels, geometry: VolumeGeometry, factors: list[int]
) -> tuple[FloatVoxels, VolumeGeometry]:
    """Average blocks of voxels; an incomplete last block is left out."""
    factors = [min(f, n) for n, f in zip(geometry.shape, factors, strict=True)]
    voxels = block_means(voxels, factors)
    index_from_new = np.diag([*factors, 1.0])
    index_from_new[:3, 3] = (np.array(factors) - 1) / 2
    return voxels, VolumeGeometry(
        shape=(voxels.shape[0], voxels.shape[1], voxels.shape[2]),
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


def _gradient(voxels: FloatVoxels, geometry: VolumeGeometry) -> FloatVoxels:
    """Differentiate: (3, ...), per LPS mm."""
    slope_mm = np.asarray(geometry.directions / np.array(geometry.spacing_mm), dtype=np.float32)
    steps = np.gradient(voxels)
    parts = [sum(slope_mm[i, a] * steps[a] for a in range(3)) for i in range(3)]
    return np.stack(parts).astype(np.float32, copy=False)


def _sample_points(
    gradient: FloatVoxels, weight: FloatVoxels, geometry: VolumeGeometry, n: int, seed: int
) -> FloatArray:
    """Pick `n` points (3, n) where there is contrast, off the grid.

    Off the grid, because interpolation at voxel centres is sharper than elsewhere and
    would pull the motion towards whole voxels.
    """
    rng = np.random.default_rng(seed)
    strength = np.sqrt(np.sum(gradient * gradient, axis=0)) * weight
    share = np.cumsum(strength.ravel(), dtype=np.float64)
    picks = np.searchsorted(share, (np.arange(n) + rng.random(n)) / n * share[-1])
    picks = np.minimum(picks, share.size - 1)
    indices = np.stack(np.unravel_index(picks, strength.shape), axis=-1)
    return np.ascontiguousarray(geometry.points_lps(indices + rng.random((n, 3)) - 0.5).T)
