"""Leave pages in the output folder, and make them again from what lies there."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from mri_bme.batch.scan_weeks import read_scan_weeks
from mri_bme.batch.status import SubjectStatus, in_brief, read_statuses
from mri_bme.errors import (
    MriBmeError,
    NothingUsable,
    UnreadableInput,
)
from mri_bme.files import write_json
from mri_bme.intake.nifti import read_nifti, read_nifti_labels
from mri_bme.record.evidence import EVIDENCE
from mri_bme.record.quality import QUALITY
from mri_bme.record.rows import number_of, subject_numbers
from mri_bme.record.subject import VisitFindings
from mri_bme.record.subject_file import restore_subject, subject_record
from mri_bme.record.tables import Row
from mri_bme.record.visits import READ_FROM, VISITS, WHOLE
from mri_bme.report import (
    CohortPage,
    CohortRow,
    PagePixels,
    SubjectPage,
    write_cohort_page,
    write_subject_page,
)
from mri_bme.volume import Volume, VolumeGeometry

REPORT_NAME = "report.html"
RECORD_NAME = "page.json"
THUMBNAIL_NAME = "thumbnail.jpg"
INDEX_NAME = "index.html"
OTHER_PAGES = (("Statistics", "stats/stats.html"), ("Agreement", "agreement/agreement.html"))
"""Pages that the cohort page leads to, where they were made."""
FOUND_BY_PROGRAM = frozenset({"volume", "t1", "atlas"})
"""Roles of inputs that no reader drew."""

ReadPage = Callable[[Path], SubjectPage]
"""Makes the page of a subject from its folder."""

FilesOfVisits = Mapping[str, Mapping[str, str]]
"""Names of files below the subject's folder, by visit and by what they hold."""


def write_pages(page: SubjectPage, folder: Path, files: FilesOfVisits) -> tuple[str, ...]:
    """Write a subject's page, its thumbnail, and the record to make them again.

    Parameters
    ----------
    page : SubjectPage
        What `report.subject_page` gives.
    folder : Path
        The subject's folder.
    files : mapping
        Where each visit's ``volume``, ``quadrants``, ``reference`` and ``lesions`` were
        written; what was not written is absent.

    Returns
    -------
    tuple of str
        Names of the files that were written.
    """
    record = subject_record(page.findings)
    named = {visit: dict(names) for visit, names in files.items()}
    write_json(folder / RECORD_NAME, {**record, "files": named})
    write_subject_page(page, folder / REPORT_NAME, thumbnail_path=folder / THUMBNAIL_NAME)
    names = (REPORT_NAME, RECORD_NAME, THUMBNAIL_NAME)
    return tuple(name for name in names if (folder / name).is_file())


def read_page(folder: Path) -> SubjectPage:
    """Build a subject's page from the files in its folder.

    Raises
    ------
    UnreadableInput
        If the record or an image that it names is missing or damaged.
    """
    path = folder / RECORD_NAME
    try:
        record = json.loads(path.read_bytes())
        findings = restore_subject(record)
        pixels = {
            visit.label: _read_pixels(folder, record["files"][visit.label], visit, visit.geometry)
            for visit in findings.visits
            if visit.geometry is not None
        }
    except UnreadableInput as error:
        raise UnreadableInput(f"{folder.name}/{RECORD_NAME}: {error}") from error
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreadableInput(
            f"{folder.name}/{RECORD_NAME} is missing or damaged; run this subject again"
        ) from error
    return SubjectPage(findings=findings, pixels=pixels)


def _read_pixels(
    folder: Path, files: Mapping[str, str], visit: VisitFindings, grid: VolumeGeometry
) -> PagePixels:
    volume = read_nifti(folder / files["volume"])
    labels: dict[str, Any] = {
        what: read_nifti_labels(folder / files[what], volume.geometry, what=what)
        for what in ("quadrants", "reference", "lesions", *EVIDENCE)
        if what in files
    }
    quadrants, reference = labels.get("quadrants"), labels.get("reference")
    return PagePixels(
        volume=Volume(geometry=grid, voxels=volume.voxels),
        quadrants=None if quadrants is None else quadrants.astype(np.uint8),
        reference=None if reference is None else reference != 0,
        lesion_labels=labels.get("lesions"),
        t1=_read_t1(folder / files["t1"], visit.t1_geometry) if "t1" in files else None,
        evidence={what: labels[what].astype(np.uint16) for what in EVIDENCE if what in labels},
    )


def _read_t1(path: Path, grid: VolumeGeometry | None) -> Volume:
    t1 = read_nifti(path, what="the T1W")
    return t1 if grid is None else Volume(geometry=grid, voxels=t1.voxels)


def rebuild_pages(
    out: Path, *, read: ReadPage | None = None, statuses: Sequence[SubjectStatus] | None = None
) -> tuple[tuple[str, str], ...]:
    """Write every page of an output folder again.

    Parameters
    ----------
    out : Path
        Folder that a run wrote.
    read : callable or None
        Makes the page of a subject's folder; None takes what the run found.
    statuses : sequence of SubjectStatus or None
        What the cohort page tells; None takes what the run left.

    Returns
    -------
    tuple of (subject folder, reason)
        Subjects whose page could not be made.

    Raises
    ------
    NothingUsable
        If the folder holds no subject of a run.
    """
    read = read_page if read is None else read
    statuses = statuses_of(out) if statuses is None else statuses
    missing = []
    for status in statuses:
        folder = out / status.folder
        try:
            if (folder / RECORD_NAME).is_file():
                write_subject_page(
                    read(folder), folder / REPORT_NAME, thumbnail_path=folder / THUMBNAIL_NAME
                )
        except MriBmeError as error:
            missing.append((status.folder, str(error)))
    write_index(out, statuses)
    return tuple(missing)


def write_index(out: Path, statuses: Sequence[SubjectStatus]) -> None:
    """Write the cohort page from the statuses of a run."""
    write_cohort_page(cohort_page(out, statuses), out / INDEX_NAME)


def refresh_index(out: Path, statuses: Sequence[SubjectStatus] | None = None) -> None:
    """Write the cohort page again where a run left one, so that it leads to what was added.

    `statuses` are those of the run, in brief, where they have been read already.
    """
    if statuses is None:
        statuses = [in_brief(status) for status in read_statuses(out)]
    if statuses:
        write_index(out, statuses)


def cohort_page(out: Path, statuses: Sequence[SubjectStatus]) -> CohortPage:
    """Collect what the cohort page shows, from the statuses of a run."""
    weeks = read_scan_weeks(out)
    return CohortPage(
        rows=tuple(_cohort_row(out, status, weeks) for status in statuses),
        links=tuple((name, place) for name, place in OTHER_PAGES if (out / place).is_file()),
    )


def statuses_of(out: Path) -> list[SubjectStatus]:
    """Read the statuses of a run, in brief (`status.in_brief`).

    Raises
    ------
    NothingUsable
        If the folder holds no subject of a run.
    """
    statuses = [in_brief(status) for status in read_statuses(out)]
    if not statuses:
        raise NothingUsable(
            "no subject of an earlier run was found there; give the folder that `mri-bme run` wrote"
        )
    return statuses


def _cohort_row(
    out: Path, status: SubjectStatus, weeks: Mapping[tuple[str, str], int]
) -> CohortRow:
    found = subject_numbers(status.rows)
    page, thumbnail = f"{status.folder}/{REPORT_NAME}", f"{status.folder}/{THUMBNAIL_NAME}"
    return CohortRow(
        subject_id=status.subject,
        status=status.status,
        reason=status.reason,
        flags=status.flags,
        page=page if (out / page).is_file() else "",
        thumbnail=thumbnail if (out / thumbnail).is_file() else "",
        corrected=_corrected(status),
        weeks={
            visit: week
            for visit in status.visits
            if (week := weeks.get((status.subject, visit))) is not None
        },
        checks={
            (str(row["visit"]), str(row["check"])): value
            for row in status.rows.get(QUALITY.name, ())
            if (value := number_of(row, "value")) is not None
        },
        **{one.name: getattr(found, one.name) for one in fields(found)},
    )


def _corrected(status: SubjectStatus) -> tuple[str, ...]:
    """Say what was given by a reader rather than found, visit by visit."""
    given = (one for one in status.inputs if one.role not in FOUND_BY_PROGRAM)
    readers = (
        f"{row['visit']}: read by {row['read_by']}{_from(row)}"
        for row in status.rows.get(VISITS.name, ())
        if row.get("region") == WHOLE and row.get("read_by") not in (None, "", "auto")
    )
    return tuple(dict.fromkeys((*(f"{one.visit}: {one.role} given" for one in given), *readers)))


def _from(row: Row) -> str:
    """Say who stands behind the number of several readers."""
    return f" ({row[READ_FROM.name]})" if row.get(READ_FROM.name) else ""
