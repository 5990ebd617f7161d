"""Read the visits of a run back, to export them."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mri_bme.batch.pages import RECORD_NAME, read_page
from mri_bme.batch.read_pages import page_read_by
from mri_bme.batch.status import SubjectStatus
from mri_bme.errors import UnreadableInput
from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.findings import AUTO
from mri_bme.intake.nifti import read_nifti
from mri_bme.record.evidence import PER_WHOLE
from mri_bme.record.lesions import lesion_fates, lesion_name
from mri_bme.report import SubjectPage
from mri_bme.report.page import PagePixels, PageVisit

FilesOfVisit = Mapping[str, str]


def measured_subject(
    out: Path, status: SubjectStatus, *, read_by: str = AUTO
) -> tuple[SubjectPage, tuple[MeasuredVisit, ...]]:
    """Read a subject's page, and those of its visits that have a volume.

    `read_by` says whose edema it is: the program's, or that of a reader.

    Raises
    ------
    UnreadableInput
        If what a run left is missing or damaged.
    NotEvaluable
        If that reader did not read the subject.
    """
    folder = out / status.folder
    page = read_page(folder) if read_by == AUTO else page_read_by(folder, read_by=read_by)
    files = json.loads((folder / RECORD_NAME).read_bytes())["files"]
    visits = tuple(_visits(folder, status, page, files))
    return page, visits if read_by == AUTO else tuple(_as_read(v, read_by) for v in visits)


def _as_read(visit: MeasuredVisit, reader: str) -> MeasuredVisit:
    """Say whose masks a visit has; how likely the program held what is not told of a reader's."""
    labels = visit.lesion_labels
    drawn = b"" if labels is None else np.ascontiguousarray(labels).tobytes()
    content = hashlib.sha256(f"{visit.content} {reader} ".encode() + drawn).hexdigest()
    return replace(visit, read_by=reader, probability=None, content=content)


def _visits(
    folder: Path, status: SubjectStatus, page: SubjectPage, files: Mapping[str, FilesOfVisit]
) -> Iterator[MeasuredVisit]:
    for number, visit in enumerate(page.visits, start=1):
        if visit.pixels is not None:
            yield _visit(folder, status, page, visit, visit.pixels, number, files[visit.label])


def _visit(  # noqa: PLR0917  (one call)
    folder: Path,
    status: SubjectStatus,
    page: SubjectPage,
    visit: PageVisit,
    pixels: PagePixels,
    number: int,
    files: FilesOfVisit,
) -> MeasuredVisit:
    fates = lesion_fates(page.changes)
    label = visit.label
    return MeasuredVisit(
        subject=page.subject_id,
        number=number,
        findings=visit.findings,
        volume=pixels.volume,
        lesion_labels=pixels.lesion_labels,
        quadrants=pixels.quadrants,
        reference=pixels.reference,
        probability=_probability(folder, files),
        lesion_names={
            lesion.label: lesion_name(label, lesion.label, fates.get((label, lesion.label)))
            for lesion in visit.findings.lesions
        },
        change=page.changes.get(label),
        acquisition=_acquisition(folder, files),
        made_by=status.code_version,
        settings_sha256=status.settings_sha256,
        content=_content(folder, status, files),
    )


def _probability(folder: Path, files: FilesOfVisit) -> Any:
    if "probability" not in files:
        return None
    found = read_nifti(folder / files["probability"], what="the probability")
    return (found.voxels / PER_WHOLE).astype(np.float32)


def _acquisition(folder: Path, files: FilesOfVisit) -> dict[str, Any]:
    path = folder / (files["volume"].removesuffix(".nii.gz") + ".json")
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UnreadableInput(
            f"{path.name} is missing or damaged; run this subject again"
        ) from error
    return told if isinstance(told, dict) else {}


def _content(folder: Path, status: SubjectStatus, files: FilesOfVisit) -> str:
    """Hash what a visit's objects are made from, so that the same gets the same UIDs."""
    digest = hashlib.sha256()
    for name in sorted({*files.values(), RECORD_NAME}):
        told = status.outputs.get(name) or hashlib.sha256((folder / name).read_bytes()).hexdigest()
        digest.update(f"{name} {told}\n".encode())
    return digest.hexdigest()
