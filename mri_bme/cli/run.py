"""``mri-bme run``: everything, for every subject."""

import shlex
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mri_bme.batch.code_version import code_version
from mri_bme.batch.cohort import COHORT_FILES, RECIPE
from mri_bme.batch.corrections import (
    drop_corrections,
    given_corrections,
    keep_corrections,
    kept_corrections,
    with_corrections,
)
from mri_bme.batch.discover import find_input
from mri_bme.batch.explain import explain
from mri_bme.batch.flags import flags_of_config
from mri_bme.batch.inputs import SubjectUnit
from mri_bme.batch.machine import default_jobs
from mri_bme.batch.pages import INDEX_NAME
from mri_bme.batch.plan import PlannedSubject, Shard, State, chosen_units, estimate, plan
from mri_bme.batch.read_by import check_read_by
from mri_bme.batch.read_pages import rebuild_as_read_by
from mri_bme.batch.resolve import RUN_TABLE, read_config, resolve_settings, settings_sha256
from mri_bme.batch.run import RunOptions, RunOutcome, run_units
from mri_bme.batch.scan_weeks import scan_weeks
from mri_bme.cli import exits
from mri_bme.cli.intake_progress import counting
from mri_bme.cli.places import check_folders, check_results
from mri_bme.cli.rois import FALL_BACK
from mri_bme.cli.voice import loudness
from mri_bme.errors import InvalidSettings
from mri_bme.findings import AUTO
from mri_bme.intake.atlas import read_atlas
from mri_bme.intake.dicom.ids import read_ids
from mri_bme.intake.manifest import manifest_header
from mri_bme.intake.nifti import is_nifti
from mri_bme.loudness import Loudness
from mri_bme.settings import Settings

EXIT_OF_SIGNAL = 128
LISTED_SUBJECTS = 50
ENOUGH_FOR_STATISTICS = 3  # subjects; `stats` says what more it needs


def run(  # noqa: PLR0917  typer makes options of parameters
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="DICOM in any layout, or BIDS.")],
    out: Annotated[
        Path | None, typer.Argument(metavar="OUT", help="Where results go, or are already.")
    ] = None,
    manifest: Annotated[Path | None, typer.Option(help=f"CSV: {manifest_header()}.")] = None,
    pattern: Annotated[
        list[str] | None,
        typer.Option(
            help="Naming rule of NIfTI, repeated for 't1=...': '{subject}/{visit}/stir.nii.gz'."
        ),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as TOML; flags win.")] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", help="One setting, as section.name=value; may be repeated."),
    ] = None,
    rois_dir: Annotated[
        Path | None,
        typer.Option(
            help="Corrected quadrant maps, named as in OUT, or OUT/readings/READER with anatomy "
            "that a reader moved; kept in OUT."
        ),
    ] = None,
    drop: Annotated[
        bool,
        typer.Option("--drop-corrections", help="Forget corrections that earlier runs kept."),
    ] = False,
    atlas: Annotated[
        Path | None, typer.Option(help="Folder of annotated scans; `mri-bme rois --help`.")
    ] = None,
    orientation: Annotated[
        str | None,
        typer.Option(help="How axes run (as RAS) in NIfTI whose header does not say it."),
    ] = None,
    fall_back: Annotated[
        bool,
        typer.Option("--fall-back", help="Use another source where ROIs that were given fail."),
    ] = False,
    ids: Annotated[
        str | None, typer.Option(help="`keep` PatientIDs, or a CSV: patient_id,subject.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Worker processes; by default as many as cores and memory allow."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask scheduler, as in tcp://host:8786.")
    ] = None,
    shard: Annotated[str | None, typer.Option(help="This part of the cohort only: i/n.")] = None,
    subjects: Annotated[
        list[str] | None,
        typer.Option(help="Only subjects that match, as in 'A0*'; may be repeated."),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="No subjects that match; may be repeated.")
    ] = None,
    timeout_per_subject: Annotated[
        float | None, typer.Option(min=1, help="Seconds after which a subject is given up.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Also do subjects that failed before.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Do all subjects again, with these settings.")
    ] = False,
    parquet: Annotated[
        bool | None, typer.Option("--parquet", help="Write tables as Parquet too.")
    ] = None,
    read_by: Annotated[
        str, typer.Option(help="Tables of `auto`, a reader's code, `mean` or `consensus`.")
    ] = AUTO,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be done; write nothing.")
    ] = False,
    explained: Annotated[
        str | None, typer.Option("--explain", help="Trace a subject's numbers; needs OUT only.")
    ] = None,
) -> None:
    """Measure every subject of INPUT into OUT; run again to resume."""
    if explained is not None:
        sys.stdout.write(explain(out or source, explained))
        return
    if out is None:
        raise InvalidSettings("run needs INPUT and OUT; `mri-bme run --help` explains")
    check_folders(source, out)
    check_results(out, COHORT_FILES)
    check_read_by(out, read_by)
    tables = read_config(config)
    options_given = {
        "manifest": manifest,
        "pattern": pattern or None,
        "rois_dir": rois_dir,
        "atlas": atlas,
        "orientation": orientation,
        "ids": ids,
        "jobs": jobs,
        "scheduler": scheduler,
        "subjects": subjects or None,
        "exclude": exclude or None,
        "timeout_per_subject": timeout_per_subject,
        "parquet": parquet,
    }
    flags = _with_defaults(options_given, tables.get(RUN_TABLE, {}), config)
    settings = resolve_settings(
        tables, [*(assignments or ()), *((FALL_BACK,) if fall_back else ())]
    )
    part = Shard.parse(shard) if shard else None
    if flags["atlas"] is not None:
        read_atlas(flags["atlas"], settings=settings.rois)  # refused now rather than per visit
    with counting("files") as show_files:
        found = find_input(
            source,
            settings=settings,
            manifest=flags["manifest"],
            patterns=flags["pattern"] or (),
            atlas=flags["atlas"],
            orientation=flags["orientation"],
            show_files=show_files,
            ids=read_ids(flags["ids"]),
            keep_key=not dry_run,
        )
    given = {} if flags["rois_dir"] is None else given_corrections(flags["rois_dir"], found.units)
    units = chosen_units(
        found.units,
        subjects=flags["subjects"] or (),
        exclude=flags["exclude"] or (),
        shard=part,
    )
    if drop and not dry_run:
        drop_corrections(out, units)
    kept = kept_corrections(out) if not drop else {}
    kept = {**kept, **given} if dry_run else keep_corrections(given, out)
    units = with_corrections(units, kept)
    options = RunOptions(
        jobs=flags["jobs"],
        scheduler=flags["scheduler"],
        shard=part,
        timeout_s=flags["timeout_per_subject"],
        retry_failed=retry_failed,
        restart=restart,
        parquet=bool(flags["parquet"]),
        command=_command(),
        folders={unit.subject: unit.folder for unit in found.units},
        unread=found.unread,
        scan_weeks=scan_weeks(found.units),
        loudness=loudness(),
        read_by=read_by,
    )
    if dry_run:
        sys.stdout.write(_dry_run(units, out, settings, options))
        return
    outcome = run_units(units, out, settings=settings, recipe=RECIPE, options=options)
    if read_by != AUTO:
        for folder, reason in rebuild_as_read_by(out, read_by):
            sys.stderr.write(f"mri-bme: {folder}: {reason}\n")
    if loudness() is not Loudness.QUIET or not outcome.is_all_measured:
        sys.stderr.write(_closing(outcome, out))
    _leave(outcome)


def _with_defaults(given: Mapping[str, Any], table: object, config: Path | None) -> dict[str, Any]:
    """Fill flags that were not given from the ``[run]`` table of the config."""
    defaults = flags_of_config(table, config.parent if config else Path())
    return {name: defaults.get(name) if value is None else value for name, value in given.items()}


def _command() -> str:
    """Name the flags of this run without their values, which may be paths or names."""
    flags = [word.split("=")[0] for word in sys.argv[1:] if word.startswith("--")]
    return " ".join(["mri-bme run INPUT OUT", *flags])


def _dry_run(
    units: Sequence[SubjectUnit], out: Path, settings: Settings, options: RunOptions
) -> str:
    planned = plan(
        units,
        out,
        code_version=code_version(),
        settings_sha256=settings_sha256(settings),
        retry_failed=options.retry_failed,
        restart=options.restart,
    )
    jobs = options.jobs or default_jobs()
    expected = estimate(planned, jobs=jobs)
    counts = Counter(p.state for p in planned)
    lines = [_planned_line(p) for p in planned[:LISTED_SUBJECTS]]
    if len(planned) > LISTED_SUBJECTS:
        lines.append(f"... and {len(planned) - LISTED_SUBJECTS} more")
    states = ", ".join(f"{counts[state]} {state}" for state in State if counts[state])
    basis = (
        f"from {expected.measured_on} subjects done" if expected.measured_on else "a rough guess"
    )
    lines += [
        f"{len(planned)} subject{'' if len(planned) == 1 else 's'}: {states}",
        f"estimate with {jobs} job(s), {basis}: {_duration(expected.hours)}, "
        f"{expected.memory_mb / 1024:.1f} GB of memory, {expected.disk_mb / 1024:.2f} GB of disk",
    ]
    return "\n".join(lines) + "\n"


def _planned_line(planned: PlannedSubject) -> str:
    visits = "; ".join(
        f"{visit.label}{'' if visit.day is None else f' (day {visit.day})'}: "
        + (_series_words(visit.volume) if visit.volume else f"nothing to measure, {visit.reason}")
        for visit in planned.unit.visits
    )
    because = f" ({planned.reason})" if planned.state is State.FAILED else ""
    return f"{planned.unit.subject} [{planned.state}{because}] {visits}"


def _series_words(source: Any) -> str:
    if source.series is None:
        return _file_words(source.path)
    series = source.series
    return f"{series.contrast.value} {series.plane.value}, {series.n_slices} slices"


def _file_words(path: Path) -> str:
    """Say what a file of a manifest is, not its name, which is often that of a person."""
    if is_nifti(path):
        return "NIfTI file"
    return "DICOM file" if path.is_file() else "DICOM folder"


def _duration(hours: float) -> str:
    if hours * 60 < 1:
        return "under a minute"
    return f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.0f} min"


def _closing(outcome: RunOutcome, out: Path) -> str:
    """Say what was made, where to look and what to do next."""
    counts = outcome.counts
    words = [f"{counts.get('ok', 0)} measured{_of_one_visit(outcome)}"]
    words += [
        f"{counts[name]} {text}"
        for name, text in (("not_evaluable", "not evaluable"), ("failed", "failed"))
        if counts.get(name)
    ]
    words += [f"{outcome.n_left} left to do: run again to resume"] if outcome.n_left else []
    words += [f"{outcome.n_outdated} in OUT outdated"] if outcome.n_outdated else []
    if outcome.n_unread:
        words.append(f"{outcome.n_unread} file(s) or folder(s) not read: unread.csv says why")
    is_plain = outcome.is_all_measured or set(counts) <= {"ok"}
    words += [] if outcome.n_computed else ["already done"]
    hint = "" if is_plain else "; subjects.csv says why"
    look = f"{', '.join(words)}{hint}; open {out / INDEX_NAME}"
    return f"mri-bme: {look}{_next_step(outcome, out)}\n"


def _next_step(outcome: RunOutcome, out: Path) -> str:
    """Say what follows the look at the pages; nothing before all is done."""
    if outcome.n_left or not outcome.counts.get("ok"):
        return ""
    if outcome.counts["ok"] < ENOUGH_FOR_STATISTICS:
        return f" and check the quadrants; to correct them: mri-bme read {shlex.quote(str(out))}"
    return f" and check the quadrants, then: mri-bme stats {shlex.quote(str(out))}"


def _of_one_visit(outcome: RunOutcome) -> str:
    if not outcome.n_single:
        return ""
    whose = "" if outcome.n_single == outcome.counts.get("ok") else f"{outcome.n_single} of them "
    return f" ({whose}one visit: no change to measure)"


def _leave(outcome: RunOutcome) -> None:
    if outcome.signal_number is not None:
        raise SystemExit(EXIT_OF_SIGNAL + outcome.signal_number)
    if not outcome.is_all_measured:
        raise SystemExit(exits.NOT_ALL_EVALUABLE)
