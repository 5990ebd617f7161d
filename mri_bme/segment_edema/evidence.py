"""The part of a scan that the rules look at: a crop around the marrow that is searched."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.volume import FloatArray, VolumeGeometry

CROP_MARGIN_VOXELS = (1, 6, 6)  # neighbours of ROI voxels, for smoothing and rims

Scalar = TypeVar("Scalar", bound=np.generic)
Crop = tuple[slice, slice, slice]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """What is known about each voxel of the crop.

    `relative` is the shading-corrected voxel / reference median, `smooth` the same after
    in-plane smoothing, `normal` what tissue without edema would have (1 in marrow, less in
    dark tissue by the joint), `searched` the marrow in which edema is looked for, and
    `distance_mm` the signed distance to the joint.
    """

    geometry: VolumeGeometry
    crop: Crop
    relative: NDArray[np.float32]
    smooth: NDArray[np.float32]
    normal: NDArray[np.float32]
    quadrants: NDArray[np.uint8]
    searched: NDArray[np.bool_]
    distance_mm: NDArray[np.float32]
    doubts: tuple[str, ...] = ()

    @property
    def spacing_mm(self) -> FloatArray:
        """Voxel spacing along slices, rows and columns."""
        return np.array(self.geometry.spacing_mm)

    def uncrop(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        """Put an array of the crop back on the whole grid, 0 outside."""
        whole = np.zeros(self.geometry.shape, dtype=values.dtype)
        whole[self.crop] = values
        return whole


def crop_around(inside: NDArray[np.bool_]) -> Crop:
    """Smallest box around voxels, with a margin for neighbours."""
    box = ndimage.find_objects(inside.astype(np.uint8))[0]
    slices, rows, columns = (
        slice(max(s.start - margin, 0), min(s.stop + margin, n))
        for s, margin, n in zip(box, CROP_MARGIN_VOXELS, inside.shape, strict=True)
    )
    return slices, rows, columns


def cropped_geometry(geometry: VolumeGeometry, crop: Crop) -> VolumeGeometry:
    """Geometry of the voxels of a crop."""
    matrix = np.array(geometry.lps_from_index)
    matrix[:3, 3] = geometry.points_lps([s.start for s in crop])
    slices, rows, columns = (s.stop - s.start for s in crop)
    return VolumeGeometry(
        shape=(slices, rows, columns),
        lps_from_index=matrix,
        frame_of_reference=geometry.frame_of_reference,
    )


def smooth_in_plane(
    voxels: NDArray[np.float32], sigma_mm: float, spacing_mm: FloatArray
) -> NDArray[np.float32]:
    """Gaussian within slices only: slices are far apart and would mix tissues."""
    if sigma_mm == 0:
        return voxels
    sigmas = (0.0, sigma_mm / spacing_mm[1], sigma_mm / spacing_mm[2])
    return np.asarray(
        ndimage.gaussian_filter(voxels, sigmas, mode="nearest", truncate=3.0), dtype=np.float32
    )
