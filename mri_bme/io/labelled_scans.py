"""Read the labelled public scans: both contrasts, and the bones behind the drawn region.

Readers drew the marrow of sacrum, ilia and lumbar vertebrae as one region. It is taken
apart by `place_rois.split`, and lumbar is then parted from sacral marrow at heights read
by eye on every slice of the T1W, because the ways of marrow through facet joints are thin
and misled the split in six of seven subjects.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mri_bme.io.nifti import read_nifti, read_nifti_labels
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.place_rois.split import split_bones
from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import Volume

LUMBOSACRAL_ROWS: dict[str, dict[int, int]] = {
    "sub-1001": {
        8: 82, 10: 80, 11: 81, 12: 81, 13: 79, 14: 82, 15: 84, 16: 80, 17: 79, 18: 78, 19: 75,
        20: 90,
    },
    "sub-1007": {9: 84, 10: 87, 11: 83, 12: 81, 13: 82, 14: 90, 15: 90, 16: 110},
    "sub-1012": {4: 138, 5: 137, 6: 135, 8: 135, 9: 133, 10: 130, 11: 127, 12: 127, 13: 130,
                 14: 129, 15: 125},
    "sub-1013": {8: 145, 9: 147, 11: 148, 12: 150, 14: 149, 15: 148, 16: 150, 17: 148, 18: 148,
                 19: 155},
    "sub-2015": {10: 150, 11: 147, 12: 148, 13: 143, 14: 136, 15: 138, 16: 139, 17: 140, 18: 139},
    "sub-2016": {6: 127, 7: 133, 9: 133, 10: 135, 11: 136, 12: 134, 13: 132, 14: 131, 15: 138,
                 16: 148, 17: 146, 18: 143, 19: 150},
}  # fmt: skip
"""Slice (from the front) and row (from the head) below the lowest lumbar marrow, read by
eye on T1W; between the slices given the row is interpolated, beyond them it stays.
"""


FIRST_ALAR_SLICE = {
    "sub-1001": 5,
    "sub-1007": 2,
    "sub-1012": 3,
    "sub-1013": 2,
    "sub-1234": 4,
    "sub-2015": 4,
    "sub-2016": 4,
}
"""Foremost slice with sacral marrow beside an ilium, read by eye on T1W; before it the
split found slivers of sacrum in sclerotic ilium.
"""
CENTRAL_MM = 50.0  # half the width of L5 with its transverse processes
ALAR_BEYOND_MM = 28.0  # half the width of a vertebral body


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledScan:
    """One subject: T1W, perhaps STIR on the same grid, and bones (`BoneLabel`) on it."""

    name: str
    t1: Volume
    stir: Volume | None
    bones: NDArray[np.uint8]


def labelled_folders(data: Path) -> list[Path]:
    """List the folders of labelled subjects in `data`, both contrasts first."""
    groups = ("sij_nifti", "sij_t1w_extra")
    return [t1.parent for g in groups for t1 in sorted((data / g).glob("sub-*/t1w.nii.gz"))]


def read_labelled_scan(folder: Path) -> LabelledScan:
    """Read ``t1w.nii.gz``, ``stir.nii.gz`` (if there) and ``bone_region_manual.nii.gz``."""
    t1 = read_nifti(folder / "t1w.nii.gz")
    region = read_nifti_labels(folder / "bone_region_manual.nii.gz", t1.geometry, what="marrow")
    bones = split_bones(region > 0, t1)
    has_stir = (folder / "stir.nii.gz").is_file()
    return LabelledScan(
        name=folder.name,
        t1=t1,
        stir=read_nifti(folder / "stir.nii.gz") if has_stir else None,
        bones=correct_bones(
            bones,
            t1,
            rows=LUMBOSACRAL_ROWS.get(folder.name),
            first_alar=FIRST_ALAR_SLICE.get(folder.name, 0),
        ),
    )


def correct_bones(
    bones: NDArray[np.uint8], volume: Volume, *, rows: dict[int, int] | None, first_alar: int
) -> NDArray[np.uint8]:
    """Part lumbar from sacral marrow at the row of each slice, and drop slivers in front.

    Above the row, central marrow is lumbar and marrow further out iliac; below it, it is
    sacral. In front of the slice `first_alar`, marrow beside the ilia is iliac.
    """
    axes = pelvis_axes(volume.geometry)
    view = axes.view(np.array(bones))
    columns = np.nonzero((view > 0).any(axis=(0, 1)))[0]
    across_mm = (np.arange(view.shape[2]) - columns[[0, -1]].mean()) * axes.spacing_mm[2]
    ilium = np.where(across_mm > 0, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM)
    depth = np.arange(view.shape[0])
    sliver = (depth[:, None, None] < first_alar) & (np.abs(across_mm) > ALAR_BEYOND_MM)
    view = np.where(sliver & (view == BoneLabel.SACRUM), ilium, view)
    if rows is not None:
        border = np.interp(depth, list(rows), list(rows.values()))
        is_above = (np.arange(view.shape[1])[None, :] < border[:, None])[..., None]
        lumbar = np.where(np.abs(across_mm) < CENTRAL_MM, BoneLabel.L5, ilium)
        parted = np.where(is_above, lumbar, BoneLabel.SACRUM)
        is_axial = (view == BoneLabel.SACRUM) | (view == BoneLabel.L5)
        view = np.where(is_axial, parted, view)
    return np.ascontiguousarray(axes.restore(view.astype(np.uint8)))
