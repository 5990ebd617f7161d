"""Which voxels say how the pelvis lies."""

import numpy as np
from scipy import ndimage

from mri_bme.register_visits.levels import FloatVoxels
from mri_bme.volume import Mask, Volume

CENTRAL_SHARE = 0.82  # of the in-plane field; leaves out skin, most bowel and the gluteal surface
MASK_MARGIN_MM = 10.0  # the edges of bone carry the information


def search_region(volume: Volume) -> FloatVoxels:
    """Ellipse in the middle of every slice."""
    _, rows, columns = ((np.arange(n) + 0.5) / n * 2 - 1 for n in volume.geometry.shape)
    inside = (rows[:, None] ** 2 + columns[None, :] ** 2) < CENTRAL_SHARE**2
    return np.broadcast_to(inside.astype(np.float32), volume.geometry.shape)


def joint_region(volume: Volume, mask: Mask | None) -> FloatVoxels:
    """Take the mask with a margin, or the middle of the field when there is none."""
    if mask is None:
        return search_region(volume)
    distance = ndimage.distance_transform_edt(~mask.voxels, sampling=volume.geometry.spacing_mm)
    return np.asarray(distance <= MASK_MARGIN_MM, dtype=np.float32)
