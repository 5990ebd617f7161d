"""A synthetic subject on disk: DICOM of both visits, and the truth beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from mri_bme.errors import InvalidSettings
from mri_bme.export.dicom_writer import SeriesHeader, StudyHeader, write_series
from mri_bme.files import write_text
from mri_bme.phantom import PhantomSubject, PhantomVisit
from mri_bme.phantom.cohort import ClinicalRow
from mri_bme.phantom.contrast import Brightness, SequenceKind
from mri_bme.phantom.prescription import AXIAL, SCOUT
from mri_bme.phantom.scanner import scan_axial, scan_localizer
from mri_bme.version import __version__

FIRST_DAY = date(2024, 3, 4)
PROTON_MHZ_PER_TESLA = 42.577
ROLES = ("localizer", "t1", "stir", "axial")

VENDORS: dict[str, dict[str, Any]] = {
    "siemens": {
        "scanner": {
            "Manufacturer": "SIEMENS",
            "ManufacturerModelName": "Avanto",
            "MagneticFieldStrength": "1.5",
            "ImagingFrequency": "63.68",
            "SoftwareVersions": "syngo MR B19",
        },
        "pattern": "IM{:06d}",
        "image_types": {role: ["ORIGINAL", "PRIMARY", "M", "NORM"] for role in ROLES},
        "interleaved": True,
        "descriptions": {
            "localizer": "localizer",
            "t1": "t1_tse_cor_obl",
            "stir": "t2_tirm_cor_obl",
            "axial": "t2_tirm_tra",
        },
        "stir": {
            "ScanningSequence": ["SE", "IR"],
            "SequenceVariant": ["SK", "SP", "MP"],
            "SequenceName": "*tir2d1_15",
            "ScanOptions": ["IR", "PFP"],
            "InversionTime": "150",
        },
    },
    "ge": {
        "scanner": {
            "Manufacturer": "GE MEDICAL SYSTEMS",
            "ManufacturerModelName": "SIGNA HDxt",
            "MagneticFieldStrength": "1.5",
            "ImagingFrequency": "63.86",
            "SoftwareVersions": ["15", "LX", "MR Software release:HD16.0"],
        },
        "pattern": "i{:05d}.MRDC",
        "image_types": {role: ["ORIGINAL", "PRIMARY", "OTHER"] for role in ROLES},
        "interleaved": False,
        "descriptions": {
            "localizer": "3-Plane Loc",
            "t1": "Cor Obl T1 FSE",
            "stir": "Cor Obl T2 FSE FS",
            "axial": "Ax T2 FSE FS",
        },
        "stir": {
            "ScanningSequence": "SE",
            "SequenceVariant": ["SK", "OSP"],
            "ScanOptions": ["FAST_GEMS", "EDR_GEMS", "FS"],
        },
    },
    "philips": {
        "scanner": {
            "Manufacturer": "Philips Medical Systems",
            "ManufacturerModelName": "Ingenia",
            "MagneticFieldStrength": "3",
            "ImagingFrequency": "127.77",
            "SoftwareVersions": ["5.3.0", "5.3.0.0"],
        },
        "pattern": "IM_{:04d}",
        "image_types": {
            "localizer": ["ORIGINAL", "PRIMARY", "M_FFE", "M", "FFE"],
            "t1": ["ORIGINAL", "PRIMARY", "M_SE", "M", "SE"],
            "stir": ["ORIGINAL", "PRIMARY", "M_IR", "M", "IR"],
            "axial": ["ORIGINAL", "PRIMARY", "M_SE", "M", "SE"],
        },
        "interleaved": False,
        "rescale_slope": 1.75,
        "descriptions": {
            "localizer": "SURVEY",
            "t1": "T1W_TSE_COR_OBL",
            "stir": "STIR_COR_OBL",
            "axial": "T2W_SPAIR_TRA",
        },
        "stir": {
            "ScanningSequence": ["SE", "IR"],
            "SequenceVariant": ["SK"],
            "ScanOptions": ["FS"],
            "InversionTime": "210",
        },
        "axial_tags": {"ScanningSequence": "SE", "SequenceVariant": ["SK"], "ScanOptions": ["FS"]},
    },
}
"""How each vendor tags the four series of a sacroiliac study; `axial_tags` where the axial one
is suppressed in another way than the semicoronal (SPAIR beside STIR)."""

TIMES: dict[str, dict[str, Any]] = {
    "localizer": {"RepetitionTime": "8.6", "EchoTime": "4.0", "FlipAngle": "20"},
    "t1": {"RepetitionTime": "550", "EchoTime": "11", "FlipAngle": "150"},
    "stir": {"RepetitionTime": "4200", "EchoTime": "62", "FlipAngle": "150"},
    "axial": {"RepetitionTime": "4600", "EchoTime": "62", "FlipAngle": "150"},
}
TRAIN = {"localizer": "1", "t1": "3", "stir": "15", "axial": "15"}


def write_phantom(
    subject: PhantomSubject,
    root: Path,
    *,
    vendor: str = "siemens",
    extras: bool = True,
    with_truth: bool = True,
) -> Path:
    """Write the DICOM of every visit, and ``truth.json`` beside it.

    Parameters
    ----------
    subject : PhantomSubject
        The subject.
    root : Path
        Gets ``<subject>/<date>/<series>/`` and ``truth.json``.
    vendor : str
        One of `VENDORS`.
    extras : bool
        Also write localizer and axial STIR.
    with_truth : bool
        False leaves ``truth.json`` to the caller (a cohort has one for all).

    Returns
    -------
    Path
        Folder of the subject.

    Raises
    ------
    InvalidSettings
        If the vendor is unknown.
    OutputRefused
        If a file cannot be written.
    """
    if vendor not in VENDORS:
        raise InvalidSettings(f"there is no vendor {vendor!r}; choose one of {', '.join(VENDORS)}")
    folder = root / subject.subject_id
    for visit in subject.visits:
        _write_visit(subject, visit, folder, vendor, extras)
    if with_truth:
        write_text(root / "truth.json", json.dumps(truth_of(subject), indent=2) + "\n")
    return folder


def _write_visit(
    subject: PhantomSubject, visit: PhantomVisit, folder: Path, vendor: str, extras: bool
) -> None:
    day = FIRST_DAY + timedelta(days=visit.day)
    study = StudyHeader(
        patient_id=subject.subject_id,
        study_date=day,
        key=f"mri_bme phantom/{vendor}/{subject.scenario}/{subject.seed}/{visit.label}",
    )
    thickness = visit.protocol.thickness_mm
    for number, (role, volumes) in enumerate(_series(subject, visit, extras).items(), start=1):
        own = {"localizer": SCOUT.thickness_mm, "axial": AXIAL.thickness_mm}.get(role, thickness)
        header = _header(vendor, role, number, own)
        header = _as_prescribed(header, role, subject.anatomy.contrast)
        place = folder / day.isoformat() / f"{number:02d}_{header.description.replace(' ', '_')}"
        write_series(place, volumes, study, header)


def _series(
    subject: PhantomSubject, visit: PhantomVisit, extras: bool
) -> dict[str, tuple[Any, ...]]:
    level = visit.protocol.marrow_level
    number = 2 * subject.seed + (visit.day > 0)
    main: dict[str, tuple[Any, ...]] = {"t1": (visit.t1,), "stir": (visit.volume,)}
    if not extras:
        return main
    scout = scan_localizer(subject.anatomy, visit.pose, seed=number, level=level)
    axial = scan_axial(subject.anatomy, visit.edema, visit.pose, seed=number, level=level)
    return {"localizer": scout, **main, "axial": (axial,)}


def _header(vendor: str, role: str, number: int, thickness_mm: float) -> SeriesHeader:
    tags = VENDORS[vendor]
    elements: dict[str, object] = {
        "ImageType": tags["image_types"][role],
        "MRAcquisitionType": "2D",
        "NumberOfAverages": "2",
        "EchoNumbers": "1",
        **tags["scanner"],
        **TIMES[role],
        "EchoTrainLength": TRAIN[role],
    }
    if role == "axial" and "axial_tags" in tags:
        elements.update(tags["axial_tags"])
    elif role in {"stir", "axial"}:
        elements.update(tags["stir"])
    elif role == "localizer":
        elements.update(ScanningSequence="GR", SequenceVariant="SP", ScanOptions="")
    else:
        elements.update(ScanningSequence="SE", SequenceVariant="SK", ScanOptions="")
    return SeriesHeader(
        number=number,
        description=tags["descriptions"][role],
        thickness_mm=thickness_mm,
        elements=elements,
        file_pattern=tags["pattern"],
        interleaved=tags["interleaved"] and role != "localizer",
        rescale_slope=tags.get("rescale_slope"),
    )


FAT_SUPPRESSED: dict[SequenceKind, tuple[str, dict[str, object]]] = {
    SequenceKind.STIR: (
        "stir",
        {"ScanningSequence": ["SE", "IR"], "SequenceVariant": "SK", "ScanOptions": "IR"},
    ),
    SequenceKind.T2_FS: (
        "t2_tse_fs",
        {"ScanningSequence": "SE", "SequenceVariant": "SK", "ScanOptions": "FS"},
    ),
    SequenceKind.SPAIR: (
        "t2_tse_spair",
        {"ScanningSequence": "SE", "SequenceVariant": "SK", "ScanOptions": "FS"},
    ),
    SequenceKind.DIXON: (
        "t2_tse_dixon",
        {
            "ImageType": ["ORIGINAL", "PRIMARY", "W"],
            "ScanningSequence": "SE",
            "SequenceVariant": "SK",
            "ScanOptions": "",
        },
    ),
}
"""Name of a series and its tags, by how fat is dealt with; whatever the vendor."""


def _as_prescribed(header: SeriesHeader, role: str, contrast: Brightness) -> SeriesHeader:
    """Put the sequence of a contrast into a header in place of what the vendor's table says."""
    used = contrast.t1w if role == "t1" else contrast.sequence
    if used is None:
        return header
    elements = dict(header.elements) | {
        "MagneticFieldStrength": f"{used.field_tesla:g}",
        "ImagingFrequency": f"{PROTON_MHZ_PER_TESLA * used.field_tesla:.2f}",
    }
    if role == "localizer":
        return replace(header, elements=elements)
    elements |= {
        "RepetitionTime": f"{used.tr_ms:g}",
        "EchoTime": f"{used.te_ms:g}",
        "EchoTrainLength": str(used.n_echoes),
    }
    if role == "t1":
        return replace(header, elements=elements)
    name, tags = FAT_SUPPRESSED[used.kind]
    plain = {k: v for k, v in elements.items() if k not in {"InversionTime", "SequenceName"}}
    inversion = {"InversionTime": f"{used.ti_ms:g}"} if used.ti_ms else {}
    plane = "tra" if role == "axial" else "cor_obl"
    return replace(header, description=f"{name}_{plane}", elements=plain | tags | inversion)


def write_cohort_tables(
    root: Path, truths: Sequence[Mapping[str, Any]], clinical: Sequence[ClinicalRow]
) -> None:
    """Write ``truth.json`` and ``clinical.csv`` of a cohort."""
    write_text(root / "truth.json", json.dumps({"subjects": list(truths)}, indent=2) + "\n")
    names = [column.name for column in fields(ClinicalRow)]
    lines = [",".join(names)]
    lines += [",".join(str(getattr(row, name)) for name in names) for row in clinical]
    write_text(root / "clinical.csv", "\n".join(lines) + "\n")


def truth_of(subject: PhantomSubject) -> dict[str, Any]:
    """Describe the true edema of a subject, for ``truth.json``."""
    return {
        "subject": subject.subject_id,
        "scenario": subject.scenario,
        "seed": subject.seed,
        "version": __version__,
        "units": "mL of edematous marrow, partial volume counted by its share; mm; LPS",
        "followup_from_baseline": subject.followup_from_baseline.b_from_a.round(9).tolist(),
        "visits": [_visit_truth(visit) for visit in subject.visits],
        "build": _rounded(asdict(subject.anatomy.build)),
        **_sequence_truth(subject),
        **({"surfaces_sha256": subject.surfaces_sha256} if subject.surfaces_sha256 else {}),
    }


def _sequence_truth(subject: PhantomSubject) -> dict[str, Any]:
    sequence = subject.anatomy.contrast.sequence
    return {} if sequence is None else {"sequence": _rounded(asdict(sequence))}


def _visit_truth(visit: PhantomVisit) -> dict[str, Any]:
    seen = float(visit.edema_fraction.sum(dtype=float)) * visit.volume.geometry.voxel_volume_ml
    lps_from_subject = visit.lps_from_subject
    return {
        "visit": visit.label,
        "day": visit.day,
        "edema_ml": {region: round(ml, 4) for region, ml in visit.truth_ml.items()},
        "edema_in_slab_ml": round(seen, 4),
        "protocol": _rounded(asdict(visit.protocol)),
        **({"artifacts": list(visit.artifacts.names)} if visit.artifacts.names else {}),
        "lesions": [
            {
                "side": lesion.plan.side.value,
                "bone": lesion.plan.bone.value,
                "volume_ml": round(lesion.volume_ml, 4),
                "peak_ratio": round(lesion.plan.peak_ratio, 3),
                "depth_mm": round(lesion.depth_mm, 2),
                "centroid_lps_mm": [
                    round(float(v), 2) for v in lps_from_subject.apply(lesion.centroid_mm)
                ],
            }
            for lesion in visit.edema.lesions
        ],
    }


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: [round(float(v), 4) for v in value]
        if isinstance(value, tuple)
        else (round(value, 4) if isinstance(value, float) else value)
        for key, value in values.items()
    }
