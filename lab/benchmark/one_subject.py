"""What one subject costs from DICOM to report, in processor time, by process and by stage."""

import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from mri_bme.batch.pool import SINGLE_THREAD, set_in_environment
from mri_bme.batch.status import SubjectStatus, read_statuses

SAMPLE = Path(__file__).parents[2] / "sample_data"
ADOPT_ORPHANS = 36  # prctl(2), PR_SET_CHILD_SUBREAPER


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds of a program, `own_s`, and of it with all that it started, `all_s`."""

    own_s: float
    all_s: float
    waited_s: float


def one_subject(
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="DICOM of one subject with two visits.")
    ] = SAMPLE,
    *,
    times: Annotated[int, typer.Option(min=1, help="Runs, of which the median is told.")] = 5,
) -> None:
    """Measure what `mri-bme run` costs for one subject; other programs make it dearer."""
    runs = [_run(source) for _ in range(times)]
    for cost, status in runs:
        worker = status.effort.cpu_seconds
        typer.echo(
            f"{cost.all_s:.2f} CPU s: worker {worker:.2f}, run {cost.own_s:.2f}, loading "
            f"modules for the worker {cost.all_s - cost.own_s - worker:.2f}; {cost.waited_s:.1f} s"
        )
    _say_medians(runs)


def _run(source: Path) -> tuple[Cost, SubjectStatus]:
    with tempfile.TemporaryDirectory() as out, set_in_environment(SINGLE_THREAD):
        program = [sys.executable, "-m", "mri_bme", "run", str(source), out, "--jobs", "1"]
        cost = cost_of(program)
        (status,) = read_statuses(Path(out))
    return cost, status


def cost_of(program: Sequence[str]) -> Cost:
    """Run a program and count the time of all processes that it starts, however they end.

    The server that workers are forked from outlives the run by a moment, which therefore does
    not wait for it; this process adopts it.
    """
    with _adopting_orphans():
        others = _children()
        before, started = _of_children_s(), time.perf_counter()
        process = subprocess.Popen(  # noqa: S603  our own program
            program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
        waited_s = time.perf_counter() - started
        while left := _children() - others:
            os.waitpid(min(left), 0)
        return Cost(
            own_s=used.ru_utime + used.ru_stime,
            all_s=_of_children_s() - before,
            waited_s=waited_s,
        )


def _children() -> set[int]:
    """List the processes that this one has to wait for, those that it adopted among them."""
    told = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
    return {int(child) for child in told.split()}


def _of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _adopting_orphans() -> Iterator[None]:
    """Let what children leave behind become children of this process. Linux only."""
    prctl = ctypes.CDLL(None).prctl
    prctl(ADOPT_ORPHANS, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(ADOPT_ORPHANS, 0, 0, 0, 0)


def _say_medians(runs: Sequence[tuple[Cost, SubjectStatus]]) -> None:
    whole = median(cost.all_s for cost, _ in runs)
    worker = median(status.effort.cpu_seconds for _, status in runs)
    own = median(cost.own_s for cost, _ in runs)
    load, n_cores = os.getloadavg()[0], os.cpu_count()
    typer.echo(f"\nMedians of {len(runs)}; load {load:.1f} on {n_cores} cores.\n")
    typer.echo("| | CPU seconds |\n| --- | ---: |")
    for what, seconds in (
        ("whole run", whole),
        ("run itself: index, tables, cohort page", own),
        ("loading modules for the worker", whole - own - worker),
        ("worker", worker),
    ):
        typer.echo(f"| {what} | {seconds:.2f} |")
    stages = [stages_cpu_s(status) for _, status in runs]
    for stage in stages[0]:
        typer.echo(f"| worker, {stage} | {median(one[stage] for one in stages):.2f} |")


def stages_cpu_s(status: SubjectStatus) -> dict[str, float]:
    """Share the worker's CPU seconds out among its stages, as the seconds that they took.

    What comes before, between and after them reads the scans and writes images and page.
    """
    took: dict[str, float] = {}
    for one in status.stages:
        took[one.stage] = took.get(one.stage, 0.0) + one.seconds
    took["files and page"] = status.effort.seconds - sum(took.values())
    part = status.effort.cpu_seconds / status.effort.seconds
    return {stage: part * seconds for stage, seconds in took.items()}
