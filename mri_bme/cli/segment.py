"""``mri-bme segment``: the edema of one volume."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from mri_bme.compare_visits import lesion_voxels
from mri_bme.errors import OutputRefused
from mri_bme.export.nifti import write_nifti
from mri_bme.files import write_text
from mri_bme.findings import ComparedVisit, EdemaSegmentation, Lesion
from mri_bme.intake.nifti import NIFTI_SUFFIXES, read_nifti_labels, read_nifti_mask
from mri_bme.intake.source import read_volume, storage_geometry
from mri_bme.sacroiliac import QUADRANTS, SacroiliacRois, rois_from_labels
from mri_bme.segment_edema import segment_edema
from mri_bme.settings import Settings

DIGITS = 6


def segment(
    volume: Annotated[Path, typer.Argument(help="Fluid-sensitive volume.")],
    rois: Annotated[Path, typer.Option("--rois", help="Quadrant label map, 0 to 8.")],
    out: Annotated[Path, typer.Option("--out", help="Where the mask goes, .nii or .nii.gz.")],
    reference: Annotated[
        Path | None, typer.Option("--reference", help="Mask of normal marrow.")
    ] = None,
    t1: Annotated[Path | None, typer.Option("--t1", help="T1W volume of the same visit.")] = None,
) -> None:
    """Find the edema inside ROIs; write its mask, and what it means as JSON beside it."""
    sidecar = sidecar_path(out)
    scan = read_volume(volume)
    labels = read_nifti_labels(rois, scan.geometry, what="the ROI map")
    normal = (
        None if reference is None else read_nifti_mask(reference, scan.geometry, what="reference")
    )
    placed = rois_from_labels(scan.geometry, labels, reference=normal)
    found = segment_edema(
        scan,
        placed,
        t1=None if t1 is None else read_volume(t1),
        settings=Settings().segment,
    )
    stored = storage_geometry(volume)
    write_nifti(out, found.mask.voxels, scan.geometry, stored=stored)
    write_text(sidecar, json.dumps(summary(found, placed), indent=2, allow_nan=False) + "\n")


def sidecar_path(mask: Path) -> Path:
    """``EDEMA.json`` for ``EDEMA.nii.gz``."""
    for suffix in sorted(NIFTI_SUFFIXES, key=len, reverse=True):
        if mask.name.endswith(suffix):
            return mask.with_name(mask.name.removesuffix(suffix) + ".json")
    raise OutputRefused(f"the mask must end in .nii or .nii.gz, found {mask.name}")


def summary(found: EdemaSegmentation, rois: SacroiliacRois) -> dict[str, Any]:
    """Everything about a segmentation that is not voxels, ready for JSON.

    Volumes of lesions credit partial volume, as in ``lesions.csv``, and add up to
    ``edema_ml``; counted ones add up to ``edema_counted_ml``.
    """
    cut = found.threshold
    visit = ComparedVisit(label="", segmentation=found, rois=rois)
    credited = lesion_voxels(visit).volumes_ml()
    interval = found.interval_ml
    return {
        "edema_ml": _rounded(found.edema_ml),
        "edema_ci_low_ml": _rounded(interval.low),
        "edema_ci_high_ml": _rounded(interval.high),
        "edema_counted_ml": _rounded(found.counted_ml),
        "threshold": {
            "rule": cut.rule,
            "relative_intensity": _rounded(cut.value),
            "intensity": _rounded(cut.value * cut.reference_median),
        },
        "reference": {
            "median": _rounded(cut.reference_median),
            "robust_sd": _rounded(cut.reference_sd),
            "n_voxels": cut.n_reference_voxels,
        },
        "n_lesions": len(found.lesions),
        "lesions": [
            _row(lesion) | {"volume_ml": _rounded(credited.get(lesion.label, 0.0))}
            for lesion in found.lesions
        ],
        "n_dropped": dict(sorted(Counter(lost.rule for lost in found.dropped).items())),
        "dropped": [_row(lost) | {"rule": lost.rule} for lost in found.dropped],
        "flags": list(found.flags),
    }


def _row(lesion: Lesion) -> dict[str, Any]:
    quadrant = QUADRANTS[lesion.quadrant]
    return {
        "lesion": lesion.label,
        "quadrant": quadrant.name,
        "side": quadrant.side.value,
        "bone": quadrant.bone.value,
        "counted_ml": _rounded(lesion.volume_ml),
        "depth_mm": _rounded(lesion.depth_mm),
        "distance_to_joint_mm": _rounded(lesion.distance_to_joint_mm),
        "relative_intensity_mean": _rounded(lesion.relative_intensity_mean),
        "centroid_lps_mm": [_rounded(x) for x in lesion.centroid_lps_mm],
        "reason": lesion.reason,
        "features": _numbers(lesion.features),
    }


def _numbers(features: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _rounded(value) for name, value in features.items()}


def _rounded(value: float) -> float | None:
    return round(float(value), DIGITS) if math.isfinite(value) else None
