"""Tables and pages of an output once more, as a reader read it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from mri_bme.batch.pages import read_page, rebuild_pages
from mri_bme.batch.read_by import READ_TABLES, as_read_by, check_read_by, first_readings
from mri_bme.batch.status import SubjectStatus, read_statuses
from mri_bme.errors import NotEvaluable
from mri_bme.findings import AUTO
from mri_bme.readings.task import MEAN
from mri_bme.record.made_with import READ_BY_FACT
from mri_bme.record.subjects import TABLES
from mri_bme.report import SubjectPage, subject_page


def rebuild_as_read_by(out: Path, read_by: str) -> tuple[tuple[str, str], ...]:
    """Write tables and pages again, as the program (`AUTO`) or a reader has it.

    Pages of ``mean`` are those of the program, as there is no one mask to show; the tables and
    the cohort page tell the mean.

    Returns
    -------
    tuple of (subject folder, reason)
        Subjects whose page could not be made.

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
    read = read_page if read_by in (AUTO, MEAN) else partial(page_read_by, read_by=read_by)
    return rebuild_pages(out, read=read, statuses=statuses)


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
        raise NotEvaluable(f"not read by {read_by}; the page there is an earlier one")
    findings = read_page(folder).findings
    page = subject_page(
        results[read_by],
        subject_id=findings.subject_id,
        facts=((READ_BY_FACT, read_by), *findings.facts),
        visit_facts={visit.label: visit.facts for visit in findings.visits},
    )
    return replace(page, findings=replace(page.findings, version=findings.version))
