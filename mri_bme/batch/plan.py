"""Which subjects are to be done, which are done already, and what it will take."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from statistics import median

from mri_bme.batch.inputs import SubjectUnit, VisitUnit
from mri_bme.batch.status import (
    PASSING_KINDS,
    Effort,
    SubjectStatus,
    has_all_outputs,
    is_current,
    read_status,
)
from mri_bme.errors import InvalidSettings
from mri_bme.nearest import did_you_mean

SECONDS_PER_VISIT = 20.0  # on one core; replaced by the median of what was already done
MEMORY_MB_PER_WORKER = 2000.0  # docs/robustness.md, Memory: the largest scans took 1.5 GB
DISK_MB_PER_VISIT = 20.0
DIGEST_DIGITS = 8


class State(StrEnum):
    """What a run would do with a subject."""

    TODO = "to do"
    DONE = "done"
    FAILED = "failed before"
    RETRY = "to retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSubject:
    """A subject and what a run would do with it; `effort` is what it took, where it is done."""

    unit: SubjectUnit
    state: State
    reason: str = ""
    effort: Effort | None = None

    @property
    def is_due(self) -> bool:
        """Whether a run would work on it."""
        return self.state in (State.TODO, State.RETRY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What the subjects that are due will take."""

    n_due: int
    hours: float
    memory_mb: float
    disk_mb: float
    measured_on: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The `number`-th of `total` parts of a cohort, for job arrays; counted from 1."""

    number: int
    total: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Read ``i/n``."""
        found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise InvalidSettings(f"--shard takes i/n with i from 1 to n, as in 3/16; found {text}")
        return cls(number=int(found[1]), total=int(found[2]))

    def part(self, units: Sequence[SubjectUnit]) -> tuple[SubjectUnit, ...]:
        """Every `total`-th subject, so that each shard gets its share of every site."""
        return tuple(units[self.number - 1 :: self.total])

    @property
    def name(self) -> str:
        """Name for files that every shard has of its own."""
        return f"{self.number}of{self.total}"


def bids_label(text: str) -> str:
    """Keep the letters and digits of a label: what BIDS and every file system take.

    A label without any becomes a short hash.
    """
    return re.sub(r"[^A-Za-z0-9]", "", text) or _short_hash(text)


def subject_folder(subject: str) -> str:
    """Folder of a subject in the output, ``sub-ID``."""
    return f"sub-{bids_label(subject.removeprefix('sub-'))}"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]


def chosen_units(
    units: Iterable[SubjectUnit],
    *,
    subjects: Sequence[str] = (),
    exclude: Sequence[str] = (),
    shard: Shard | None = None,
) -> tuple[SubjectUnit, ...]:
    """Units in order of subject, kept and left out by patterns such as ``01*``.

    Raises
    ------
    InvalidSettings
        If the patterns leave nobody.
    """
    ordered = sorted(units, key=lambda unit: unit.subject)
    kept = [
        unit
        for unit in ordered
        if (not subjects or _fits(unit, subjects)) and not _fits(unit, exclude)
    ]
    if ordered and not kept:
        listed = "`mri-bme run --dry-run` without them lists all"
        known = [unit.subject for unit in ordered]
        near = (did_you_mean(pattern, known) for pattern in subjects)
        raise InvalidSettings(
            f"--subjects and --exclude leave none of {len(ordered)} subjects; "
            + next(filter(None, near), listed)
        )
    return shard.part(kept) if shard is not None else tuple(kept)


def _fits(unit: SubjectUnit, patterns: Sequence[str]) -> bool:
    names = (unit.subject, unit.folder, unit.folder.removeprefix("sub-"))
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def plan(
    units: Iterable[SubjectUnit],
    out: Path,
    *,
    code_version: str,
    settings_sha256: str,
    retry_failed: bool = False,
    restart: bool = False,
) -> tuple[PlannedSubject, ...]:
    """Say for every unit whether it is done, by its status, without reading its input.

    A subject whose masks or pages were deleted is done again.
    """
    planned = []
    for unit in units:
        status = None if restart else read_status(out, unit.folder)
        if status is not None and not (
            is_current(status, unit, code_version=code_version, settings_sha256=settings_sha256)
            and has_all_outputs(out, status)
        ):
            status = None
        planned.append(_planned(unit, status, retry_failed))
    return tuple(planned)


def _planned(unit: SubjectUnit, status: SubjectStatus | None, retry_failed: bool) -> PlannedSubject:
    if status is None:
        return PlannedSubject(unit=unit, state=State.TODO)
    if status.status != "failed":
        return PlannedSubject(
            unit=unit, state=State.DONE, reason=status.reason, effort=status.effort
        )
    again = retry_failed or status.kind in PASSING_KINDS
    state = State.RETRY if again else State.FAILED
    return PlannedSubject(unit=unit, state=state, reason=status.reason)


def estimate(planned: Sequence[PlannedSubject], *, jobs: int) -> Estimate:
    """Estimate time, memory and disk, from subjects already done where there are any."""
    due = [p for p in planned if p.is_due]
    n_visits = sum(len(p.unit.visits) for p in due)
    measured = [(p.effort, len(p.unit.visits)) for p in planned if p.effort is not None]
    seconds = [effort.seconds / max(n, 1) for effort, n in measured if effort.seconds]
    memory = [effort.peak_memory_mb for effort, _ in measured if effort.peak_memory_mb]
    return Estimate(
        n_due=len(due),
        hours=n_visits * (median(seconds) if seconds else SECONDS_PER_VISIT) / jobs / 3600,
        memory_mb=min(jobs, max(len(due), 1)) * max(memory, default=MEMORY_MB_PER_WORKER),
        disk_mb=n_visits * DISK_MB_PER_VISIT,
        measured_on=len(seconds),
    )


def with_folders(units: Iterable[SubjectUnit]) -> tuple[SubjectUnit, ...]:
    """Give each unit a folder, and each of its visits a session, of its own.

    Names that differ only by case or by punctuation get a short hash.
    """
    ordered = sorted(units, key=lambda unit: unit.subject)
    folders = [subject_folder(unit.subject) for unit in ordered]
    return tuple(
        replace(unit, folder=folder, visits=_with_sessions(unit.visits))
        for unit, folder in zip(
            ordered, _told_apart(folders, [u.subject for u in ordered]), strict=True
        )
    )


def _with_sessions(visits: Sequence[VisitUnit]) -> tuple[VisitUnit, ...]:
    labels = [visit.label for visit in visits]
    sessions = _told_apart([bids_label(label) for label in labels], labels)
    return tuple(replace(v, session=s) for v, s in zip(visits, sessions, strict=True))


def _told_apart(names: Sequence[str], texts: Sequence[str]) -> list[str]:
    counts = Counter(name.lower() for name in names)
    return [
        name + _short_hash(text) if counts[name.lower()] > 1 else name
        for name, text in zip(names, texts, strict=True)
    ]
