"""Automatic ROIs against manual marrow: overlap, joint surface, reference marrow, time."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from scipy import ndimage

from lab.benchmark.reread_joints import REREAD_LINES
from lab.labelled_scans import (
    JointReading,
    labelled_folders,
    moved_in_plane,
    read_labelled_scan,
    rows_and_columns,
)
from mri_bme.intake.nifti import read_nifti_mask
from mri_bme.place_rois.automatic import automatic_bones
from mri_bme.place_rois.axes import PelvisAxes, pelvis_axes
from mri_bme.place_rois.joint import ILIUM_OF, find_joint
from mri_bme.place_rois.place import rois_from_bones
from mri_bme.place_rois.sources import FoundBones
from mri_bme.sacroiliac import BoneLabel, SacroiliacRois, Side
from mri_bme.segment_edema.segmentation import gather_evidence
from mri_bme.segment_edema.thresholds import marrow_threshold
from mri_bme.settings import RoiSettings, SegmentSettings
from mri_bme.volume import Mask, Volume

Bones = NDArray[np.uint8]
Bools = NDArray[np.bool_]

COLUMNS = (
    "scan,contrast,confidence,region,sacrum,left_ilium,right_ilium,l5,"
    "joint_within_3mm_percent,found_joint_within_3mm_percent,reread_within_3mm_percent,"
    "reference_percent,threshold_percent,cpu_s"
)
CLOSE_MM = 3.0
APART_MM = 1e3  # slices this far apart do not see each other


def rois(
    data: Annotated[Path, typer.Argument(help="Folder with sij_nifti and sij_t1w_extra.")],
    weights: Annotated[
        Path | None,
        typer.Option(help="Another ONNX file; the one shipped was trained on these scans."),
    ] = None,
    held_out: Annotated[
        Path | None,
        typer.Option(
            help="Folder with weights SUBJECT/bones.onnx that have never seen that subject; "
            "subjects without them are left out, and means over the others follow."
        ),
    ] = None,
) -> None:
    """Compare automatic bones (Dice), joint and reference marrow with what was drawn.

    Regions and joints were drawn on T1W; what is found on STIR is moved by the shift between
    both series that was measured (`STIR_SHIFT_MM`) before it is compared.
    The joint of two subjects is compared with a second reading by eye as well; the row
    `drawn` says how near the drawn one is to that.
    """
    typer.echo(COLUMNS)
    measured: dict[str, list[list[str]]] = defaultdict(list)
    for folder in labelled_folders(data):
        own = weights
        if held_out is not None:
            own = held_out / folder.name / "bones.onnx"
            if not own.is_file():
                continue
        for contrast, numbers in _rows(folder, own):
            typer.echo(",".join([folder.name, contrast, *numbers]))
            measured[contrast].append(numbers)
    if held_out is not None:
        for contrast, rows in measured.items():
            typer.echo(",".join(["mean", contrast, *column_means(rows)]))


def column_means(rows: Sequence[Sequence[str]]) -> list[str]:
    """Average columns of numbers, with as many decimals as they have; what is blank is left out."""
    means = []
    for column in zip(*rows, strict=True):
        known = [number for number in column if number]
        n_decimals = len(known[0].partition(".")[2]) if known else 0
        means.append(f"{np.mean([float(n) for n in known]):.{n_decimals}f}" if known else "")
    return means


def _rows(folder: Path, weights: Path | None) -> Iterator[tuple[str, list[str]]]:
    """Measure each contrast of a subject: its name and the columns after that."""
    scan = read_labelled_scan(folder)
    contrasts: dict[str, tuple[Volume, Volume | None]] = {"t1w": (scan.t1, None)}
    if scan.stir is not None:
        contrasts |= {"stir": (scan.stir, None), "stir and t1w": (scan.stir, scan.t1)}
    settings = RoiSettings(min_confidence=0)
    yield "drawn", [*[""] * 8, _reread(scan.name, scan.bones, scan.t1, settings), "", "", ""]
    for name, (volume, extra) in contrasts.items():
        began = time.process_time()
        found, confidence, _ = automatic_bones(volume, extra, settings, weights=weights)
        seconds = time.process_time() - began
        offsets = ["", ""]
        if name != "t1w":
            offsets = _reference_offsets(folder, found, volume, settings)
            found = moved_in_plane(found, volume, scan.stir_shift_mm)  # to where it was drawn
        scores = [dice(found > 0, scan.bones > 0)]
        scores += [dice(found == bone, scan.bones == bone) for bone in list(BoneLabel)[1:]]
        covered, right = joint_within(found, scan.bones, volume, settings)
        joint = [f"{covered:.1f}", f"{right:.1f}", _reread(scan.name, found, volume, settings)]
        numbers = [f"{score:.3f}" for score in scores]
        yield name, [f"{confidence:.2f}", *numbers, *joint, *offsets, f"{seconds:.1f}"]


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Overlap of two masks."""
    total = np.count_nonzero(a) + np.count_nonzero(b)
    return 2 * np.count_nonzero(a & b) / total if total else 1.0


def _reread(name: str, bones: Bones, volume: Volume, settings: RoiSettings) -> str:
    lines = REREAD_LINES.get(name)
    return f"{within_lines(bones, volume, lines, settings):.1f}" if lines else ""


def joint_within(
    found: Bones, drawn: Bones, volume: Volume, settings: RoiSettings
) -> tuple[float, float]:
    """Percentages of the drawn joints' iliac faces within `CLOSE_MM` of the automatic, and back.

    Faces and distances are taken within slices, as they are drawn and seen: across slices
    a whole end of the ilium faces the sacrum of the next slice.
    """
    close, total = np.zeros(2), np.zeros(2)
    for side in Side:
        faces = [_iliac_face(bones, side, volume, settings) for bones in (found, drawn)]
        for i, (face, other) in enumerate((faces[::-1], faces)):
            close[i] += np.count_nonzero(_near(face, other, volume))
            total[i] += np.count_nonzero(face)
    covered, right = 100 * close / total
    return float(covered), float(right)


def within_lines(bones: Bones, volume: Volume, lines: JointReading, settings: RoiSettings) -> float:
    """Percentage of the joints' iliac faces within `CLOSE_MM` of lines read by eye."""
    n_close, n_all = 0, 0
    for side in Side:
        face = _iliac_face(bones, side, volume, settings)
        line = np.zeros_like(face)
        for index, points in lines[ILIUM_OF[side]].items():
            rows, columns = rows_and_columns(points)
            line[index, rows, np.rint(columns).astype(int)] = True
        n_close += int(np.count_nonzero(_near(face, line, volume)))
        n_all += int(np.count_nonzero(face))
    return 100 * n_close / n_all


def _iliac_face(bones: Bones, side: Side, volume: Volume, settings: RoiSettings) -> Bools:
    """Iliac face (depth, height, across) of the joint as it is seen slice by slice."""
    axes = _slices_apart(volume)
    view = np.ascontiguousarray(axes.view(bones))
    return find_joint(view, side, axes, max_gap_mm=settings.max_joint_gap_mm).iliac_face


def _near(face: Bools, other: Bools, volume: Volume) -> Bools:
    """Say for every voxel of a face whether another one is near in its slice."""
    away = ndimage.distance_transform_edt(~other, sampling=_slices_apart(volume).spacing_mm)
    return np.asarray(away[face] <= CLOSE_MM)


def _slices_apart(volume: Volume) -> PelvisAxes:
    axes = pelvis_axes(volume.geometry)
    return replace(axes, spacing_mm=(APART_MM, *axes.spacing_mm[1:]))


def _reference_offsets(
    folder: Path, bones: Bones, volume: Volume, settings: RoiSettings
) -> list[str]:
    """Automatic over manual reference marrow in percent: its median, and the threshold from it.

    The threshold is compared in acquired units where edema is searched, because reference
    marrow from a brighter part of the coil's field has a higher median but the same cut-off.
    """
    path = folder / "normal_marrow_manual.nii.gz"
    manual = read_nifti_mask(path, volume.geometry, what="reference marrow")
    found = FoundBones(labels=bones, source="automatic")
    ours, theirs = (
        rois_from_bones(found, volume, reference=mask, settings=settings) for mask in (None, manual)
    )
    if ours.reference is None:
        return ["nan", "nan"]
    medians = [_median_in(volume, rois.reference) for rois in (ours, theirs)]
    cutoffs = [_acquired_cutoff(volume, rois) for rois in (ours, theirs)]
    return [f"{100 * (one / other - 1):.1f}" for one, other in (medians, cutoffs)]


def _median_in(volume: Volume, reference: Mask | None) -> float:
    return float("nan") if reference is None else float(np.median(volume.voxels[reference.voxels]))


def _acquired_cutoff(volume: Volume, rois: SacroiliacRois) -> float:
    """Cut-off above which marrow is edematous, at the median place of the search."""
    settings = SegmentSettings()
    evidence, statistics = gather_evidence(volume, rois, None, settings)
    searched = evidence.smooth[evidence.searched]
    threshold = marrow_threshold(statistics, searched * statistics.median, settings=settings)
    acquired = volume.voxels[evidence.crop][evidence.searched]
    unit = np.median(acquired / np.maximum(evidence.relative[evidence.searched], 1e-3))
    return threshold.value * float(unit)
