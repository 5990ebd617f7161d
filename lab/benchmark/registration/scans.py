"""STIR scans with the bone and the edema that readers drew."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mri_bme.intake.nifti import read_nifti, read_nifti_mask
from mri_bme.volume import Mask, Volume


@dataclass(frozen=True, kw_only=True, eq=False)
class Scan:
    """One subject; `lesions` is every voxel that a reader called edema."""

    name: str
    volume: Volume
    bone: Mask
    lesions: NDArray[np.bool_]


def read_scans(folder: Path) -> Iterator[Scan]:
    """Read the scans of a data folder, in the order of their names."""
    for path in sorted((folder / "sij_nifti").glob("sub-*")):
        volume = read_nifti(path / "stir.nii.gz")
        lesions = np.zeros(volume.geometry.shape, dtype=bool)
        for drawn in sorted(path.glob("edema_*.nii.gz")):
            lesions |= read_nifti_mask(drawn, volume.geometry, what="edema").voxels
        bone = path / "bone_region_manual.nii.gz"
        yield Scan(
            name=path.name,
            volume=volume,
            bone=read_nifti_mask(bone, volume.geometry, what="bone"),
            lesions=lesions,
        )
