"""Whether two masks of one scan are the same: overlap, distance of surfaces, lesion by lesion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.volume import FloatArray, Mask, check_same_grid

SAME_SLICE_AND_NEXT = ndimage.generate_binary_structure(3, 1)
SURFACE_PERCENTILE = 95.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskAgreement:
    """Two masks of one scan.

    `dice` and the distances (mm) are None where neither mask, or only one for the distances,
    holds a voxel: there is nothing to overlap. A lesion is matched when a voxel of it lies in
    the other mask.
    """

    dice: float | None
    surface_mean_mm: float | None
    surface_95_mm: float | None
    n_first: int
    n_second: int
    n_first_matched: int
    n_second_matched: int
    first_ml: float
    second_ml: float


def compare_masks(first: Mask, second: Mask) -> MaskAgreement:
    """Compare two masks on one grid.

    Distances are taken from every outermost voxel of each mask to the nearest of the other, in
    mm with the spacing of slices, both ways together (mean, and 95th percentile [1]_).

    Raises
    ------
    GeometryMismatch
        If they lie on different grids.

    References
    ----------
    .. [1] Taha & Hanbury, BMC Med Imaging 15:29, 2015, doi 10.1186/s12880-015-0068-x.
    """
    check_same_grid("the second mask", second.geometry, first.geometry)
    a, b = first.voxels, second.voxels
    total = first.n_voxels + second.n_voxels
    distances = _surface_distances(a, b, first.geometry.spacing_mm)
    n_first, first_matched = _matched(a, b)
    n_second, second_matched = _matched(b, a)
    return MaskAgreement(
        dice=2 * int(np.count_nonzero(a & b)) / total if total else None,
        surface_mean_mm=float(distances.mean()) if distances.size else None,
        surface_95_mm=float(np.percentile(distances, SURFACE_PERCENTILE))
        if distances.size
        else None,
        n_first=n_first,
        n_second=n_second,
        n_first_matched=first_matched,
        n_second_matched=second_matched,
        first_ml=first.volume_ml,
        second_ml=second.volume_ml,
    )


def _surface_distances(
    a: NDArray[np.bool_], b: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> FloatArray:
    if not a.any() or not b.any():
        return np.zeros(0)
    box = ndimage.find_objects((a | b).astype(np.uint8))[0]
    surface_a, surface_b = _surface(a[box]), _surface(b[box])
    to_a = ndimage.distance_transform_edt(~surface_a, sampling=spacing_mm)
    to_b = ndimage.distance_transform_edt(~surface_b, sampling=spacing_mm)
    return np.concatenate([to_b[surface_a], to_a[surface_b]])


def _surface(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Outermost voxels of a mask."""
    return np.asarray(mask & ~ndimage.binary_erosion(mask, SAME_SLICE_AND_NEXT))


def _matched(mask: NDArray[np.bool_], other: NDArray[np.bool_]) -> tuple[int, int]:
    labels, n_lesions = ndimage.label(mask, structure=SAME_SLICE_AND_NEXT)
    return int(n_lesions), len(np.setdiff1d(labels[other & mask], [0]))
