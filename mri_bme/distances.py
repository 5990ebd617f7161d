"""Distances to a mask, without the memory that a whole scan of them takes at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def distance_to(
    mask: NDArray[np.bool_], spacing_mm: Sequence[float], *, dtype: Any = np.float32
) -> NDArray[Any]:
    """Distance of every voxel to the nearest one inside, in mm; 0 inside.

    The numbers are those of `scipy.ndimage.distance_transform_edt`, rounded to `dtype`. That
    function takes some 60 bytes a voxel from the places of the nearest voxels to distances;
    here distances are taken slice by slice, and 12 bytes a voxel are for the places.

    Parameters
    ----------
    mask : bool array
        At least one voxel must be inside.
    spacing_mm : sequence of float
        One per axis.
    dtype : floating-point type
        Of the result.
    """
    nearest = nearest_inside(mask, spacing_mm)
    distance = np.empty(mask.shape, dtype=dtype)
    own = np.indices((1, *mask.shape[1:]), dtype=np.int32, sparse=True)
    for n in range(len(mask)):
        squares = np.zeros(mask.shape[1:])
        for axis, step in enumerate(spacing_mm):
            place = n if axis == 0 else own[axis][0]
            away = (nearest[axis, n] - place).astype(np.float64)
            away *= step
            away *= away
            squares += away
        distance[n] = np.sqrt(squares)
    return distance


def values_of_nearest(
    values: NDArray[Any], mask: NDArray[np.bool_], spacing_mm: Sequence[float]
) -> NDArray[Any]:
    """Give every voxel the value of the nearest one inside."""
    nearest = nearest_inside(mask, spacing_mm)
    taken = np.empty_like(values)
    for n in range(len(mask)):
        taken[n] = values[tuple(nearest[:, n])]
    return taken


def nearest_inside(mask: NDArray[np.bool_], spacing_mm: Sequence[float]) -> NDArray[np.int32]:
    """Find the indices of the nearest voxel inside, one array per axis."""
    return np.asarray(
        ndimage.distance_transform_edt(
            ~mask, sampling=spacing_mm, return_distances=False, return_indices=True
        ),
        dtype=np.int32,
    )


def box_around(inside: NDArray[np.bool_]) -> tuple[slice, ...]:
    """Smallest box around voxels and a neighbour on each side; empty where there are none.

    Distances to what is outside are the same in it as in the whole array.
    """
    found = ndimage.find_objects(inside.astype(np.uint8))
    if not found:
        return tuple(slice(0, 0) for _ in inside.shape)
    return tuple(
        slice(max(side.start - 1, 0), min(side.stop + 1, n))
        for side, n in zip(found[0], inside.shape, strict=True)
    )
