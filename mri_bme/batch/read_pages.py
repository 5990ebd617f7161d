"""Tables and pages of an output once more, as a reader read it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mri_bme.agreement.standing import ADJUDICATED
from mri_bme.batch.pages import read_page, rebuild_pages
from mri_bme.batch.read_by import (
    READ_TABLES,
    READING,
    as_read_by,
    check_read_by,
    first_readings,
)
from mri_bme.batch.status import SubjectStatus, read_statuses
from mri_bme.errors import NotEvaluable
from mri_bme.findings import AUTO
from mri_bme.measurement_error import CHOICE
from mri_bme.record.made_with import READ_BY_FACT
from mri_bme.record.rows import number_of
from mri_bme.record.sensitivity import SENSITIVITY
from mri_bme.record.subject import VisitFindings
from mri_bme.record.subjects import TABLES
from mri_bme.record.visits import READ_FROM, VISITS, WHOLE
from mri_bme.report import SubjectPage, subject_page

SHOWS_THE_PROGRAMS = "this page shows what the program found"


def rebuild_as_read_by(out: Path, read_by: str) -> tuple[tuple[str, str], ...]:
    """Write tables and pages again, as the program (`AUTO`) or a reader has it.

    Where several readers stand behind a number (``mean``, and ``consensus`` without adjudication)
    there is no one mask to show, and where a subject was not read there is none at all: the page
    is that of the program, and says so.

    Returns
    -------
    tuple of (subject folder, reason)
        Subjects that have no numbers, or whose page could not be made.

    Raises
    ------
    InvalidSettings
        If nobody of that code has signed a reading.
    NothingUsable
        If the folder holds no subject of a run.
    """
    check_read_by(out, read_by)
    statuses = list(as_read_by(out, read_statuses(out), read_by))
    write_read_tables(out, statuses)
    flags = {status.folder: _flag(status, read_by) for status in statuses}

    def read(folder: Path) -> SubjectPage:
        flag = flags[folder.name]
        if read_by == AUTO or flag:
            return _flagged(read_page(folder), flag)
        return page_read_by(folder, read_by=read_by)

    missing = rebuild_pages(out, read=read, statuses=statuses)
    unread = ((s.folder, s.reason) for s in statuses if s.stage == READING)
    return (*unread, *missing)


def _flag(status: SubjectStatus, read_by: str) -> str:
    """Say why a page shows the program's edema while tables tell that of readers."""
    if status.stage == READING:
        return f"{SHOWS_THE_PROGRAMS}; the tables have no numbers of {read_by}: {status.reason}"
    rows = [row for row in status.rows.get(VISITS.name, ()) if row.get("region") == WHOLE]
    how = {str(row[READ_FROM.name]) for row in rows if row.get(READ_FROM.name)} - {ADJUDICATED}
    volumes = ", ".join(
        f"{row['visit']} {volume:.2f} mL"
        for row in rows
        if (volume := number_of(row, "edema_ml")) is not None
    )
    hangs = any(row.get("flips") is True for row in status.rows.get(SENSITIVITY.name, ()))
    told = f"{SHOWS_THE_PROGRAMS}; the tables tell {' and '.join(sorted(how))}: {volumes}" + (
        f"; the verdict hangs on the {CHOICE}" if hangs else ""
    )
    return told if how else ""


def _flagged(page: SubjectPage, flag: str) -> SubjectPage:
    if not flag:
        return page
    flags = (flag, *page.findings.flags)
    return replace(page, findings=replace(page.findings, flags=flags))


def write_read_tables(folder: Path, statuses: Sequence[SubjectStatus]) -> None:
    """Write the tables that hang on whose edema it is."""
    for table in TABLES:
        if table.name in READ_TABLES:
            rows = [row for status in statuses for row in status.rows.get(table.name, ())]
            table.write(folder / f"{table.name}.csv", rows)


def page_read_by(folder: Path, *, read_by: str) -> SubjectPage:
    """Build a subject's page from a reader's masks.

    Raises
    ------
    NotEvaluable
        If the subject was not read by that reader.
    """
    results = dict(first_readings(folder.parent, folder.name))
    if read_by not in results:
        raise NotEvaluable(f"not read by {read_by}")
    findings = read_page(folder).findings
    page = subject_page(
        results[read_by],
        subject_id=findings.subject_id,
        facts=((READ_BY_FACT, read_by), *findings.facts),
        visit_facts={visit.label: visit.facts for visit in findings.visits},
    )
    visits = tuple(map(_as_scanned, page.findings.visits, findings.visits))
    return replace(page, findings=replace(page.findings, version=findings.version, visits=visits))


def _as_scanned(read: VisitFindings, told: VisitFindings) -> VisitFindings:
    """Keep what the run told of the scan itself: readings are measured without looking again."""
    doubts = tuple(dict.fromkeys((*told.about_scan, *read.doubts)))
    return replace(read, doubts=doubts, about_scan=told.about_scan, looked=told.looked)
