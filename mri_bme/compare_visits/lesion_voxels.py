"""Which voxels, and how much volume, belong to each lesion of a visit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.findings import ComparedVisit
from mri_bme.volume import FloatArray, VolumeGeometry


@dataclass(frozen=True, kw_only=True, eq=False)
class LesionVoxels:
    """Edematous voxels in common marrow, one entry per voxel.

    `owner` holds the label of the voxel's lesion, `owners` the same on the whole grid.
    """

    geometry: VolumeGeometry
    owners: NDArray[np.int32]
    indices: NDArray[np.intp]
    owner: NDArray[np.int32]
    volume_ml: FloatArray
    bone: NDArray[np.uint8]

    @property
    def points_lps_mm(self) -> FloatArray:
        """Centres of the voxels."""
        return self.geometry.points_lps(self.indices)

    def volumes_ml(self) -> dict[int, float]:
        """Volume of each lesion that has any in common marrow."""
        totals = np.bincount(self.owner, weights=self.volume_ml)
        return {int(label): float(totals[label]) for label in np.flatnonzero(totals)}

    def bones(self) -> dict[int, int]:
        """Name, as one number for side and bone, the bone that holds most of each lesion."""
        totals = np.zeros((int(self.owner.max(initial=0)) + 1, 5))
        np.add.at(totals, (self.owner, self.bone), self.volume_ml)
        return {label: int(totals[label].argmax()) for label in self.volumes_ml()}


def lesion_voxels(visit: ComparedVisit) -> LesionVoxels:
    """Give every edematous voxel of common marrow to a lesion.

    Partial volume is credited around a lesion as well as in it; what lies outside the mask
    goes to the nearest lesion, so that lesions add up to the total volume.
    """
    assert visit.segmentation is not None  # noqa: S101  (checked by compare_visits)
    assert visit.rois is not None  # noqa: S101
    found, quadrants = visit.segmentation, visit.rois.quadrants
    counted = (found.edema_fraction > 0) & (quadrants > 0)
    if visit.common is not None:
        counted &= visit.common.voxels
    owners = _nearest_labels(found.lesion_labels, counted, found.mask.geometry.spacing_mm)
    counted &= owners > 0
    shares = found.edema_fraction[counted].astype(np.float64)
    return LesionVoxels(
        geometry=found.mask.geometry,
        owners=np.where(counted, owners, 0).astype(np.int32),
        indices=np.argwhere(counted),
        owner=owners[counted],
        volume_ml=shares * found.mask.geometry.voxel_volume_ml,
        bone=(quadrants[counted] + 1) // 2,  # two quadrants, upper and lower, per bone
    )


def _nearest_labels(
    labels: NDArray[np.int32], counted: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> NDArray[np.int32]:
    if not labels.any() or not np.any(counted & (labels == 0)):
        return labels
    box = ndimage.find_objects((counted | (labels > 0)).astype(np.uint8))[0]
    nearest = ndimage.distance_transform_edt(
        labels[box] == 0, sampling=spacing_mm, return_distances=False, return_indices=True
    )
    filled = labels.copy()
    filled[box] = labels[box][tuple(nearest)]
    return filled
