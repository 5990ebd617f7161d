"""Run a cohort: hand out what is due, take every outcome as a row, leave the tables."""

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

from mri_bme.batch.cluster import check_cluster, for_cluster, run_on_cluster
from mri_bme.batch.code_version import code_version
from mri_bme.batch.inputs import SubjectUnit
from mri_bme.batch.lock import locked
from mri_bme.batch.machine import default_jobs
from mri_bme.batch.made_with import networks_sha256
from mri_bme.batch.plan import PlannedSubject, Shard, estimate, plan
from mri_bme.batch.pool import Answer, Lost, run_in_processes
from mri_bme.batch.progress import LOG_NAME, ProgressDisplay, RunLog
from mri_bme.batch.record import (
    OpenTable,
    check_parquet,
    record_tables,
    write_provenance,
    write_unread,
)
from mri_bme.batch.resolve import check_same_settings, settings_sha256, write_settings
from mri_bme.batch.scan_weeks import write_scan_weeks
from mri_bme.batch.stages import MARKER_NAME, stage_of_marker
from mri_bme.batch.status import (
    OUTDATED,
    Effort,
    SubjectStatus,
    read_status,
    write_status,
)
from mri_bme.batch.stop import Stop, listening
from mri_bme.batch.underway import Watch
from mri_bme.batch.work import (
    Analyze,
    Job,
    RowsOfFailed,
    Summary,
    do_subject,
    failed_status,
    summary_of,
)
from mri_bme.errors import OutputRefused
from mri_bme.files import remove_unfinished
from mri_bme.findings import AUTO
from mri_bme.loudness import Loudness
from mri_bme.record.changes import NO_FOLLOWUP
from mri_bme.record.scan_weeks import ScanWeek
from mri_bme.settings import Settings
from mri_bme.study import Unread

RecordCohort = Callable[[Path, Sequence[SubjectStatus]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run is carried out; nothing here changes a number.

    `unread` is what of the input reaches no subject, `scan_weeks` when the scans were made, and
    `read_by` whose edema the tables tell.
    """

    jobs: int | None = None
    scheduler: str | None = None
    shard: Shard | None = None
    timeout_s: float | None = None
    retry_failed: bool = False
    restart: bool = False
    parquet: bool = False
    command: str = "mri-bme run"
    folders: Mapping[str, str] | None = None
    unread: tuple[Unread, ...] = ()
    scan_weeks: tuple[ScanWeek, ...] = ()
    loudness: Loudness = Loudness.NORMAL
    read_by: str = AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is done with a subject, and what is written for the whole cohort.

    `tables` names the tables and what opens them; `record_cohort` writes whatever else stands on
    all statuses, such as the cohort page, from the statuses in brief (`status.in_brief`).
    """

    analyze: Analyze
    tables: Mapping[str, OpenTable]
    record_cohort: RecordCohort
    rows_of_failed: RowsOfFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome:
    """How a run ended. `counts` counts subjects of this run's selection by their status.

    `n_single` of those that are ``ok`` have one visit, so that no change was measured.
    `n_outdated` subjects of the output were measured by other code or with other settings,
    `n_unread` files or folders of the input gave nothing.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    n_single: int = 0
    n_computed: int = 0
    n_left: int = 0
    n_outdated: int = 0
    n_unread: int = 0
    signal_number: int | None = None

    @property
    def is_all_measured(self) -> bool:
        """Whether every selected subject was measured, and all of the input was read."""
        is_done = not self.n_left and not self.n_outdated and not self.n_unread
        return is_done and set(self.counts) <= {"ok"}


def run_units(
    units: Sequence[SubjectUnit],
    out: Path,
    *,
    settings: Settings,
    recipe: Recipe,
    options: RunOptions = RunOptions(),
) -> RunOutcome:
    """Analyze every unit that is due and rebuild the tables.

    Raises
    ------
    OutputRefused
        If another run holds `out`, or its disk is full; what was finished is kept.
    InvalidSettings
        If `out` was made with other settings and `options.restart` is off.
    """
    if options.parquet:
        check_parquet()
    if options.scheduler is not None:
        check_cluster()
    with locked(out, shard=options.shard.name if options.shard else None):
        if options.shard is None:  # nobody else writes here now
            remove_unfinished(out)
        if not options.restart:
            check_same_settings(out, settings)
        write_settings(out, settings)
        planned = plan(
            units,
            out,
            code_version=code_version(),
            settings_sha256=settings_sha256(settings),
            retry_failed=options.retry_failed,
            restart=options.restart,
        )
        return _run_planned(planned, out, settings, recipe, options)


def _run_planned(
    planned: Sequence[PlannedSubject],
    out: Path,
    settings: Settings,
    recipe: Recipe,
    options: RunOptions,
) -> RunOutcome:
    jobs = _jobs(planned, out, settings, recipe, options)
    log, stop = RunLog(out / LOG_NAME), Stop()
    log.write("start", run=_run_id(jobs), selected=len(planned), due=len(jobs))
    display = ProgressDisplay(
        len(jobs),
        loudness=options.loudness,
        watch=Watch([job.unit for job in jobs], out, n_workers=_n_workers(jobs, options)),
        expected_s=estimate(planned, jobs=_n_workers(jobs, options)).hours * 3600,
    )
    answers = _answers(jobs, options, stop)
    with display, listening(stop, display.announce), closing(answers):  # workers end with them
        n_unrecorded = 0
        for answer in answers:
            summary = _recorded(jobs[answer.index], answer)
            n_unrecorded += not summary.recorded
            detail = _stages_in_words(out, jobs[answer.index], options.loudness)
            display.finished(summary, answer.index, detail=detail)
            log.write("subject", **_facts(summary, answer))
    try:
        outcome = _record(planned, out, settings, recipe, options)
    finally:
        log.write("end", signal=stop.signal_number)
        log.close()
    if n_unrecorded:
        raise OutputRefused(
            f"the output could not take the results of {n_unrecorded} subjects (disk full?); free "
            "some space and run the same command again: finished subjects are kept"
        )
    return replace(outcome, n_computed=len(jobs), signal_number=stop.signal_number)


def _jobs(
    planned: Sequence[PlannedSubject],
    out: Path,
    settings: Settings,
    recipe: Recipe,
    options: RunOptions,
) -> tuple[Job, ...]:
    run_id, digest = uuid4().hex, settings_sha256(settings)
    jobs = tuple(
        Job(
            unit=p.unit,
            out=out,
            settings=settings,
            settings_sha256=digest,
            code_version=code_version(),
            run_id=run_id,
            analyze=recipe.analyze,
            rows_of_failed=recipe.rows_of_failed,
            is_fresh=options.restart or options.retry_failed,
            timeout_s=options.timeout_s,
        )
        for p in planned
        if p.is_due
    )
    return for_cluster(jobs) if options.scheduler else jobs


def _run_id(jobs: Sequence[Job]) -> str | None:
    return jobs[0].run_id if jobs else None


def _answers(jobs: Sequence[Job], options: RunOptions, stop: Stop) -> Generator[Answer, None, None]:
    if not jobs:
        return
    if options.scheduler:
        yield from run_on_cluster(jobs, address=options.scheduler, stop=stop)
        return
    yield from run_in_processes(
        do_subject,
        jobs,
        jobs=_n_workers(jobs, options),
        timeout_s=options.timeout_s,
        stop=stop,
        warm=jobs[0].analyze,
    )


def _n_workers(jobs: Sequence[Job], options: RunOptions) -> int:
    """Count the subjects that can be in work at once; a cluster may take all of them."""
    return len(jobs) if options.scheduler else min(options.jobs or default_jobs(), len(jobs)) or 1


def _stages_in_words(out: Path, job: Job, loudness: Loudness) -> str:
    status = read_status(out, job.unit.folder) if loudness is Loudness.VERBOSE else None
    if status is None:
        return ""
    stages = (
        f"{' '.join((one.stage, *one.visits))} "
        + ("remembered" if one.remembered else f"{one.seconds:.1f} s")
        for one in status.stages
    )
    return f"{status.effort.seconds:.1f} s ({', '.join(stages)})"


def _recorded(job: Job, answer: Answer) -> Summary:
    """Summary of a subject; where its worker was lost, the run writes its status."""
    if not isinstance(answer.outcome, Lost):
        summary: Summary = answer.outcome
        return summary
    lost = answer.outcome
    status = failed_status(
        job,
        kind=lost.kind,
        reason=_reason_of(lost, job),
        stage=stage_of_marker(job.folder),
        effort=Effort(seconds=round(lost.seconds, 3), attempts=answer.attempts),
    )
    try:
        write_status(job.out, status)
        (job.folder / MARKER_NAME).unlink(missing_ok=True)
    except (OutputRefused, OSError):
        return summary_of(status, recorded=False)
    return summary_of(status)


def _reason_of(lost: Lost, job: Job) -> str:
    if lost.kind == "timeout":
        return f"took longer than {job.timeout_s:g} s"
    ending = f"by signal {lost.signal_number}" if lost.signal_number else "by itself"
    return f"its worker process ended twice ({ending}); too little memory is the usual cause"


def _facts(summary: Summary, answer: Answer) -> dict[str, object]:
    return {
        "subject": summary.subject,
        "status": summary.status,
        "stage": summary.stage,
        "kind": summary.kind,
        "reason": summary.reason,
        "seconds": summary.seconds,
        "peak_memory_mb": summary.peak_memory_mb,
        "attempts": answer.attempts,
        "trace": summary.trace,
    }


def _record(
    planned: Sequence[PlannedSubject],
    out: Path,
    settings: Settings,
    recipe: Recipe,
    options: RunOptions,
) -> RunOutcome:
    digest = settings_sha256(settings)
    statuses = record_tables(
        out,
        recipe.tables,
        code_version=code_version(),
        settings_sha256=digest,
        folders=options.folders,
        parquet=options.parquet,
        read_by=options.read_by,
    )
    write_unread(out, options.unread)
    write_scan_weeks(out, options.scan_weeks)
    write_provenance(
        out,
        statuses,
        command=options.command,
        code_version=code_version(),
        settings_sha256=digest,
        networks=networks_sha256(settings),
    )
    recipe.record_cohort(out, statuses)
    selected = {p.unit.subject for p in planned}
    n_outdated = sum(s.reason == OUTDATED for s in statuses)
    current = [s for s in statuses if s.reason != OUTDATED]
    counts = Counter[str](s.status for s in current if s.subject in selected)
    n_left = len(selected) - sum(counts.values())
    return RunOutcome(
        counts=counts,
        n_single=sum(s.subject in selected and s.reason == NO_FOLLOWUP for s in current),
        n_left=n_left,
        n_outdated=n_outdated,
        n_unread=sum(one.n_files for one in options.unread),
    )
