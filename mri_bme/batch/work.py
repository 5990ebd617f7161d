"""Do one subject, in whatever process: read, analyze, write, and say what became of it."""

import errno
import gc
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mri_bme.batch.inputs import (
    MISSING,
    InputRecord,
    SubjectUnit,
    flags_of_unit,
    hashed_inputs,
    stamped_inputs,
    unit_sha256,
)
from mri_bme.batch.lock import LOCK_NAME, waiting_lock
from mri_bme.batch.memory import forget_peak, peak_memory_mb
from mri_bme.batch.own_files import remove_or_set_aside
from mri_bme.batch.stages import MARKER_NAME, REMEMBERED, STAGES_FOLDER, StageMemory
from mri_bme.batch.status import (
    STATUS_NAME,
    Effort,
    Kind,
    Outcome,
    SubjectStatus,
    has_all_outputs,
    read_status,
    write_status,
)
from mri_bme.errors import MriBmeError, OutputRefused, UnreadableInput
from mri_bme.files import file_sha256, remove_unfinished
from mri_bme.record.tables import Row
from mri_bme.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What the analysis of a subject hands back to be recorded."""

    status: Outcome
    reason: str = ""
    stage: str = ""
    kind: Kind = ""
    flags: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)


Analyze = Callable[[SubjectUnit, Path, Settings, StageMemory], Done]
"""Reads, measures and writes one subject into its folder; raises what goes wrong."""

RowsOfFailed = Callable[[SubjectUnit, str], Mapping[str, tuple[Row, ...]]]
"""Table rows that say of each visit of a subject why it has no numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A subject, where its results go, and how they are made. Small and picklable.

    `is_fresh` asks to do the subject again even if nothing changed.
    """

    unit: SubjectUnit
    out: Path
    settings: Settings
    settings_sha256: str
    code_version: str
    run_id: str
    analyze: Analyze
    rows_of_failed: RowsOfFailed
    is_fresh: bool = False
    timeout_s: float | None = None

    @property
    def folder(self) -> Path:
        """Folder of the subject in the output."""
        return self.out / self.unit.folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the run is told of a finished subject; the rest is in its status file."""

    subject: str
    status: Outcome
    reason: str = ""
    stage: str = ""
    kind: Kind = ""
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    trace: tuple[str, ...] = ()
    recorded: bool = True


def do_subject(job: Job) -> Summary:
    """Analyze one subject and record the outcome; nothing but the process's end escapes."""
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        with waiting_lock(job.folder, name=LOCK_NAME):  # an orphan of a killed run may linger
            return _do_held(job)
    except (OSError, OutputRefused) as error:
        lost = failed_status(job, kind="disk", reason=_reason(error), stage="start")
        return summary_of(lost, recorded=False)


def _do_held(job: Job) -> Summary:
    forget_peak()
    started, cpu_started = time.perf_counter(), time.process_time()
    stages = _stages(job, ())
    trace: tuple[str, ...] = ()
    inputs: tuple[InputRecord, ...] = ()
    others: frozenset[Path] | None = None
    try:
        inputs = _hashed(job, stages)
        unchanged = _unchanged(job, inputs)
        if unchanged is not None:
            write_status(job.out, unchanged)
            return summary_of(unchanged)
        stages = _stages(job, inputs)
        remove_outputs(job.out, job.unit.folder)
        others = frozenset(job.folder.rglob("*"))
        done = job.analyze(job.unit, job.folder, job.settings, stages)
        _check_same_inputs(job, stages, done)
        status = _status(job, stages, done)
    except (Exception, MemoryError) as error:
        status = failed_status(
            job, kind=_kind(error), reason=_reason(error), stage=stages.current, inputs=inputs
        )
        trace = _frames(error)
    gc.collect()
    effort = Effort(
        seconds=round(time.perf_counter() - started, 3),
        cpu_seconds=round(time.process_time() - cpu_started, 3),
        peak_memory_mb=round(peak_memory_mb(), 1),
    )
    return _record(job, status.model_copy(update={"effort": effort}), trace, others)


def failed_status(
    job: Job,
    *,
    kind: Kind,
    reason: str,
    stage: str,
    inputs: tuple[InputRecord, ...] = (),
    effort: Effort | None = None,
) -> SubjectStatus:
    """Record that a subject failed, at which stage and why; its rows say so too."""
    return SubjectStatus(
        subject=job.unit.subject,
        folder=job.unit.folder,
        visits=tuple(visit.label for visit in job.unit.visits),
        unit_sha256=unit_sha256(job.unit),
        status="failed",
        reason=reason,
        stage=stage,
        kind=kind,
        code_version=job.code_version,
        settings_sha256=job.settings_sha256,
        run_id=job.run_id,
        flags=flags_of_unit(job.unit),
        inputs=inputs or stamped_inputs(job.unit),
        rows=job.rows_of_failed(job.unit, reason),
        effort=effort or Effort(),
    )


def _stages(job: Job, inputs: tuple[InputRecord, ...]) -> StageMemory:
    return StageMemory(
        folder=job.folder,
        settings=job.settings,
        settings_sha256=job.settings_sha256,
        code_version=job.code_version,
        inputs=inputs,
    )


def _hashed(job: Job, stages: StageMemory) -> tuple[InputRecord, ...]:
    stages.enter("read")
    return hashed_inputs(job.unit)


def _unchanged(job: Job, inputs: tuple[InputRecord, ...]) -> SubjectStatus | None:
    """Status to keep when the files were touched or moved but hold what they held."""
    status = read_status(job.out, job.unit.folder)
    if (
        job.is_fresh
        or status is None
        or status.status == "failed"
        or not has_all_outputs(job.out, status)
        or (status.code_version, status.settings_sha256, status.unit_sha256)
        != (job.code_version, job.settings_sha256, unit_sha256(job.unit))
        or [(i.visit, i.role, i.sha256) for i in status.inputs]
        != [(i.visit, i.role, i.sha256) for i in inputs]
    ):
        return None
    (job.folder / MARKER_NAME).unlink(missing_ok=True)
    return status.model_copy(update={"inputs": inputs})


def _check_same_inputs(job: Job, stages: StageMemory, done: Done) -> None:
    """Refuse numbers of files that are not those that were hashed: nobody could say of what."""
    before, now = stages.inputs, stamped_inputs(job.unit)
    is_same = [i.stamp for i in before] == [i.stamp for i in now]
    if is_same and any(i.sha256 == MISSING for i in before):  # unreadable then, perhaps not later
        is_same = [i.sha256 for i in before] == [i.sha256 for i in hashed_inputs(job.unit)]
    if is_same:
        return
    stages.forget_all()
    for name in done.outputs:
        (job.folder / name).unlink(missing_ok=True)
    raise UnreadableInput(
        "a file changed, or could be read only in part of the time, while it was measured; "
        "run again when nothing writes to the input any more"
    )


def remove_outputs(out: Path, folder: str) -> None:
    """Delete what an earlier run left for a subject; its status, which claims it, last.

    Only files that hold what the status says are deleted; one that somebody changed since
    is set aside as ``NAME.changed``.
    """
    status = read_status(out, folder)
    for name, sha256 in status.outputs.items() if status is not None else ():
        remove_or_set_aside(out / folder / name, sha256)
    (out / folder / STATUS_NAME).unlink(missing_ok=True)
    remove_unfinished(out / folder, below=True)


def _status(job: Job, stages: StageMemory, done: Done) -> SubjectStatus:
    outputs = {name: file_sha256(job.folder / name) for name in sorted(done.outputs)}
    stages.forget_unused()
    return SubjectStatus(
        subject=job.unit.subject,
        folder=job.unit.folder,
        visits=tuple(visit.label for visit in job.unit.visits),
        unit_sha256=unit_sha256(job.unit),
        status=done.status,
        reason=done.reason,
        stage=done.stage,
        kind=done.kind,
        flags=done.flags,
        code_version=job.code_version,
        settings_sha256=job.settings_sha256,
        run_id=job.run_id,
        inputs=stages.inputs,
        stages=tuple(stages.done),
        outputs=outputs,
        rows=done.rows,
    )


def _record(
    job: Job,
    status: SubjectStatus,
    trace: tuple[str, ...],
    others: frozenset[Path] | None,
) -> Summary:
    if status.kind == "disk":
        _make_room(job.folder, others)
    try:
        write_status(job.out, status)
        (job.folder / MARKER_NAME).unlink(missing_ok=True)
    except (OutputRefused, OSError) as error:
        lost = status.model_copy(update={"status": "failed", "kind": "disk", "reason": str(error)})
        return summary_of(lost, trace, recorded=False)
    return summary_of(status, trace)


def _make_room(folder: Path, others: frozenset[Path] | None) -> None:
    """Take back what a subject wrote to a disk that is full, so that its status fits.

    `others` lay there before anything was written; None where nothing was.
    """
    if others is None:
        return
    for path in sorted(folder.rglob("*"), reverse=True):  # what a folder holds, then the folder
        with suppress(OSError):
            if path in others and not path.match(f"{STAGES_FOLDER}/{REMEMBERED}"):
                continue
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            elif path.name != LOCK_NAME:
                path.unlink()


def summary_of(
    status: SubjectStatus, trace: tuple[str, ...] = (), *, recorded: bool = True
) -> Summary:
    """Shorten a status to what the run shows; `recorded` says whether it reached the disk."""
    return Summary(
        subject=status.subject,
        status=status.status,
        reason=status.reason,
        stage=status.stage,
        kind=status.kind,
        seconds=status.effort.seconds,
        peak_memory_mb=status.effort.peak_memory_mb,
        trace=trace,
        recorded=recorded,
    )


def _kind(error: BaseException) -> Kind:
    if isinstance(error, OutputRefused) or _errno(error) in {errno.ENOSPC, errno.EDQUOT}:
        return "disk"
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, UnreadableInput | FileNotFoundError):
        return "input"
    return "error"


def _errno(error: BaseException) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _reason(error: BaseException) -> str:
    """Words for the row; only our own messages are known to hold nothing personal."""
    if isinstance(error, MriBmeError):
        return str(error)
    if isinstance(error, MemoryError):
        return "the memory of the machine was not enough; run with fewer --jobs"
    if isinstance(error, OSError):
        return f"a file could not be used ({error.strerror})"
    return f"unexpected {type(error).__name__} in {_frames(error)[-1]}"


def _frames(error: BaseException) -> tuple[str, ...]:
    """Where it happened, as ``module:line``, without any value."""
    frames = traceback.extract_tb(error.__traceback__)
    return tuple(f"{Path(frame.filename).stem}.{frame.name}:{frame.lineno}" for frame in frames)
