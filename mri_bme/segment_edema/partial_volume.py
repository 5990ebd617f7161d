"""How much of each voxel is edema, when a voxel at the edge is a mixture."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

IN_PLANE_NEIGHBOURS = np.zeros((3, 3, 3), dtype=bool)
IN_PLANE_NEIGHBOURS[1] = True
PLATEAU_PERCENTILE = 75.0  # of a lesion's voxels, where it has no inside of its own
MIN_CONTRAST = 0.15  # plateau above normal marrow, in reference medians; less cannot be divided


def edema_fractions(
    relative: NDArray[np.float32],
    normal: NDArray[np.float32],
    labels: NDArray[np.int32],
    searched: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Credit voxels at the edge of lesions with the share that is edema.

    A voxel whose in-plane neighbours all belong to the lesion is edema entirely. A voxel
    at the edge, on either side of it, is a mixture of normal tissue and of the edema next
    to it: its share is ``(v - normal) / (plateau - normal)``, clipped to 0 and 1.
    The plateau is the mean of the entire voxels around it, or, for a lesion too thin to
    have any, the upper quartile of the lesion.

    Parameters
    ----------
    relative : float32 array
        Relative intensity (not smoothed).
    normal : float32 array
        Expected relative intensity without edema, 1 in marrow.
    labels : int32 array
        Lesion of each voxel, 0 outside.
    searched : bool array
        Marrow; nothing is credited outside it.
    """
    inside = labels > 0
    core = ndimage.binary_erosion(inside | ~searched, IN_PLANE_NEIGHBOURS) & inside
    grown = ndimage.grey_dilation(labels, footprint=IN_PLANE_NEIGHBOURS)
    owner = np.where(inside, labels, grown)
    edge = (owner > 0) & searched & ~core
    plateau = _plateau(relative, labels, core, owner)
    share = (relative - normal) / np.maximum(plateau - normal, MIN_CONTRAST)
    fraction = np.where(edge, np.clip(share, 0.0, 1.0), core)
    return np.asarray(fraction, dtype=np.float32)


def _plateau(
    relative: NDArray[np.float32],
    labels: NDArray[np.int32],
    core: NDArray[np.bool_],
    owner: NDArray[np.int32],
) -> NDArray[np.float32]:
    size = (1, 5, 5)
    weight = ndimage.uniform_filter(core.astype(np.float32), size)
    total = ndimage.uniform_filter(np.where(core, relative, 0).astype(np.float32), size)
    n_lesions = int(labels.max(initial=0))
    per_lesion = np.full(n_lesions + 1, 1.0 + MIN_CONTRAST, dtype=np.float32)
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is not None:
            values = relative[box][labels[box] == label]
            per_lesion[label] = np.percentile(values, PLATEAU_PERCENTILE)
    local = total / np.maximum(weight, 1e-6)
    return np.asarray(np.where(weight > 1e-3, local, per_lesion[owner]), dtype=np.float32)
