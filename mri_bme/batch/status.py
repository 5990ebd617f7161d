"""What became of one subject: `status.json`, written last, the truth for resume."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from mri_bme.batch.inputs import InputRecord, SubjectUnit, stamped_inputs, unit_sha256
from mri_bme.files import write_text
from mri_bme.record.tables import Row
from mri_bme.record.visits import WHOLE

STATUS_NAME = "status.json"

Outcome = Literal["ok", "not_evaluable", "failed"]
Kind = Literal["", "input", "error", "memory", "disk", "timeout", "killed"]
PASSING_KINDS: frozenset[Kind] = frozenset({"disk", "killed"})
"""Failures that say nothing about the subject; a resumed run tries again."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class StageRecord(_Part):
    """One stage of one subject: from what (`key`), and whether it was remembered."""

    stage: str
    visits: tuple[str, ...]
    key: str
    remembered: bool
    seconds: float


class Effort(_Part):
    """Time and memory that a subject took; all else is equal between two equal runs."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    attempts: int = 1


class SubjectStatus(_Part):
    """Everything that the tables say of one subject, and where it comes from."""

    subject: str
    folder: str
    visits: tuple[str, ...]
    unit_sha256: str
    status: Outcome
    reason: str = ""
    stage: str = ""
    kind: Kind = ""
    flags: tuple[str, ...] = ()
    code_version: str
    settings_sha256: str
    run_id: str = ""
    inputs: tuple[InputRecord, ...] = ()
    stages: tuple[StageRecord, ...] = ()
    outputs: Mapping[str, str] = {}
    rows: Mapping[str, tuple[Row, ...]] = {}
    effort: Effort = Effort()


def write_status(out: Path, status: SubjectStatus) -> None:
    """Write a subject's status, whole or not at all."""
    write_text(out / status.folder / STATUS_NAME, status.model_dump_json(indent=1) + "\n")


def read_status(out: Path, folder: str) -> SubjectStatus | None:
    """Read a subject's status; None when there is none, or none that could be this folder's.

    A status names files that the next run deletes, so one that names another folder, or a
    file outside its own, is not believed.
    """
    try:
        found = SubjectStatus.model_validate_json((out / folder / STATUS_NAME).read_bytes())
    except (OSError, ValidationError):
        return None
    return found if found.folder == folder and _are_inside(out / folder, found.outputs) else None


def _are_inside(folder: Path, names: Iterable[str]) -> bool:
    """Whether names lead to places in a folder, links followed.

    Where their folders lead is looked up once each: a subject has many files in few folders.
    """
    home = folder.resolve()
    led_to: dict[PurePath, Path] = {}
    for name in map(PurePath, names):
        if name.is_absolute():
            return False
        above = name.parent
        if above not in led_to:
            led_to[above] = (home / above).resolve()
        place = led_to[above] / name.name
        if name.name in ("", "..") or place.is_symlink():
            place = place.resolve()
        if not place.is_relative_to(home):
            return False
    return True


def has_all_outputs(out: Path, status: SubjectStatus) -> bool:
    """Tell whether every file that a subject was given is still there."""
    return all((out / status.folder / name).is_file() for name in status.outputs)


def read_statuses(out: Path) -> Iterator[SubjectStatus]:
    """Read the status of every subject in the output, by folder name."""
    for folder in sorted(path.name for path in out.glob("sub-*")):
        status = read_status(out, folder)
        if status is not None:
            yield status


class _Heading(BaseModel):
    """What a status begins with."""

    subject: str


def read_statuses_by_subject(out: Path) -> Iterator[SubjectStatus]:
    """Read the status of every subject in the output, in order of subjects.

    Statuses are read one at a time, so that thousands need no more memory than one.
    """
    headings = []
    for path in out.glob(f"sub-*/{STATUS_NAME}"):
        try:
            subject = _Heading.model_validate_json(path.read_bytes()).subject
        except (OSError, ValidationError):
            continue
        headings.append((subject, path.parent.name))
    for _, folder in sorted(headings):
        status = read_status(out, folder)
        if status is not None:
            yield status


BRIEF_TABLES: Mapping[str, tuple[str, ...] | None] = {
    "visits": None,
    "changes": None,
    "quality": ("visit", "check", "value"),
}
"""Tables, and the columns of them, that a subject in brief keeps; None keeps all."""


def in_brief(status: SubjectStatus) -> SubjectStatus:
    """Keep what the cohort page and counts tell of a subject: its whole, and how its scans look.

    A tenth of a status: ten thousand of them fit into memory.
    """
    rows = {
        name: tuple(
            row if columns is None else {c: row[c] for c in columns if c in row}
            for row in status.rows.get(name, ())
            if row.get("region", WHOLE) == WHOLE
        )
        for name, columns in BRIEF_TABLES.items()
    }
    return status.model_copy(update={"rows": rows, "outputs": {}, "stages": ()})


OUTDATED = (
    "measured with another version or other settings than the rest; run without --subjects, "
    "--exclude and --shard to measure it again"
)
KEPT_CELLS = ("subject", "visit", "day", "baseline", "followup", "days", "region", "read_by")


def outdated(status: SubjectStatus) -> SubjectStatus:
    """Keep a subject in the tables, without numbers that cannot be compared with the others'."""
    rows = {
        name: tuple(without_numbers(row, OUTDATED) for row in found)
        for name, found in status.rows.items()
    }
    return status.model_copy(
        update={
            "status": "not_evaluable",
            "reason": OUTDATED,
            "stage": "",
            "kind": "",
            "flags": (),
            "rows": {name: found for name, found in rows.items() if name in ("visits", "changes")},
        }
    )


def without_numbers(row: Row, reason: str) -> Row:
    """Keep what a row is about, with the reason why there are no numbers."""
    told = {name: row[name] for name in KEPT_CELLS if name in row}
    verdict: Row = {"verdict": "not_evaluable"} if "verdict" in row else {}
    return {**told, **verdict, "evaluable": False, "reason": reason}


def is_current(
    status: SubjectStatus, unit: SubjectUnit, *, code_version: str, settings_sha256: str
) -> bool:
    """Tell whether a status was made from these inputs, settings and code, without reading them."""
    return (
        status.code_version == code_version
        and status.settings_sha256 == settings_sha256
        and status.unit_sha256 == unit_sha256(unit)
        and [(i.visit, i.role, i.stamp) for i in status.inputs]
        == [(i.visit, i.role, i.stamp) for i in stamped_inputs(unit)]
    )
