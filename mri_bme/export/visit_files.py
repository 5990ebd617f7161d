"""The folder of one subject: a BIDS derivative whose masks lie on the input's own grid."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.export.bids import sidecar
from mri_bme.export.nifti import write_nifti
from mri_bme.export.transforms import write_transform
from mri_bme.files import write_json
from mri_bme.findings import EdemaBurden, EdemaSegmentation, Registration
from mri_bme.pipeline import VisitResult
from mri_bme.record.edema import edema_facts
from mri_bme.record.evidence import EVIDENCE, evidence_maps, narrow_labels
from mri_bme.record.lesions import write_candidates
from mri_bme.record.roi_facts import reference_facts, roi_facts
from mri_bme.record.schema import plain, software
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.study import Contrast
from mri_bme.volume import Volume, VolumeGeometry

ACQUISITIONS: Mapping[Contrast, str] = {
    Contrast.STIR: "STIR",
    Contrast.T2_FS: "T2FS",
    Contrast.DIXON_WATER: "DixonWater",
    Contrast.PD_FS: "PDFS",
}

Facts = Mapping[str, Any]
MakeArray = Callable[[], NDArray[Any]]
"""Gives an array when it is written: those of a large scan are not all held at once."""

SCANS = frozenset({"volume", "t1"})
"""What comes from the scanner; all else was made from it."""


def visit_stem(folder: str, session: str, contrast: Contrast | None) -> str:
    """Start of the names of a visit's files, as in ``sub-01_ses-week14_acq-STIR``."""
    acquisition = None if contrast is None else ACQUISITIONS.get(contrast)
    return f"{folder}_ses-{session}" + (f"_acq-{acquisition}" if acquisition else "")


def visit_files(session: str, stem: str) -> dict[str, str]:
    """Names of a visit's files below the subject's folder, by what they hold."""
    parts = {
        "volume": "T2w",
        "edema": "label-BME_desc-auto_mask",
        "lesions": "desc-lesions_dseg",
        "quadrants": "desc-quadrants_dseg",
        "reference": "desc-reference_mask",
        **{what: f"label-BME_desc-{what}_map" for what in EVIDENCE},
    }
    names = {what: f"ses-{session}/anat/{stem}_{part}.nii.gz" for what, part in parts.items()}
    names["t1"] = f"ses-{session}/anat/{stem.split('_acq-', maxsplit=1)[0]}_T1w.nii.gz"
    return names | {"candidates": f"ses-{session}/anat/{stem}_label-BME_desc-candidates.tsv"}


def write_visit(
    folder: Path,
    files: Mapping[str, str],
    visit: VisitResult,
    *,
    stored: VolumeGeometry,
    sources: Facts,
    acquisition: Facts,
) -> dict[str, str]:
    """Write the volume that was measured, T1W beside it, and whatever was found.

    Parameters
    ----------
    folder : Path
        The subject's folder.
    files : mapping
        As `visit_files` gives.
    visit : VisitResult
        Its `visit.volume` must be there.
    stored : VolumeGeometry
        Grid of the input in its own axis order; every file lies on it, T1W where it was laid on it.
    sources, acquisition : mapping
        Hashes of the inputs, and how the series was acquired, for the sidecars.

    Returns
    -------
    dict
        Names of the files that were written, by what they hold.
    """
    volume = visit.visit.volume
    if volume is None:
        return {}
    arrays: dict[str, tuple[MakeArray, Facts]] = {
        "volume": (partial(_compact, volume), {"Modality": "MR", **acquisition})
    }
    if visit.rois is not None:
        arrays |= _roi_arrays(visit.rois)
    if visit.segmentation is not None and visit.burden is not None:
        arrays |= _edema_arrays(visit.segmentation, visit.burden)
    for what, found in evidence_maps(visit.segmentation, visit.rois).items():
        arrays[what] = (partial(np.asarray, found), {"Meaning": EVIDENCE[what]})
    grids = dict.fromkeys(arrays, (volume.geometry, stored))
    if visit.visit.t1 is not None:
        t1 = visit.visit.t1
        own = stored if t1.geometry.matches(volume.geometry) else t1.geometry
        arrays["t1"] = (partial(_compact, t1), {"Modality": "MR"})
        grids["t1"] = (t1.geometry, own)
    for what, (make, facts) in arrays.items():
        path = folder / files[what]
        geometry, own = grids[what]
        write_nifti(path, make(), geometry, stored=own)
        made_from = [] if what in SCANS else [f"{folder.name}/{files['volume']}"]
        said = sidecar(what, facts, sources=sources, made_from=made_from)
        write_json(_sidecar(path), {**said, "Software": software()})
    written = {what: files[what] for what in arrays}
    if visit.segmentation is not None:
        write_candidates(folder / files["candidates"], visit.segmentation)
        written["candidates"] = files["candidates"]
    return written


def write_registration(
    folder: Path, subject: str, baseline: str, followup: str, found: Registration
) -> str:
    """Write the transform between two visits; give its name below the subject's folder."""
    name = f"xfm/{subject}_from-{baseline}_to-{followup}_mode-points_xfm.tfm"
    write_transform(folder / name, found.moving_from_fixed)
    quality = found.quality
    write_json(
        (folder / name).with_suffix(".json"),
        {
            "accepted": quality.accepted,
            "reason": quality.reason,
            "inverse_consistency_mm": plain(quality.inverse_consistency_mm),
            "overlap_fraction": plain(quality.overlap_fraction),
            "similarity": plain(quality.similarity),
            "details": {name: plain(value) for name, value in sorted(quality.details.items())},
        },
    )
    return name


def _roi_arrays(rois: SacroiliacRois) -> dict[str, tuple[MakeArray, Facts]]:
    arrays: dict[str, tuple[MakeArray, Facts]] = {
        "quadrants": (partial(np.asarray, rois.quadrants), roi_facts(rois))
    }
    if rois.reference is not None:
        arrays["reference"] = (
            partial(np.asarray, rois.reference.voxels),
            reference_facts(rois),
        )
    return arrays


def _edema_arrays(
    found: EdemaSegmentation, burden: EdemaBurden
) -> dict[str, tuple[MakeArray, Facts]]:
    return {
        "edema": (partial(np.asarray, found.mask.voxels), edema_facts(found, burden)),
        "lesions": (
            partial(narrow_labels, found.lesion_labels),
            {"n_lesions": len(found.lesions)},
        ),
    }


def _compact(volume: Volume) -> NDArray[Any]:
    """Store whole numbers as such, as scanners do; nothing is rounded."""
    voxels = volume.voxels
    low, high = float(voxels.min()), float(voxels.max())
    limits = np.iinfo(np.int16)
    if limits.min <= low and high <= limits.max:
        whole = voxels.astype(np.int16)
        if all(map(np.array_equal, whole, voxels)):
            return whole
    return voxels


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".nii.gz") + ".json")
