"""A volume at one resolution, made independent of gain and shading."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.register_visits.gradient import Box, Gradient, gradient_within
from mri_bme.register_visits.region import Region, is_wanted_on
from mri_bme.signal.blocks import block_means
from mri_bme.signal.contrast import normalise_locally
from mri_bme.volume import FloatArray, Volume, VolumeGeometry, cropped_geometry

FloatVoxels = NDArray[np.float32]
LEAST_BLUR = 0.2  # voxels; less changes nothing
SPLINE_REACH = 24  # voxels; beyond, coefficients of a cubic spline feel less than rounding
SHADING_SIGMA_MM = 10.0  # wider than a cortex, narrower than a bone


@dataclass(frozen=True, kw_only=True, eq=False)
class Level:
    """Locally normalised intensities, ready to be sampled anywhere.

    `spline` holds cubic B-spline coefficients on `geometry`, a box around the wanted region.
    `weight` holds the region (0 or 1) within `inner`, the part of that box that has any weight,
    and `gradient` gives the derivatives there. `scanned` is the grid of all that
    was scanned. `points` (3, n) are LPS positions with contrast inside the region,
    `check_points` others.
    """

    geometry: VolumeGeometry
    scanned: VolumeGeometry
    inner: Box
    spline: FloatVoxels
    gradient: Gradient
    weight: NDArray[np.bool_]
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
    is_wanted = is_wanted_on(region, geometry)
    box, inner = _boxes_of(is_wanted)
    voxels = normalise_locally(
        voxels,
        geometry.spacing_mm,
        sigma_mm=SHADING_SIGMA_MM,
        blur_mm=_blur_mm(geometry, spacing_mm),
        box=box,
    )
    weight = is_wanted[box][inner].copy()
    del is_wanted
    scanned, geometry = geometry, cropped_geometry(geometry, box)
    gradient = gradient_within(voxels, geometry, inner)
    points = _sample_points(gradient, weight, geometry, inner, n_points + n_points // 2, seed)
    is_check = np.arange(points.shape[1]) % 3 == 2
    return Level(
        geometry=geometry,
        scanned=scanned,
        inner=inner,
        spline=ndimage.spline_filter(voxels, order=3, mode="mirror", output=np.float32),
        gradient=gradient,
        weight=weight,
        points=np.ascontiguousarray(points[:, ~is_check]),
        check_points=np.ascontiguousarray(points[:, is_check]),
    )


def _boxes_of(is_wanted: NDArray[np.bool_]) -> tuple[Box, Box]:
    """Box of the wanted region with what a spline there feels of its surroundings.

    And, within that box, the region with the neighbours that linear interpolation looks at.
    """
    found = ndimage.find_objects(is_wanted.astype(np.uint8))
    sides = found[0] if found else tuple(slice(0, n) for n in is_wanted.shape)
    box, inner = (
        tuple(
            slice(max(side.start - reach, 0), min(side.stop + reach, n))
            for side, n in zip(sides, is_wanted.shape, strict=True)
        )
        for reach in (SPLINE_REACH, 1)
    )
    within = tuple(
        slice(i.start - b.start, i.stop - b.start) for i, b in zip(inner, box, strict=True)
    )
    return (box[0], box[1], box[2]), (within[0], within[1], within[2])


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


def _blur_mm(geometry: VolumeGeometry, spacing_mm: float) -> FloatArray:
    """SD of the blur that leaves all axes about equally sharp; none where it would be little."""
    own = np.array(geometry.spacing_mm)
    sigmas_mm = np.sqrt(np.maximum(0.0, spacing_mm**2 - own**2)) / 2
    return np.zeros(3) if (sigmas_mm / own).max() < LEAST_BLUR else sigmas_mm


def _sample_points(  # noqa: PLR0917  (one call)
    gradient: Gradient,
    weight: NDArray[np.bool_],
    geometry: VolumeGeometry,
    inner: Box,
    n: int,
    seed: int,
) -> FloatArray:
    """Pick `n` points (3, n) where there is contrast, off the grid.

    Off the grid, because interpolation at voxel centres is sharper than elsewhere and
    would pull the motion towards whole voxels.
    """
    rng = np.random.default_rng(seed)
    strength = np.empty(weight.shape, dtype=np.float32)
    for some, found in gradient.by_slices():
        for plane, parts in zip(strength[some], found.swapaxes(0, 1), strict=True):
            plane[...] = np.sqrt(np.sum(parts * parts, axis=0))
    strength *= weight
    share = np.cumsum(strength.ravel(), dtype=np.float64)
    picks = np.searchsorted(share, (np.arange(n) + rng.random(n)) / n * share[-1])
    picks = np.minimum(picks, share.size - 1)
    indices = np.stack(np.unravel_index(picks, strength.shape), axis=-1)
    indices += [side.start for side in inner]
    return np.ascontiguousarray(geometry.points_lps(indices + rng.random((n, 3)) - 0.5).T)
