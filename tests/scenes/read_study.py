"""Results of a run on pelves of even marrow with square lesions, for readers to read."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mri_bme import pipeline
from mri_bme.batch.chain import analyze_unit, rows_of_failed
from mri_bme.batch.code_version import code_version
from mri_bme.batch.cohort import RECIPE
from mri_bme.batch.inputs import Source, SubjectUnit, VisitUnit
from mri_bme.batch.lock import LOCK_NAME
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.record import record_tables
from mri_bme.batch.resolve import settings_sha256, write_settings
from mri_bme.batch.work import Job, do_subject
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.findings import Registration, RegistrationQuality
from mri_bme.readings.measured import measured_as_read, numbers_of
from mri_bme.readings.reading import stroke_entry
from mri_bme.readings.shelf import Place, take_up
from mri_bme.readings.strokes import stroke_between
from mri_bme.sacroiliac import QUADRANTS, SacroiliacRois, rois_from_labels
from mri_bme.settings import AppearanceSettings, Settings
from mri_bme.volume import Mask, RigidTransform, Volume, VolumeGeometry

SHAPE = (8, 60, 80)
GEOMETRY = VolumeGeometry(
    shape=SHAPE,
    lps_from_index=np.array(
        [[0, 0, 1.0, -40], [4.0, 0, 0, 0], [0, -1.0, 0, 30], [0, 0, 0, 1.0]], dtype=float
    ),
)
LABELS = {(q.side.value, q.bone.value, q.level.value): n for n, q in QUADRANTS.items()}
LESION = (slice(2, 5), slice(15, 27), slice(62, 74))
FLAT = Settings(appearance=AppearanceSettings(when_impossible="flag", compare_given=False))
"""Boxes of even marrow, without air and fluid, are no scan of a person."""
Box = tuple[slice, slice, slice]


def quadrants() -> np.ndarray:
    """Two vertical joints at columns 20 and 60, sacrum between them."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for level, rows in (("upper", slice(5, 30)), ("lower", slice(30, 55))):
        for side, iliac, sacral in (
            ("right", slice(2, 19), slice(22, 40)),
            ("left", slice(62, 78), slice(40, 59)),
        ):
            labels[:, rows, iliac] = LABELS[side, "ilium", level]
            labels[:, rows, sacral] = LABELS[side, "sacrum", level]
    return labels


def scan(*lesions: Box, seed: int = 5) -> np.ndarray:
    """Even marrow, dark joints, and lesions."""
    voxels = np.random.default_rng(seed).normal(100, 8, SHAPE).round()
    voxels[:, :, 19:22] = 30
    voxels[:, :, 59:62] = 30
    for lesion in lesions:
        voxels[lesion] = 260
    return voxels


def rois_of(volume: Volume, **_: Any) -> SacroiliacRois:
    """The boxes' own ROIs, on scans of their shape or cut from it."""
    inside = np.zeros(volume.geometry.shape, dtype=bool)
    inside[:, 10:50, 37:43] = True
    reference = Mask(geometry=volume.geometry, voxels=inside)
    labels = quadrants()[tuple(slice(n) for n in volume.geometry.shape)]
    return rois_from_labels(volume.geometry, labels, reference=reference)


def no_motion(*_: Any, **__: Any) -> Registration:
    return Registration(
        moving_from_fixed=RigidTransform.identity(),
        quality=RegistrationQuality(accepted=True, reason=""),
    )


Lesions = Mapping[str, tuple[Sequence[Box], Sequence[Box]]]
"""Lesions at baseline and follow-up, by subject."""

TWO: Lesions = {"01": ((LESION,), ()), "02": ((), ())}
VISITS = (("baseline", 0), ("week14", 98))
"""Labels and days."""


Write = Callable[[Path, np.ndarray], None]


def write_as_from_dicom(path: Path, voxels: np.ndarray) -> None:
    write_nifti(path, voxels, GEOMETRY, stored=dicom_storage_geometry(GEOMETRY))


def leave_study(
    out: Path,
    source: Path,
    lesions: Lesions = TWO,
    visits: Sequence[tuple[str, int]] = VISITS,
    write: Write | None = None,
) -> None:
    """Measure subjects into OUT as `run` does, without searching for joints or motion.

    `write` stores the scan of a visit; without it files lie as those made from DICOM.
    """
    write_settings(out, FLAT)
    (out / LOCK_NAME).touch()
    for subject, boxes in lesions.items():
        unit = _unit(source, subject, boxes, visits, write)
        job = Job(
            unit=unit,
            out=out,
            settings=FLAT,
            settings_sha256=settings_sha256(FLAT),
            code_version=code_version(),
            run_id="r",
            analyze=analyze_unit,
            rows_of_failed=rows_of_failed,
        )
        summary = do_subject(job)
        assert summary.status == "ok", summary
    record_tables(
        out, RECIPE.tables, code_version=code_version(), settings_sha256=settings_sha256(FLAT)
    )


def _unit(
    source: Path,
    subject: str,
    lesions: tuple[Sequence[Box], Sequence[Box]],
    visits: Sequence[tuple[str, int]] = VISITS,
    write: Write | None = None,
) -> SubjectUnit:
    units = []
    for n, ((label, day), boxes) in enumerate(zip(visits, lesions, strict=True)):
        path = source / f"{subject}-{label}.nii.gz"
        voxels = scan(*boxes, seed=7 * int(subject) + n).astype(np.int16)
        (write or write_as_from_dicom)(path, voxels)
        units.append(VisitUnit(label=label, day=day, volume=Source(path=path), session=label))
    return SubjectUnit(subject=subject, folder=f"sub-{subject}", visits=tuple(units))


def scans_in(source: Path, subject: str = "01") -> Path:
    """Leave the scans of a subject in a folder; gives the manifest that names them."""
    unit = _unit(source, subject, TWO[subject])
    lines = [f"{subject},{v.label},{v.volume.path.name}" for v in unit.visits if v.volume]
    manifest = source / "visits.csv"
    manifest.write_text("\n".join(["subject,visit,path", *lines]) + "\n")
    return manifest


@pytest.fixture(scope="session")
def measured_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of two subjects: edema of the left ilium that went, and none; made once."""
    out = tmp_path_factory.mktemp("study") / "out"
    with boxes_are_found():
        leave_study(out, tmp_path_factory.mktemp("scans"))
    return out


class boxes_are_found:  # noqa: N801  used as a context
    """Place the boxes' own ROIs, and find no motion, while this holds."""

    def __enter__(self) -> None:
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(pipeline, "place_rois", rois_of)
        self._patch.setattr(pipeline, "register_visits", no_motion)

    def __exit__(self, *_: object) -> None:
        self._patch.undo()


@pytest.fixture
def study(measured_study: Path, tmp_path: Path) -> Path:
    """Give a copy of the results to change."""
    out = tmp_path / "out"
    shutil.copytree(measured_study, out)
    return out


def sign(
    out: Path,
    reader: str,
    folder: str,
    masks: Mapping[str, np.ndarray],
    *,
    scores: Mapping[str, Mapping[str, Any]] | None = None,
    again: bool = False,
) -> None:
    """Leave a signed reading with these masks, drawn on empty scans."""
    subject = recall_subject(out, folder)
    name = f"{folder}_again2" if again else folder
    place = Place(out=out, reader=reader, folder=folder, name=name)
    empty = {label: np.zeros(grid.geometry.shape, bool) for label, grid in subject.grids.items()}
    kept = take_up(place, empty, from_outlines=False)
    for visit, mask in masks.items():
        kept.add(stroke_entry(stroke_between(empty[visit], mask, visit=visit, tool="paint")))
    for visit, values in (scores or {}).items():
        for name, value in values.items():
            kept.add({"what": "score", "visit": visit, "name": name, "value": value})
    kept.add({"what": "signed"})
    result = measured_as_read(
        subject.result, kept.reading.masks, from_outlines=False, settings=subject.settings
    )
    kept.write_files(
        subject.grids,
        edema_ml={
            label: facts["edema_ml"]
            for label, facts in numbers_of(result)["visits"].items()
            if facts["evaluable"]
        },
    )


def add_t1(out: Path, folder: str, visit: str) -> np.ndarray:
    """Leave T1W beside a visit's scan, as a run does that found one; gives its voxels."""
    voxels = np.where(quadrants() > 0, 400, 100).astype(np.int16)
    voxels[:, 3, 7] = 800
    name = f"ses-{visit}/anat/{folder}_ses-{visit}_T1w.nii.gz"
    stored = dicom_storage_geometry(GEOMETRY)
    write_nifti(out / folder / name, voxels, GEOMETRY, stored=stored)
    page = out / folder / "page.json"
    told = json.loads(page.read_text())
    told["files"][visit]["t1"] = name
    page.write_text(json.dumps(told))
    return voxels


def drawn(*boxes: Box) -> np.ndarray:
    """Draw boxes on an empty scan."""
    mask = np.zeros(SHAPE, dtype=bool)
    for where in boxes:
        mask[where] = True
    return mask
