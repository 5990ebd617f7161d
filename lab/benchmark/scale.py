"""Time and memory of everything that looks at a whole cohort, on 10,000 made-up subjects.

The subjects are rows made from the schema (`lab.benchmark.made_up_records`); no scan is
measured. Each step is a process of its own, so that its peak memory is that of the step.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from lab.benchmark.made_up_records import FIRST_NEW, VISITS_OF, leave_records, units_of
from mri_bme.batch.cohort import RECIPE
from mri_bme.batch.inputs import SubjectUnit
from mri_bme.batch.progress import LOG_NAME
from mri_bme.batch.run import Recipe, RunOptions, run_units
from mri_bme.batch.stages import StageMemory
from mri_bme.batch.work import Done
from mri_bme.loudness import Loudness
from mri_bme.settings import Settings

KIB_PER_MB = 1024
BYTES_PER_MB = 1e6
NEWCOMERS = 200


def scale(
    *,
    subjects: Annotated[int, typer.Option(help="Subjects with two visits each.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Of what they have.")] = 0,
    keep: Annotated[
        Path | None, typer.Option(help="Folder to make them in and to leave; else a passing one.")
    ] = None,
) -> None:
    """Make records of many subjects, and measure tables, cohort page, statistics and Parquet."""
    root = Path(tempfile.mkdtemp()) if keep is None else keep
    try:
        out = root / "results"
        if not out.is_dir():
            started = time.monotonic()
            leave_records(out, subjects, seed=seed)
            _say(f"{subjects} subjects made in {time.monotonic() - started:.0f} s")
        _step("run again: plan, tables, Parquet, cohort page", _again(out, subjects, parquet=True))
        _step("run again: plan, tables, cohort page", _again(out, subjects, parquet=False))
        _step("report: cohort page", ["-m", "mri_bme", "report", str(out)])
        _step("stats", ["-m", "mri_bme", "stats", str(out)])
        table = clinical_table(root / "clinical.csv", subjects, seed=seed)
        arms = ("--clinical", str(table), "--arm", "arm", "--control", "placebo")
        _step("stats, clinical table and arms", ["-m", "mri_bme", "stats", str(out), *arms])
        _say_sizes(out)
        for n_before in sorted({0, subjects}):
            _measure_newcomers(root, out, n_before)
    finally:
        if keep is None:
            shutil.rmtree(root)


def clinical_table(path: Path, n_subjects: int, *, seed: int) -> Path:
    """Write two arms and two clinical measures of every subject and visit."""
    rng = np.random.default_rng([seed, 5])
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(("subject", "visit", "arm", "basdai", "crp"))
        for unit in units_of(path.parent, n_subjects):
            arm = ("placebo", "treatment")[int(rng.integers(2))]
            for label, _ in VISITS_OF:
                scores = (round(float(rng.uniform(1, 9)), 1), round(float(rng.gamma(1, 9)), 1))
                rows.writerow((unit.subject, label, arm, *scores))
    return path


def _again(out: Path, subjects: int, *, parquet: bool) -> list[str]:
    code = (
        "from pathlib import Path; from lab.benchmark.scale import run_again; "
        f"run_again(Path({str(out)!r}), {subjects}, parquet={parquet})"
    )
    return ["-c", code]


def run_again(out: Path, n_subjects: int, *, first: int = 0, parquet: bool = False) -> None:
    """Run over made-up subjects; nothing is measured of those that are due."""
    recipe = Recipe(
        analyze=find_nothing,
        tables=RECIPE.tables,
        record_cohort=RECIPE.record_cohort,
        rows_of_failed=RECIPE.rows_of_failed,
    )
    options = RunOptions(jobs=1, parquet=parquet, loudness=Loudness.QUIET)
    units = units_of(out.parent, n_subjects, first=first)
    run_units(units, out, settings=Settings(), recipe=recipe, options=options)


def find_nothing(unit: SubjectUnit, folder: Path, settings: Settings, stages: StageMemory) -> Done:
    """Analyze nothing."""
    del unit, folder, settings
    stages.enter("nothing")
    return Done(status="ok")


def _step(name: str, arguments: list[str]) -> None:
    """Run Python in a process of its own; say its time and its largest memory."""
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, *arguments], stdout=subprocess.DEVNULL
    )
    _, code, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    _say(
        f"{name}: {time.monotonic() - started:.1f} s ({used.ru_utime + used.ru_stime:.1f} s of "
        f"processor time), peak {used.ru_maxrss / KIB_PER_MB:.0f} MB, exit {process.returncode}"
    )


def _say_sizes(out: Path) -> None:
    tables = sorted(path.name for path in out.glob("*.csv"))
    names = ("index.html", *tables, "stats/stats.html")
    _say(", ".join(f"{name} {_size_mb(out / name):.1f} MB" for name in names))
    files = list(out.glob("*.parquet/*.parquet"))
    total = sum(path.stat().st_size for path in files) / BYTES_PER_MB
    _say(f"Parquet: {len(files)} files, {total:.1f} MB")


def _size_mb(path: Path) -> float:
    return path.stat().st_size / BYTES_PER_MB if path.is_file() else 0.0


def _measure_newcomers(root: Path, out: Path, n_before: int) -> None:
    """Let subjects join an output that holds none, then all: the cost of each must not grow."""
    place = out if n_before else root / "empty"
    place.mkdir(exist_ok=True)
    log = place / LOG_NAME
    log.unlink(missing_ok=True)
    run_again(place, NEWCOMERS, first=FIRST_NEW)
    events = [json.loads(line) for line in log.read_text().splitlines()]
    times = [datetime.fromisoformat(e["time"]) for e in events if e["event"] == "subject"]
    each = (times[-1] - times[0]).total_seconds() / (len(times) - 1)
    _say(f"{NEWCOMERS} subjects join {n_before}: {1000 * each:.1f} ms from one to the next")


def _say(text: str) -> None:
    typer.echo(text)
