"""Rebuild tables and provenance of the cohort from the statuses of its subjects."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from mri_bme.batch.inputs import inputs_sha256
from mri_bme.batch.lock import waiting_lock
from mri_bme.batch.machine import describe_machine, describe_versions
from mri_bme.batch.made_with import PROVENANCE_NAME
from mri_bme.batch.read_by import as_read_by
from mri_bme.batch.status import SubjectStatus, in_brief, outdated, read_statuses_by_subject
from mri_bme.extras import needing
from mri_bme.files import remove_outdated, write_text
from mri_bme.findings import AUTO
from mri_bme.record.parquet import write_parquet
from mri_bme.record.subjects import SUBJECTS
from mri_bme.record.tables import AddRows, Row, writing_table
from mri_bme.record.unread import UNREAD
from mri_bme.study import Unread

OpenTable = Callable[[Path], AbstractContextManager[AddRows]]
"""Opens a table for the rows of one subject after the other."""

TABLES_LOCK = ".lock-tables"
TIMINGS_NAME = "timings.tsv"
NO_LONGER_THERE = "the input no longer holds this subject: an earlier result"

TIMING_COLUMNS = ("subject", "seconds", "cpu_seconds", "peak_memory_mb", "attempts", "stages")


def record_tables(
    out: Path,
    tables: Mapping[str, OpenTable],
    *,
    code_version: str,
    settings_sha256: str,
    folders: Mapping[str, str] | None = None,
    parquet: bool = False,
    read_by: str = AUTO,
) -> list[SubjectStatus]:
    """Write every table from the statuses of all subjects of the output.

    Parameters
    ----------
    out : Path
        The output folder.
    tables : mapping
        Names of tables (``visits``, ...) and what opens them.
    code_version, settings_sha256 : str
        Subjects measured by other code or with other settings stay in the tables without
        numbers; a run would do them again.
    folders : mapping or None
        Folder in the output of every subject of the input. A subject that is not among them
        stays, and is flagged; a result in another folder than the subject's own is an
        earlier one of the same subject and left out. None: the input is not known.
    parquet : bool
        Write each table as Parquet too.
    read_by : str
        Whose edema the tables tell: the program's, or that of readers (`read_by.as_read_by`).

    Returns
    -------
    list of SubjectStatus
        What the tables were made from, by subject and in brief (`status.in_brief`): a subject's
        rows are in memory only while they are written.
    """
    with waiting_lock(out, name=TABLES_LOCK):  # shards finish at the same moment
        made_with = (code_version, settings_sha256)
        found = (
            s if (s.code_version, s.settings_sha256) == made_with else outdated(s)
            for s in _one_per_subject(read_statuses_by_subject(out), folders)
        )
        told = list(_written(out, tables, as_read_by(out, found, read_by)))
        if parquet:
            for name in (*tables, SUBJECTS.name):
                write_parquet(out / f"{name}.csv")
    return told


def _written(
    out: Path, tables: Mapping[str, OpenTable], statuses: Iterable[SubjectStatus]
) -> Iterator[SubjectStatus]:
    """Write the rows of every subject, and give the subject back in brief."""
    with ExitStack() as stack:
        opened = {name: stack.enter_context(open_(out / f"{name}.csv"))
                  for name, open_ in tables.items()}  # fmt: skip
        add_subject = stack.enter_context(SUBJECTS.writing(out / f"{SUBJECTS.name}.csv"))
        add_timing = stack.enter_context(
            writing_table(out / TIMINGS_NAME, TIMING_COLUMNS, delimiter="\t")
        )
        for status in statuses:
            for name, add in opened.items():
                add(status.rows.get(name, ()))
            add_subject([SUBJECTS.row(status)])
            add_timing([_timing(status)])
            yield in_brief(status)


def _one_per_subject(
    statuses: Iterable[SubjectStatus], folders: Mapping[str, str] | None
) -> Iterator[SubjectStatus]:
    for status in statuses:
        if folders is None or folders.get(status.subject) == status.folder:
            yield status
        elif status.subject not in folders:
            flags = dict.fromkeys((*status.flags, NO_LONGER_THERE))
            yield status.model_copy(update={"flags": tuple(flags)})


def write_unread(out: Path, unread: Sequence[Unread]) -> None:
    """Write what of the input reached no table; without any, no file is left."""
    path = out / f"{UNREAD.name}.csv"
    if unread:
        UNREAD.write(path, UNREAD.rows(unread))
    else:
        remove_outdated(path)


def write_provenance(
    out: Path,
    statuses: Iterable[SubjectStatus],
    *,
    command: str,
    code_version: str,
    settings_sha256: str,
    networks: Mapping[str, str],
) -> None:
    """Record what this output was made from and by what, with hashes."""
    provenance = {
        "command": command,
        "versions": describe_versions(code_version),
        "settings_sha256": settings_sha256,
        "networks": dict(networks),
        "machine": describe_machine(),
        "inputs": {status.subject: inputs_sha256(status.inputs) for status in statuses},
    }
    write_text(out / PROVENANCE_NAME, json.dumps(provenance, indent=1) + "\n")


def check_parquet() -> None:
    """Raise `InvalidSettings` where Parquet cannot be written."""
    with needing("parquet"):
        import pyarrow  # noqa: F401, PLC0415  an extra, needed only when asked for


def _timing(status: SubjectStatus) -> Row:
    """Tell what differs between two equal runs, apart from the tables, which must not differ."""
    effort = status.effort
    stages = (f"{' '.join((s.stage, *s.visits))} {s.seconds:.3f}" for s in status.stages)
    return {
        "subject": status.subject,
        "seconds": f"{effort.seconds:.3f}",
        "cpu_seconds": f"{effort.cpu_seconds:.3f}",
        "peak_memory_mb": f"{effort.peak_memory_mb:.1f}",
        "attempts": effort.attempts,
        "stages": "; ".join(stages),
    }
