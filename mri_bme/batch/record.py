"""Rebuild tables and provenance of the cohort from the statuses of its subjects."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mri_bme.batch.inputs import inputs_sha256
from mri_bme.batch.lock import waiting_lock
from mri_bme.batch.machine import describe_machine, describe_versions
from mri_bme.batch.read_by import as_read_by
from mri_bme.batch.status import SubjectStatus, outdated, read_statuses
from mri_bme.extras import needing
from mri_bme.files import remove_outdated, replacing, write_text
from mri_bme.findings import AUTO
from mri_bme.record.subjects import SUBJECTS
from mri_bme.record.tables import Row
from mri_bme.record.unread import UNREAD
from mri_bme.study import Unread

WriteTable = Callable[[Path, Iterable[Row]], None]

TABLES_LOCK = ".lock-tables"
PROVENANCE_NAME = "provenance.json"
NO_LONGER_THERE = "the input no longer holds this subject: an earlier result"

TEXT_COLUMNS = ("subject", "visit", "baseline", "followup", "reason")
"""Never numbers in a Parquet file, whatever they look like."""

TIMING_COLUMNS = ("subject", "seconds", "cpu_seconds", "peak_memory_mb", "attempts", "stages")


def record_tables(
    out: Path,
    tables: Mapping[str, WriteTable],
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
        Names of tables (``visits``, ...) and what writes their rows.
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
        What the tables were made from, by folder name.
    """
    with waiting_lock(out, name=TABLES_LOCK):  # shards finish at the same moment
        made_with = (code_version, settings_sha256)
        statuses = [
            s if (s.code_version, s.settings_sha256) == made_with else outdated(s)
            for s in _one_per_subject(read_statuses(out), folders)
        ]
        statuses = list(as_read_by(out, statuses, read_by))
        statuses.sort(key=lambda status: status.subject)
        for name, write in tables.items():
            rows = (row for status in statuses for row in status.rows.get(name, ()))
            write(out / f"{name}.csv", rows)
        SUBJECTS.write(out / "subjects.csv", SUBJECTS.rows(statuses))
        _write_timings(out / "timings.tsv", statuses)
        if parquet:
            for name in (*tables, "subjects"):
                _write_parquet(out / f"{name}.csv")
    return statuses


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
) -> None:
    """Record what this output was made from and by what, with hashes."""
    provenance = {
        "command": command,
        "versions": describe_versions(code_version),
        "settings_sha256": settings_sha256,
        "machine": describe_machine(),
        "inputs": {status.subject: inputs_sha256(status.inputs) for status in statuses},
    }
    write_text(out / PROVENANCE_NAME, json.dumps(provenance, indent=1) + "\n")


def check_parquet() -> None:
    """Raise `InvalidSettings` where Parquet cannot be written."""
    with needing("parquet"):
        import pyarrow  # noqa: F401, PLC0415  an extra, needed only when asked for


def _write_timings(path: Path, statuses: Iterable[SubjectStatus]) -> None:
    """Write what differs between two equal runs, apart from the tables, which must not differ."""
    lines = ["\t".join(TIMING_COLUMNS)]
    for status in statuses:
        effort = status.effort
        stages = "; ".join(
            f"{' '.join((s.stage, *s.visits))} {s.seconds:.3f}" for s in status.stages
        )
        numbers = f"{effort.seconds:.3f}\t{effort.cpu_seconds:.3f}\t{effort.peak_memory_mb:.1f}"
        lines.append(f"{status.subject}\t{numbers}\t{effort.attempts}\t{stages}")
    write_text(path, "\n".join(lines) + "\n")


def _write_parquet(table: Path) -> None:
    from pyarrow import csv, float64, parquet, string, types  # noqa: PLC0415  an extra

    text = {name: string() for name in TEXT_COLUMNS}
    options = csv.ConvertOptions(column_types=text, strings_can_be_null=True)
    found = csv.read_csv(table, convert_options=options)
    for place, column in enumerate(found.schema):
        if types.is_null(column.type):  # nothing in it yet: readers stumble over such a type
            empty = found.column(place).cast(float64())
            found = found.set_column(place, column.name, empty)
    with replacing(table.with_suffix(".parquet")) as temporary:
        parquet.write_table(found, temporary)
