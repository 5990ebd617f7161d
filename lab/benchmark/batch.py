"""Throughput, overhead, memory and stubbornness of `mri-bme run` on phantom cohorts."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from mri_bme.batch.inputs import Source, SubjectUnit, VisitUnit
from mri_bme.batch.machine import n_cores
from mri_bme.batch.plan import with_folders
from mri_bme.batch.progress import LOG_NAME
from mri_bme.batch.run import Recipe, RunOptions, run_units
from mri_bme.batch.stages import StageMemory
from mri_bme.batch.status import SubjectStatus, read_statuses
from mri_bme.batch.work import Done
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.phantom import SCENARIOS, PhantomVisit, make_phantom
from mri_bme.phantom.prescription import SAMPLE
from mri_bme.record.tables import Row
from mri_bme.settings import Settings

IDLE_SUBJECTS = 200
WARMED_UP = 10  # subjects per worker after which its memory should stand still


def batch(
    *,
    subjects: Annotated[int, typer.Option(help="Phantom subjects, two visits each.")] = 200,
    alone: Annotated[int, typer.Option(help="Of these, for a single worker.")] = 60,
    distinct: Annotated[int, typer.Option(help="Different ones; others are copies.")] = 4,
    kills: Annotated[int, typer.Option(help="Times that the run, then a worker, dies.")] = 10,
    planned: Annotated[int, typer.Option(help="Subjects to plan without computing.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Of the moments of the kills.")] = 0,
) -> None:
    """Measure the batch engine; the whole chain works on phantoms with their true bones."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        _measure_engine(root, IDLE_SUBJECTS)
        if planned:
            _measure_planning(root, planned)
        manifest = _make_cohort(root, subjects, distinct)
        if subjects:
            _compare_workers(root, manifest, n_alone=min(alone, subjects), n_subjects=subjects)
        if kills:
            _measure_kills(root, manifest, kills, random.Random(seed))  # noqa: S311  no secret


def _compare_workers(root: Path, manifest: Path, *, n_alone: int, n_subjects: int) -> None:
    """Run the first subjects with one worker, then all of them with two."""
    first = manifest.with_name("first.csv")
    n_lines = 1 + 2 * n_alone  # the head, then both visits
    first.write_text("\n".join(manifest.read_text().splitlines()[:n_lines]) + "\n")
    one = n_alone / _measure_run(root, first, jobs=1)
    two = n_subjects / _measure_run(root, manifest, jobs=2)
    _say(f"throughput of 2 workers: {two / one:.2f} times that of 1 ({n_cores()} cores)")
    few, all_ = _tables(root / "jobs1"), _tables(root / "jobs2")
    same = few.keys() == all_.keys() and all(all_[n].startswith(few[n]) for n in few)
    _say(f"CSV bytes of the same subjects equal for 1 and 2 workers: {same}")


def _make_cohort(root: Path, n_subjects: int, n_distinct: int) -> Path:
    """Write phantoms as NIfTI, and a manifest in which they come again under other names."""
    rows = ["subject,visit,path,bones,t1"]
    for number in range(min(n_distinct, n_subjects)):
        scenario = list(SCENARIOS)[number % len(SCENARIOS)]
        for visit in make_phantom(scenario, seed=number, protocol=SAMPLE).visits:
            _write_phantom(root / f"{number}-{visit.label}", visit)
    for number in range(n_subjects):
        for label in ("baseline", "week14"):
            stem = f"{number % n_distinct}-{label}"
            files = (f"{stem}/{what}.nii.gz" for what in ("stir", "bones", "t1"))
            rows.append(f"P{number:04d},{label},{','.join(files)}")
    manifest = root / "manifest.csv"
    manifest.write_text("\n".join(rows) + "\n")
    return manifest


def _write_phantom(folder: Path, visit: PhantomVisit) -> None:
    for name, voxels in (
        ("stir", visit.volume.voxels),
        ("bones", visit.bone_labels),
        ("t1", visit.t1.voxels),
    ):
        geometry = visit.t1.geometry if name == "t1" else visit.volume.geometry
        stored = dicom_storage_geometry(geometry)
        write_nifti(folder / f"{name}.nii.gz", np.asarray(voxels), geometry, stored=stored)


def _command(root: Path, manifest: Path, out: Path, *more: str) -> list[str]:
    program = [sys.executable, "-m", "mri_bme", "run", str(root), str(out)]
    return [*program, "--manifest", str(manifest), *more]


def _measure_run(root: Path, manifest: Path, *, jobs: int) -> float:
    out = root / f"jobs{jobs}"
    started = time.monotonic()
    code = subprocess.run(  # noqa: S603  our own program
        _command(root, manifest, out, "--jobs", str(jobs)), check=False, stderr=subprocess.DEVNULL
    ).returncode
    wall = time.monotonic() - started
    span = _span(out)
    statuses = list(read_statuses(out))
    work = sum(s.effort.seconds for s in statuses)
    cpu = sum(s.effort.cpu_seconds for s in statuses)
    _say(
        f"{jobs} worker(s): {len(statuses)} subjects in {wall:.1f} s (exit {code}), {span:.1f} s "
        f"without the start of Python and the tables; work {work:.1f} s of wall and {cpu:.1f} s of "
        f"processor time; workers idle {100 * (jobs * span - work) / work:.1f} % of the work"
    )
    _say_memory(statuses)
    return span


def _span(out: Path) -> float:
    """Seconds from the start of a run to its last subject, by its log."""
    events = [json.loads(line) for line in (out / LOG_NAME).read_text().splitlines()]
    times = [datetime.fromisoformat(e["time"]) for e in events if e["event"] != "end"]
    return (times[-1] - times[0]).total_seconds()


def _measure_engine(root: Path, n_subjects: int) -> None:
    """Run subjects without any work in them: what is left is the engine."""
    source = root / "nothing.txt"
    source.write_text("nothing")
    visit = VisitUnit(label="baseline", day=0, volume=Source(path=source))
    units = with_folders(
        SubjectUnit(subject=f"P{n:04d}", folder="", visits=(visit,)) for n in range(n_subjects)
    )
    out, before = root / "engine", time.process_time()
    run_units(units, out, settings=Settings(), recipe=IDLE, options=RunOptions(jobs=1))
    ours = time.process_time() - before
    theirs = sum(status.effort.cpu_seconds for status in read_statuses(out))
    _say(
        f"engine: {1000 * (ours + theirs) / n_subjects:.1f} ms of processor time per subject, "
        f"{1000 * ours / n_subjects:.1f} of them in the run itself"
    )


def do_nothing(unit: SubjectUnit, folder: Path, settings: Settings, stages: StageMemory) -> Done:
    """Analyze nothing."""
    del unit, folder, settings
    stages.enter("nothing")
    return Done(status="ok")


def no_rows(unit: SubjectUnit, reason: str) -> dict[str, tuple[Row, ...]]:
    """Say nothing of a subject."""
    del unit, reason
    return {}


IDLE = Recipe(
    analyze=do_nothing,
    tables={},
    record_cohort=lambda _out, _statuses: None,
    rows_of_failed=no_rows,
)


def _say_memory(statuses: list[SubjectStatus]) -> None:
    peaks = [s.effort.peak_memory_mb for s in statuses]
    early, last = max(peaks[:WARMED_UP]), max(peaks)
    _say(
        f"  peak memory per worker {early:.0f} MB after {WARMED_UP} subjects, {last:.0f} MB at end"
    )


def _measure_kills(root: Path, manifest: Path, kills: int, chance: random.Random) -> None:
    """Kill the run or one of its workers at random moments; the last start may finish."""
    undisturbed = root / "jobs2"
    if not undisturbed.is_dir():
        _measure_run(root, manifest, jobs=2)
    typical = _seconds(root / "jobs2") / kills
    out, twice = root / "killed", 0
    for number in range(kills):
        before = {s.subject: s.run_id for s in read_statuses(out)}
        process = subprocess.Popen(  # noqa: S603  our own program
            _command(root, manifest, out, "--jobs", "2"), stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.5, 1.5) * typical)
        victims = list(_descendants(process.pid))[2:] if number % 2 else []
        _kill(chance.choice(victims) if victims else process.pid)
        time.sleep(chance.uniform(0.0, 0.5) * typical)
        _kill(process.pid)
        process.wait()
        after = {s.subject: s.run_id for s in read_statuses(out)}
        twice += sum(after.get(name) != run_id for name, run_id in before.items())
    subprocess.run(_command(root, manifest, out), check=False, stderr=subprocess.DEVNULL)  # noqa: S603
    same = _tables(out) == _tables(undisturbed)
    _say(f"{kills} kills, then resume: CSV bytes as undisturbed: {same}; done twice: {twice}")


def _seconds(out: Path) -> float:
    return sum(s.effort.seconds for s in read_statuses(out)) / 2


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _descendants(pid: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in map(int, children):
        yield child
        yield from _descendants(child)


def _measure_planning(root: Path, n_subjects: int) -> None:
    volume = root / "planned.nii.gz"
    volume.write_bytes(b"never read")
    rows = ["subject,visit,date,path"]
    days = [(f"P{n:05d}", visit) for n in range(n_subjects) for visit in ("baseline", "week14")]
    rows += [
        f"{name},{visit},{'2024-01-01' if visit == 'baseline' else '2024-04-08'},{volume.name}"
        for name, visit in days
    ]
    manifest = root / "planned.csv"
    manifest.write_text("\n".join(rows) + "\n")
    started = time.monotonic()
    cpu_before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(  # noqa: S603  our own program
        _command(root, manifest, root / "nothing", "--dry-run"),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    _say(
        f"{n_subjects} subjects planned in {time.monotonic() - started:.1f} s "
        f"({used.ru_utime - cpu_before:.1f} s of processor time, start of Python included), peak "
        f"{used.ru_maxrss / 1024:.0f} MB"
    )


def _tables(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.csv"))}


def _say(text: str) -> None:
    typer.echo(text)
