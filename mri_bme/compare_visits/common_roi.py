"""The one region that a change is taken over: marrow that both visits measured."""

import numpy as np
from numpy.typing import NDArray

from mri_bme.sacroiliac import QUADRANTS, Level, SacroiliacRois
from mri_bme.sparse import sparse_zeros
from mri_bme.volume import RigidTransform

INDEX_DECIMALS = 6  # of a voxel: a motion and its inverse differ in the last bits
UPPER_OF = np.array(
    [0, *(label - (q.level is Level.LOWER) for label, q in QUADRANTS.items())], dtype=np.uint8
)
"""Label of the upper quadrant of the same bone and side, by label."""


def common_quadrants(
    own: SacroiliacRois, other: SacroiliacRois, other_from_own: RigidTransform
) -> NDArray[np.uint8]:
    """Carry the region that both visits measured to the grid of one of them.

    The region is a part of the body: the points that lie in marrow of the same bone and side at
    both visits. A voxel belongs to it when its centre does; its centre is looked up among the
    other visit's voxels, so no intensity and no mask is resampled, and both visits sample one and
    the same region. Where one visit calls marrow upper and the other lower, it is upper.

    Parameters
    ----------
    own, other : SacroiliacRois
        ROIs of the visit whose grid is filled, and of the visit that it is compared with.
    other_from_own : RigidTransform
        Maps LPS mm points of the visit to the other.

    Returns
    -------
    uint8 array
        Labels of `sacroiliac.QUADRANTS` on the grid of `own`, 0 outside the common region.
    """
    where = np.argwhere(own.quadrants)
    points = other_from_own.apply(own.geometry.points_lps(where))
    places = np.rint(other.geometry.indices_of(points).round(INDEX_DECIMALS)).astype(np.intp)
    seen = np.all((places >= 0) & (places < other.geometry.shape), axis=1)
    there = np.zeros(len(where), dtype=np.uint8)
    there[seen] = other.quadrants[tuple(places[seen].T)]
    here = own.quadrants[tuple(where.T)]
    same_bone = (there > 0) & (UPPER_OF[here] == UPPER_OF[there])
    common = sparse_zeros(own.geometry.shape, np.uint8)
    common[tuple(where.T)] = np.where(same_bone, np.minimum(here, there), 0)
    return common
