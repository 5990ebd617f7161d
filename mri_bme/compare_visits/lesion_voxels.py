"""Which voxels, and how much volume, belong to each lesion of a visit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mri_bme.findings import ComparedVisit
from mri_bme.sparse import sparse_zeros
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
    """Collect the edematous voxels of common marrow and their lesions."""
    assert visit.segmentation is not None  # noqa: S101  (checked by compare_visits)
    assert visit.rois is not None  # noqa: S101
    found, quadrants = visit.segmentation, visit.rois.quadrants
    counted = (found.owners > 0) & (quadrants > 0)
    if visit.common is not None:
        counted &= visit.common.voxels
    owner = found.owners[counted]
    owners = sparse_zeros(counted.shape, np.int32)
    owners[counted] = owner
    shares = found.edema_fraction[counted].astype(np.float64)
    return LesionVoxels(
        geometry=found.mask.geometry,
        owners=owners,
        indices=np.argwhere(counted),
        owner=owner,
        volume_ml=shares * found.mask.geometry.voxel_volume_ml,
        bone=(quadrants[counted] + 1) // 2,  # two quadrants, upper and lower, per bone
    )
