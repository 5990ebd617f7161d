"""Shape of a candidate in millimetres, on voxels that are longer across slices."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.volume import FloatArray

VOXEL_VARIANCE = 1 / 12  # of a box one voxel wide, in voxels squared
FULL_WIDTH = np.sqrt(12.0)  # width of a box over its standard deviation


def box_widths_mm(voxels: NDArray[np.bool_], spacing_mm: FloatArray) -> tuple[float, float, float]:
    """Give length, width and thickness of the box with the same second moments.

    The structure tensor of the voxels' positions, in mm and with each voxel's own size, so
    that one voxel is as long as it is, and slices count by their spacing.

    Examples
    --------
    >>> line = np.ones((1, 1, 20), dtype=bool)
    >>> [round(width, 2) for width in box_widths_mm(line, np.array([3.0, 0.5, 0.5]))]
    [10.0, 3.0, 0.5]
    """
    points = np.argwhere(voxels) * spacing_mm
    centred = points - points.mean(axis=0)
    tensor = centred.T @ centred / len(points) + np.diag(VOXEL_VARIANCE * spacing_mm**2)
    thin, middle, long = FULL_WIDTH * np.sqrt(np.maximum(np.linalg.eigvalsh(tensor), 0))
    return float(long), float(middle), float(thin)


def in_plane_width_mm(voxels: NDArray[np.bool_], spacing_mm: FloatArray) -> float:
    """Diameter of the largest disc that fits into the candidate on any of its slices."""
    padded = np.pad(voxels, ((0, 0), (1, 1), (1, 1)))
    deepest = max(
        float(ndimage.distance_transform_edt(plane, sampling=spacing_mm[1:]).max())
        for plane in padded
    )
    return 2 * deepest - float(min(spacing_mm[1:]))


def in_plane_reach_mm(voxels: NDArray[np.bool_], spacing_mm: FloatArray) -> float:
    """Longest side of the candidate's box within the slice."""
    rows, columns = voxels.any(axis=(0, 2)).sum(), voxels.any(axis=(0, 1)).sum()
    return float(max(rows * spacing_mm[1], columns * spacing_mm[2]))
