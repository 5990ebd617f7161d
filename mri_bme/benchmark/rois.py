"""Automatic ROIs against manual marrow: overlap, joint surface, reference marrow, time."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.io.nifti import read_nifti, read_nifti_labels, read_nifti_mask
from mri_bme.place_rois.automatic import automatic_bones
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.place_rois.joint import find_joint
from mri_bme.place_rois.place import FoundBones, rois_from_bones
from mri_bme.place_rois.split import split_bones
from mri_bme.sacroiliac import BoneLabel, Side
from mri_bme.settings import RoiSettings
from mri_bme.volume import Volume

Bones = NDArray[np.uint8]

COLUMNS = (
    "scan,contrast,confidence,region,sacrum,left_ilium,right_ilium,l5,"
    "joint_within_3mm_percent,reference_percent,cpu_s"
)
CLOSE_MM = 3.0


def rois(
    data: Annotated[Path, typer.Argument(help="Folder with sij_nifti and sij_t1w_extra.")],
    weights: Annotated[
        Path | None,
        typer.Option(help="Another ONNX file; the one shipped was trained on these scans."),
    ] = None,
) -> None:
    """Compare automatic bones (Dice), joint and reference marrow with what was drawn."""
    typer.echo(COLUMNS)
    for folder in sorted([*data.glob("sij_nifti/sub-*"), *data.glob("sij_t1w_extra/sub-*")]):
        for row in _rows(folder, weights):
            typer.echo(row)


def _rows(folder: Path, weights: Path | None) -> Iterator[str]:
    t1 = read_nifti(folder / "t1w.nii.gz")
    region = read_nifti_labels(folder / "bone_region_manual.nii.gz", t1.geometry, what="marrow")
    drawn = split_bones(region > 0, t1)
    contrasts: dict[str, tuple[Volume, Volume | None]] = {"t1w": (t1, None)}
    if (folder / "stir.nii.gz").is_file():
        stir = read_nifti(folder / "stir.nii.gz")
        contrasts |= {"stir": (stir, None), "stir and t1w": (stir, t1)}
    settings = RoiSettings(min_confidence=0)
    for name, (volume, extra) in contrasts.items():
        began = time.process_time()
        found, confidence, _ = automatic_bones(volume, extra, settings, weights=weights)
        seconds = time.process_time() - began
        scores = [dice(found > 0, drawn > 0)]
        scores += [dice(found == bone, drawn == bone) for bone in list(BoneLabel)[1:]]
        close = joint_within(found, drawn, volume, settings)
        offset = (
            "" if name == "t1w" else f"{_reference_offset(folder, found, volume, settings):.1f}"
        )
        numbers = ",".join(f"{score:.3f}" for score in scores)
        yield f"{folder.name},{name},{confidence:.2f},{numbers},{close:.1f},{offset},{seconds:.1f}"


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Overlap of two masks."""
    total = np.count_nonzero(a) + np.count_nonzero(b)
    return 2 * np.count_nonzero(a & b) / total if total else 1.0


def joint_within(found: Bones, drawn: Bones, volume: Volume, settings: RoiSettings) -> float:
    """Percentage of the drawn joints' faces within `CLOSE_MM` of the automatic ones."""
    axes = pelvis_axes(volume.geometry)
    views = [np.ascontiguousarray(axes.view(bones)) for bones in (found, drawn)]
    close = total = 0
    for side in Side:
        joints = [
            find_joint(view, side, axes, max_gap_mm=settings.max_joint_gap_mm) for view in views
        ]
        near = ndimage.distance_transform_edt(~joints[0].iliac_face, sampling=axes.spacing_mm)
        apart = near[joints[1].iliac_face]
        close += int(np.count_nonzero(apart <= CLOSE_MM))
        total += apart.size
    return 100 * close / total


def _reference_offset(folder: Path, bones: Bones, volume: Volume, settings: RoiSettings) -> float:
    """Median of automatic reference marrow above that of the manual one, in percent."""
    manual = read_nifti_mask(
        folder / "normal_marrow_manual.nii.gz", volume.geometry, what="reference marrow"
    )
    found = rois_from_bones(
        FoundBones(labels=bones, source="automatic"), volume, reference=None, settings=settings
    )
    if found.reference is None:
        return float("nan")
    ours, theirs = (float(np.median(volume.voxels[m.voxels])) for m in (found.reference, manual))
    return 100 * (ours / theirs - 1)
