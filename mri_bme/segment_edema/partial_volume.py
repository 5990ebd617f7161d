"""How much of each voxel is edema, when a voxel at the edge is a mixture."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.volume import FloatArray

EDGE_MM = 1.6  # mixed voxels lie this near to the outline of a lesion, on either side
AROUND_MM = 5.0  # in-plane reach of what normal tissue and the inside look like
PLATEAU_PERCENTILE = 60.0  # of a lesion's voxels, where it has no inside of its own
MIN_CONTRAST = 0.15  # plateau above normal marrow, in reference medians; less cannot be divided
FAINT = 0.12  # a smaller share is noise of normal marrow, and counts as none

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def edema_fractions(
    smooth: Floats, labels: NDArray[np.int32], searched: Bools, spacing_mm: FloatArray
) -> Floats:
    """Credit voxels at the edge of lesions with the share that is edema.

    A voxel further than `EDGE_MM` inside a lesion is edema entirely. Nearer to the
    outline, on either side of it, a voxel is a mixture of the tissue outside and of the
    edema inside: its share is ``(v - outside) / (plateau - outside)``, clipped to 0 and
    1. Outside is the mean of searched tissue clear of any lesion, in the plane; the
    plateau is the mean of the brighter half of the voxels entirely inside (lesions fade
    towards their edge), or, for a lesion too thin to have any nearby, a high percentile of
    its own voxels.

    Parameters
    ----------
    smooth : float32 array
        Relative intensity after smoothing.
    labels : int32 array
        Lesion of each voxel, 0 outside.
    searched : bool array
        Marrow; nothing is credited outside it, and its border is no edge of a lesion.
    spacing_mm : array of shape (3,)
        Voxel spacing.

    References
    ----------
    The two-tissue model is that of Santago & Gage, IEEE TMI 12:566-574, 1993.
    """
    fraction = np.zeros(smooth.shape, dtype=np.float32)
    if not labels.any():
        return fraction
    reach = np.ceil(2 * AROUND_MM / spacing_mm[1:]).astype(int)
    box = _box(labels > 0, (0, int(reach[0]), int(reach[1])))
    fraction[box] = _credited(smooth[box], labels[box], searched[box], spacing_mm)
    return fraction


def _credited(
    smooth: Floats, labels: NDArray[np.int32], searched: Bools, spacing_mm: FloatArray
) -> Floats:
    inside = labels > 0
    to_outside = _in_plane_distance(inside | ~searched, spacing_mm)
    to_lesion, nearest = _in_plane_nearest(~inside, spacing_mm)
    core = inside & (to_outside > EDGE_MM)
    edge = searched & ~core & (to_lesion <= EDGE_MM)
    clear = searched & (to_lesion > EDGE_MM)
    outside = _local_mean(smooth, clear, spacing_mm, np.ones(1, dtype=np.float32))
    own = _own_plateau(smooth, labels)[labels[nearest]]
    middle = _local_mean(smooth, core, spacing_mm, own)
    plateau = _local_mean(smooth, core & (smooth > middle), spacing_mm, own)
    share = (smooth - outside) / np.maximum(plateau - outside, MIN_CONTRAST)
    share = np.where(share < FAINT, 0, np.minimum(share, 1))
    return np.asarray(np.where(edge, share, core), dtype=np.float32)


def _in_plane_distance(mask: Bools, spacing_mm: FloatArray) -> Floats:
    """Distance of voxels in `mask` to the nearest voxel of the slice outside it."""
    return np.stack(
        [
            ndimage.distance_transform_edt(plane, sampling=spacing_mm[1:])
            if not plane.all()
            else np.full(plane.shape, np.inf)
            for plane in mask
        ]
    ).astype(np.float32)


def _in_plane_nearest(
    mask: Bools, spacing_mm: FloatArray
) -> tuple[Floats, tuple[NDArray[np.intp], ...]]:
    """Distance of voxels in `mask` to the nearest of the slice outside it, and which."""
    distance = np.full(mask.shape, np.inf, dtype=np.float32)
    nearest = np.indices(mask.shape, dtype=np.intp)
    for s, plane in enumerate(mask):
        if not plane.all():
            distance[s], nearest[1:, s] = ndimage.distance_transform_edt(
                plane, sampling=spacing_mm[1:], return_indices=True
            )
    return distance, tuple(nearest)


def _local_mean(values: Floats, where: Bools, spacing_mm: FloatArray, fallback: Floats) -> Floats:
    size = (1, *(2 * np.ceil(AROUND_MM / spacing_mm[1:]).astype(int) + 1))
    weight = ndimage.uniform_filter(where.astype(np.float32), size, mode="constant")
    total = ndimage.uniform_filter(np.where(where, values, 0), size, mode="constant")
    few = weight * np.prod(size) < 3
    return np.asarray(np.where(few, fallback, total / np.maximum(weight, 1e-6)), dtype=np.float32)


def _own_plateau(smooth: Floats, labels: NDArray[np.int32]) -> Floats:
    plateau = np.ones(int(labels.max(initial=0)) + 1, dtype=np.float32)
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is not None:
            values = smooth[box][labels[box] == label]
            plateau[label] = np.percentile(values, PLATEAU_PERCENTILE)
    return plateau


def _box(mask: Bools, margin: tuple[int, int, int]) -> tuple[slice, ...]:
    found = ndimage.find_objects(mask.astype(np.uint8))[0]
    return tuple(slice(max(s.start - m, 0), s.stop + m) for s, m in zip(found, margin, strict=True))
