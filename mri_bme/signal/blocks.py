"""Coarser voxels: means of blocks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Voxels = NDArray[np.float32]


def block_means(voxels: Voxels, factors: Sequence[int]) -> Voxels:
    """Average blocks of voxels; an incomplete last block is left out.

    Parameters
    ----------
    voxels : float32 array of shape (slices, rows, columns)
    factors : sequence of 3 int
        Voxels of a block along each axis; never more than there are.

    Returns
    -------
    float32 array
        Of ``max(1, n // factor)`` voxels along each axis.
    """
    for axis, factor in enumerate(factors):
        voxels = _means_along(voxels, axis, min(factor, voxels.shape[axis]))
    return voxels


def _means_along(voxels: Voxels, axis: int, factor: int) -> Voxels:
    if factor == 1:
        return voxels
    kept = voxels.shape[axis] // factor * factor
    before = (slice(None),) * axis
    total = voxels[(*before, slice(0, kept, factor))].copy()
    for start in range(1, factor):
        total += voxels[(*before, slice(start, kept, factor))]
    return np.asarray(total / np.float32(factor), dtype=np.float32)
