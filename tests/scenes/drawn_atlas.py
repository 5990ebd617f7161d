"""People drawn by formula, of any size and height on the table, as scans of an atlas."""

from pathlib import Path
from typing import Any

import numpy as np
from box_pelvis import SHAPE, semicoronal_geometry
from numpy.typing import NDArray

from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.sacroiliac import AnnotatedScan, BoneLabel
from mri_bme.volume import Volume, VolumeGeometry

GEOMETRY = semicoronal_geometry()
STORED = dicom_storage_geometry(GEOMETRY)
MEASURED = (BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM)
SMALL, LARGE = (0.93, -4.0), (1.15, 10.0)  # size, and height on the table in mm


def person(size: float, shift_mm: float, *, gain: float = 1.0, seed: int = 0) -> AnnotatedScan:
    """A pelvis that narrows downward, dark at its joints, between muscles."""
    depth, row, column = np.indices(SHAPE, dtype=np.float64)
    height = (40 - row - shift_mm) / size  # up from the middle
    x = (column - 99.5) / size
    back = (depth - 4.5) * 4 / size
    joint = 45 + 0.35 * height - 0.25 * back
    bones = np.zeros(SHAPE, dtype=np.uint8)
    bones[np.abs(x) < joint - 1.5] = BoneLabel.SACRUM
    far = joint + 28 + 0.3 * height
    bones[(x > joint + 1.5) & (x < far)] = BoneLabel.LEFT_ILIUM
    bones[(-x > joint + 1.5) & (-x < far)] = BoneLabel.RIGHT_ILIUM
    bones[np.abs(height) > 28] = 0
    voxels = np.where(bones > 0, 100.0, 45.0)
    voxels[(np.abs(np.abs(x) - joint) < 1.6) & (np.abs(height) < 28)] = 15
    voxels[(np.abs(x) < 12) & (np.abs(height) < 8)] = 160  # a canal
    voxels += np.random.default_rng(seed).normal(0, 6, SHAPE)
    volume = Volume(geometry=GEOMETRY, voxels=voxels * gain)
    return AnnotatedScan(name=f"p{seed}", volume=volume, bones=bones)


def write(path: Path, voxels: NDArray[Any]) -> None:
    write_nifti(path, voxels, GEOMETRY, stored=STORED)


def bad_atlas(folder: Path, fault: str) -> Path:
    scan = person(*SMALL)
    bones = {
        "one side": np.where(scan.bones == BoneLabel.LEFT_ILIUM, 0, scan.bones),
        "empty map": np.zeros(SHAPE, np.uint8),
    }.get(fault, scan.bones)
    if fault == "empty folder":
        folder.mkdir()
    if fault not in ("empty folder", "no folder", "no volume"):
        write(folder / "A" / "volume.nii.gz", scan.volume.voxels)
    if fault == "twice":
        write(folder / "A" / "stir.nii.gz", scan.volume.voxels)
    if fault == "other grid":
        moved = np.array(GEOMETRY.lps_from_index)
        moved[:3, 3] += 30
        other = VolumeGeometry(shape=SHAPE, lps_from_index=moved)
        stored = dicom_storage_geometry(other)
        write_nifti(folder / "A" / "bones.nii.gz", bones, other, stored=stored)
    elif fault not in ("empty folder", "no folder", "no bones"):
        write(folder / "A" / "bones.nii.gz", bones)
    return folder
