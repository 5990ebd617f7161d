"""Read the labelled public scans: both contrasts, and the bones behind the drawn region.

Readers drew the marrow of sacrum, ilia and lumbar vertebrae as one region. It is taken
apart by `place_rois.split`, and lumbar is then parted from sacral marrow at heights read
by eye on every slice of the T1W, because the ways of marrow through facet joints are thin
and misled the split in six of seven subjects. Where the split wandered between the cortices
of a joint that is fused, or filled with fat and ligament, the joint was drawn by eye as well.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.intake.nifti import read_nifti, read_nifti_labels
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.place_rois.slivers import without_slivers
from mri_bme.place_rois.split import split_bones
from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import Volume

JointReading = dict[BoneLabel, dict[int, list[tuple[int, int]]]]
"""By ilium and slice (from the front), row and column of points along the joint."""

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
JOINT_LINES: dict[str, JointReading] = {
    "sub-1001": {
        BoneLabel.LEFT_ILIUM: {
            7: [(96, 254), (150, 254), (162, 258)],
            8: [(92, 257), (140, 255), (172, 258)],
            9: [(90, 257), (140, 256), (168, 258)],
            10: [(88, 257), (140, 254), (165, 256)],
            11: [(88, 256), (140, 255), (172, 256)],
            12: [(82, 258), (100, 254), (112, 249), (122, 246), (135, 248), (145, 252),
                (168, 255), (176, 257)],
            13: [(74, 258), (90, 258), (105, 253), (110, 250), (120, 242), (130, 242), (140, 247),
                (150, 251), (170, 254), (182, 258)],
            14: [(70, 261), (85, 256), (95, 254), (105, 254), (113, 250), (119, 242), (125, 238),
                (140, 240), (150, 246), (160, 251), (178, 254)],
            15: [(70, 256), (88, 254), (98, 257), (107, 254), (114, 246), (120, 237)],
            16: [(85, 258), (95, 257), (105, 254), (115, 246), (125, 238), (135, 237),
                (150, 238)],
        },
        BoneLabel.RIGHT_ILIUM: {
            7: [(112, 84), (130, 90), (150, 97), (168, 103)],
            8: [(108, 82), (120, 86), (135, 90), (150, 94), (165, 100)],
            11: [(95, 79), (110, 83), (130, 88), (150, 91), (165, 93), (190, 94)],
            12: [(92, 76), (105, 80), (120, 85), (135, 89), (150, 89), (165, 88), (184, 86)],
            13: [(88, 75), (105, 81), (120, 88), (130, 92), (145, 92), (155, 88), (180, 86),
                (190, 86)],
        },
    },
    "sub-1007": {
        BoneLabel.LEFT_ILIUM: {
            12: [(115, 270), (125, 266), (132, 262), (138, 254), (145, 247), (155, 245),
                (170, 247)],
            13: [(120, 269), (128, 265), (135, 258), (141, 250), (150, 245), (165, 244)],
        },
        BoneLabel.RIGHT_ILIUM: {
            7: [(150, 71), (170, 72), (183, 74), (190, 79), (196, 84), (210, 83)],
            8: [(150, 72), (188, 71), (194, 76), (200, 80), (214, 82)],
            9: [(140, 70), (150, 77), (158, 75), (165, 73), (190, 73), (197, 79), (210, 83)],
            10: [(130, 62), (140, 72), (150, 78), (160, 76), (188, 76), (200, 79)],
            11: [(115, 59), (125, 65), (135, 73), (145, 80), (155, 82)],
            13: [(110, 58), (120, 65), (130, 74), (140, 81), (150, 85)],
        },
    },
    "sub-1013": {
        BoneLabel.LEFT_ILIUM: {
            12: [(165, 276), (180, 276), (190, 271), (200, 266), (210, 261), (220, 256),
                (230, 252), (240, 248)],
            13: [(170, 275), (182, 273), (190, 266), (198, 259), (206, 252), (214, 247),
                (224, 245)],
        },
        BoneLabel.RIGHT_ILIUM: {
            11: [(165, 63), (175, 66), (185, 72), (192, 80), (200, 87), (210, 89), (240, 91)],
        },
    },
    "sub-1234": {
        BoneLabel.LEFT_ILIUM: {
            6: [(146, 282), (155, 278), (165, 273), (175, 270), (185, 268), (198, 266)],
            7: [(145, 282), (155, 277), (165, 271), (175, 267), (185, 264), (200, 265)],
            14: [(140, 262), (148, 258), (158, 254), (168, 255), (180, 258)],
        },
    },
    "sub-2015": {
        BoneLabel.LEFT_ILIUM: {
            7: [(165, 267), (175, 265), (185, 262), (195, 260), (205, 259), (215, 258),
                (225, 255), (236, 253)],
            13: [(215, 252), (222, 252), (235, 249), (258, 247)],
            14: [(160, 277), (170, 270), (180, 265), (190, 259), (200, 253), (210, 251),
                (220, 250), (230, 252), (240, 251), (258, 247)],
            15: [(155, 277), (165, 272), (175, 265), (185, 257), (195, 249), (205, 247),
                (215, 249), (225, 249), (235, 247), (258, 247)],
            16: [(150, 274), (160, 273), (170, 267), (180, 259), (190, 250), (198, 245),
                (210, 244), (220, 246), (230, 247), (245, 247)],
            17: [(150, 272), (160, 270), (170, 264), (180, 256), (190, 247), (197, 242),
                (210, 241), (220, 243), (230, 246), (240, 248), (256, 249)],
            18: [(150, 272), (160, 270), (170, 263), (180, 254), (190, 246), (200, 239),
                (210, 236), (225, 236), (235, 239), (252, 244)],
        },
        BoneLabel.RIGHT_ILIUM: {
            14: [(160, 63), (170, 67), (180, 74), (190, 82), (197, 88), (205, 93), (215, 93),
                (222, 91), (230, 88), (240, 87), (258, 88)],
            15: [(160, 63), (170, 67), (180, 75), (187, 82), (193, 90), (200, 93), (210, 97),
                (220, 97), (230, 95), (240, 92), (258, 94)],
        },
    },
    "sub-2016": {
        BoneLabel.LEFT_ILIUM: {
            4: [(167, 262), (180, 258), (195, 253), (215, 248), (228, 246)],
            5: [(163, 262), (175, 258), (190, 252), (205, 249), (220, 250)],
            6: [(162, 266), (180, 258), (200, 256), (220, 257), (248, 258)],
            7: [(160, 270), (175, 264), (190, 258), (230, 258), (248, 258)],
            8: [(160, 270), (175, 262), (190, 256), (205, 254), (225, 255), (258, 255)],
            9: [(158, 272), (170, 264), (185, 256), (200, 256), (215, 258), (245, 260)],
            10: [(152, 275), (163, 266), (175, 258), (190, 256), (210, 254), (230, 254),
                (246, 260)],
            11: [(150, 277), (160, 274), (168, 268), (176, 261), (186, 254), (200, 254),
                (215, 253), (230, 250), (245, 247), (260, 246)],
            12: [(150, 277), (158, 274), (165, 267), (172, 258), (180, 250), (195, 247),
                (212, 246), (225, 248), (250, 247)],
            13: [(145, 279), (155, 274), (165, 264), (173, 254), (182, 247), (192, 243),
                (210, 242), (225, 243), (245, 246)],
            14: [(140, 280), (150, 276), (158, 270), (165, 262), (172, 254), (180, 246),
                (188, 242), (205, 241)],
        },
        BoneLabel.RIGHT_ILIUM: {
            9: [(155, 73), (175, 81), (195, 90), (215, 93), (250, 92)],
            10: [(152, 72), (165, 78), (180, 84), (200, 88), (220, 90), (245, 91)],
            11: [(158, 76), (170, 78), (185, 78), (200, 80), (220, 84), (240, 86)],
            12: [(150, 69), (160, 74), (170, 79), (180, 82), (195, 83), (210, 84), (225, 87),
                (245, 89)],
            13: [(150, 68), (160, 75), (170, 83), (180, 90), (190, 94), (205, 94), (215, 92),
                (225, 91), (245, 93)],
            14: [(165, 78), (175, 87), (185, 94), (195, 97), (210, 96), (220, 93), (238, 94)],
        },
    },
}  # fmt: skip
"""Row and column of points along the joint, read by eye on T1W in the slices where the split
wandered between the cortices: the middle of the dark band where bones touch, the iliac cortex
where fat parts them. Marrow between the first and last row of a line is divided by it.
"""
STIR_SHIFT_MM = {
    "sub-1007": (0.26, -0.10),
    "sub-1012": (0.62, 0.11),
    "sub-1013": (0.09, 0.04),
    "sub-1234": (-0.32, -0.86),
    "sub-2015": (0.30, -0.10),
}
"""From where tissue lies on STIR to where it lies on T1W, on which the region was drawn, along
rows (towards the feet) and columns (towards the patient's left): patients move between series,
and chemical shift moves fat. Measured by ``python -m lab.training.contrast_shift DATA``;
front and back halves of a subject agree to 0.2 mm.
"""
CENTRAL_MM = 50.0  # half the width of L5 with its transverse processes
ALAR_BEYOND_MM = 28.0  # half the width of a vertebral body


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledScan:
    """One subject: T1W, perhaps STIR on the same grid, and bones (`BoneLabel`) as on the T1W."""

    name: str
    t1: Volume
    stir: Volume | None
    bones: NDArray[np.uint8]

    @property
    def stir_shift_mm(self) -> tuple[float, float]:
        """As in `STIR_SHIFT_MM`."""
        return STIR_SHIFT_MM.get(self.name, (0.0, 0.0))


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
            joint_lines=JOINT_LINES.get(folder.name, {}),
        ),
    )


def moved_in_plane(
    bones: NDArray[np.uint8], volume: Volume, shift_mm: tuple[float, float]
) -> NDArray[np.uint8]:
    """Move bones by parts of a pixel along rows (to the feet) and columns (to the left)."""
    axes = pelvis_axes(volume.geometry)
    view = axes.view(bones)
    shift = (0, *np.divide(shift_mm, axes.spacing_mm[1:]))
    shares = [
        ndimage.shift((view == bone).astype(np.float32), shift, order=1, mode="nearest")
        for bone in BoneLabel
    ]
    return np.ascontiguousarray(axes.restore(np.argmax(shares, axis=0).astype(np.uint8)))


def correct_bones(
    bones: NDArray[np.uint8],
    volume: Volume,
    *,
    rows: dict[int, int] | None,
    first_alar: int,
    joint_lines: JointReading,
) -> NDArray[np.uint8]:
    """Part lumbar from sacral marrow and sacrum from ilia where that was read by eye.

    Above the row of each slice, central marrow is lumbar, and marrow further out sacral or
    iliac as the joint in that row has it; below the row it is sacral. In front of the slice
    `first_alar`, marrow beside the ilia is iliac. Marrow beside a joint line belongs to the
    bone on its side of the line.
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
        beside = np.where(_is_medial(view, border, across_mm), BoneLabel.SACRUM, ilium)
        above = np.where(np.abs(across_mm) < CENTRAL_MM, BoneLabel.L5, beside)[:, None]
        parted = np.where(is_above, above, BoneLabel.SACRUM)
        is_axial = (view == BoneLabel.SACRUM) | (view == BoneLabel.L5)
        view = np.where(is_axial, parted, view)
    for bone, lines in joint_lines.items():
        for index, line in lines.items():
            _part_at_joint(view[index], bone, line)
    return np.ascontiguousarray(axes.restore(without_slivers(view.astype(np.uint8), axes)))


def _is_medial(
    labels: NDArray[np.integer], row: NDArray[np.float64], across_mm: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Say for each (depth, across) whether it is nearer to the midline than ilium in a row."""
    index = np.clip(np.ceil(row).astype(int), 0, labels.shape[1] - 1)
    beside = labels[np.arange(len(labels)), index]
    is_ilium = (beside == BoneLabel.LEFT_ILIUM) | (beside == BoneLabel.RIGHT_ILIUM)
    medial: NDArray[np.bool_] = np.zeros(beside.shape, dtype=bool)
    for half in (across_mm > 0, across_mm <= 0):
        outward = np.argsort(np.abs(across_mm[half]))
        reached = np.logical_or.accumulate(is_ilium[:, half][:, outward], axis=1)
        part = np.zeros_like(reached)
        part[:, outward] = ~reached & reached[:, -1:]
        medial[:, half] = part
    return medial


def _part_at_joint(
    labels: NDArray[np.integer], ilium: BoneLabel, line: list[tuple[int, int]]
) -> None:
    """Divide the marrow of sacrum and `ilium` of a slice along a line, in place."""
    rows, border = rows_and_columns(line)
    beyond = np.arange(labels.shape[1]) - border[:, None]
    outward = beyond > 0 if ilium is BoneLabel.LEFT_ILIUM else beyond < 0
    beside = labels[rows]
    marrow = (beside == ilium) | (beside == BoneLabel.SACRUM)
    labels[rows] = np.where(marrow, np.where(outward, ilium, BoneLabel.SACRUM), beside)


def rows_and_columns(
    line: list[tuple[int, int]],
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows that a line of a `JointReading` spans, and where it crosses each."""
    given_rows, given_columns = np.array(line).T
    rows = np.arange(given_rows[0], given_rows[-1] + 1)
    return rows, np.interp(rows, given_rows, given_columns)
