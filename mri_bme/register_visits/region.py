"""Which voxels say how the pelvis lies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.volume import Mask, Volume, VolumeGeometry

CENTRAL_SHARE = 0.82  # of the in-plane field; leaves out skin, most bowel and the gluteal surface
MASK_MARGIN_MM = 10.0  # the edges of bone carry the information
MASK_SPACING_MM = 3.0  # a margin needs no finer grid


@dataclass(frozen=True, kw_only=True, eq=False)
class Region:
    """What must fit: everything within the margin of a mask, or the middle of the field.

    `distance_mm` (from the mask) lies on `geometry`; None stands for the middle of the
    field of `geometry`.
    """

    geometry: VolumeGeometry
    distance_mm: NDArray[np.float32] | None = None


def joint_region(volume: Volume, mask: Mask | None) -> Region:
    """Take the mask with a margin, or the middle of the field when there is none."""
    if mask is None:
        return Region(geometry=volume.geometry)
    steps = [max(1, int(MASK_SPACING_MM / s)) for s in volume.geometry.spacing_mm]
    index_from_new = np.diag([*steps, 1.0])
    kept = mask.voxels[tuple(slice(None, None, step) for step in steps)]
    if not kept.any():  # thinner than the coarser grid
        steps, index_from_new, kept = [1, 1, 1], np.eye(4), mask.voxels
    geometry = VolumeGeometry(
        shape=(kept.shape[0], kept.shape[1], kept.shape[2]),
        lps_from_index=volume.geometry.lps_from_index @ index_from_new,
    )
    distance = ndimage.distance_transform_edt(~kept, sampling=geometry.spacing_mm)
    return Region(geometry=geometry, distance_mm=np.asarray(distance, dtype=np.float32))


def weight_on(region: Region, geometry: VolumeGeometry) -> NDArray[np.float32]:
    """Weights (0 or 1) at the voxels of a grid along the same axes as the region's."""
    return is_wanted_on(region, geometry).astype(np.float32)


def is_wanted_on(region: Region, geometry: VolumeGeometry) -> NDArray[np.bool_]:
    """Whether voxels of a grid along the same axes as the region's lie in it."""
    if region.distance_mm is None:
        _, rows, columns = ((np.arange(n) + 0.5) / n * 2 - 1 for n in geometry.shape)
        inside = (rows[:, None] ** 2 + columns[None, :] ** 2) < CENTRAL_SHARE**2
        return np.array(np.broadcast_to(inside, geometry.shape))
    matrix = region.geometry.index_from_lps @ geometry.lps_from_index
    nearest = [
        np.clip(np.rint(np.arange(n) * matrix[a, a] + matrix[a, 3]), 0, last - 1).astype(int)
        for a, (n, last) in enumerate(zip(geometry.shape, region.geometry.shape, strict=True))
    ]
    is_near = region.distance_mm <= MASK_MARGIN_MM
    return np.asarray(is_near[np.ix_(*nearest)], dtype=np.bool_)
