"""How long a reader waits in the reading room, on two visits of 336 x 336 x 25 voxels with T1W."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from lab.benchmark.memory import scanned
from lab.benchmark.room_readers import Reader, browser_reader, http_reader
from mri_bme.batch.recall import recall_subject
from mri_bme.phantom import Protocol
from mri_bme.readings.shelf import READINGS_FOLDER

LARGE = Protocol(n_slices=25, matrix=336, pixel_mm=0.6, thickness_mm=3.0, spacing_mm=3.3)
FOLDER = "sub-large"
PATIENCE_S = 120.0
HALF_WIDTH = 8  # voxels, of a stroke
FIRST = "the first case is opened after the start of the server"
LOOKED_FOR_S = 5  # until a reader has found the link


@dataclass
class Clock:
    """Seconds that a reader waited, and that the server computed meanwhile, by what was done."""

    pid: int = 0
    waited: dict[str, list[float]] = field(default_factory=dict)
    computed: dict[str, list[float]] = field(default_factory=dict)

    def time(self, what: str, act: Callable[[], float]) -> None:
        """Do something that tells how long it took."""
        before = _cpu_s(self.pid)
        self.waited.setdefault(what, []).append(act())
        self.computed.setdefault(what, []).append(_cpu_s(self.pid) - before)


def room(
    *,
    strokes: Annotated[int, typer.Option(min=3, help="Strokes, at either visit in turn.")] = 10,
    keep: Annotated[
        Path | None, typer.Option(help="Folder that keeps scans and results for the next time.")
    ] = None,
    over: Annotated[
        str, typer.Option(help="browser, http, or auto: a browser if there is one.")
    ] = ("auto"),
    seed: Annotated[int, typer.Option(help="Of the subject and of where strokes are.")] = 71,
) -> None:
    """Measure what a reader waits for: a case, strokes, undo, a joint that is moved."""
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory() as name:
        out = _measured(Path(name), seed)
        shutil.rmtree(out / READINGS_FOLDER, ignore_errors=True)
        places, clock = _places(out, strokes, seed), Clock()
        with _reader(over) as reader:
            with _served(out, clock) as link:
                clock.time(f"{FIRST}, at once", partial(reader.entered, link))
            shutil.rmtree(out / READINGS_FOLDER, ignore_errors=True)
            with _served(out, clock) as link:
                time.sleep(LOOKED_FOR_S)
                clock.time(f"{FIRST}, {LOOKED_FOR_S} s later", partial(reader.entered, link))
                _read(reader, clock, places)
    _say(clock, reader.through)


def _reader(over: str) -> AbstractContextManager[Reader]:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if over == "http" or (over == "auto" and found is None):
        return http_reader()
    return browser_reader(found or "chromium")


def _read(reader: Reader, clock: Clock, places: Sequence[tuple[int, int, int, int]]) -> None:
    """Open the case again, draw, take back, and move a joint."""
    for _ in range(3):
        clock.time("a case is opened again", reader.opened)
    time.sleep(2)  # as long as one looks before drawing
    for place in places:
        before = _cpu_s(clock.pid)
        kept, measured = reader.stroke(*place, HALF_WIDTH)
        clock.waited.setdefault("a stroke is kept", []).append(kept)
        clock.waited.setdefault("a stroke is measured, with the change", []).append(measured)
        clock.computed.setdefault("a stroke is measured, with the change", []).append(
            _cpu_s(clock.pid) - before
        )
    for _ in range(3):
        clock.time("a stroke is taken back", reader.undone)
    clock.time("a joint is moved, and everything that follows at both visits", reader.moved)
    clock.time("the joint is taken back", reader.undone)


def _say(clock: Clock, through: str) -> None:
    typer.echo(f"{through}; waited, then computed by the server: median (most)\n")
    typer.echo("| | waited, s | processor, s |\n| --- | ---: | ---: |")
    for what, waited in clock.waited.items():
        computed = clock.computed.get(what)
        typer.echo(f"| {what} | {_told(waited)} | {_told(computed) if computed else ''} |")


def _told(seconds: Sequence[float]) -> str:
    most = f" ({max(seconds):.2f})" if len(seconds) > 1 else ""
    return f"{float(np.median(seconds)):.2f}{most}"


def _measured(root: Path, seed: int) -> Path:
    """Scan a phantom and run it; once for every folder."""
    out = root / "results"
    if not (out / "index.html").is_file():
        (root / "scans").mkdir(parents=True, exist_ok=True)
        manifest = scanned(root / "scans", LARGE, seed)
        program = [sys.executable, "-m", "mri_bme", "run", str(manifest.parent), str(out)]
        subprocess.run(  # noqa: S603  our own program
            [*program, "--manifest", str(manifest), "--jobs", "1"],
            check=True,
            stderr=subprocess.DEVNULL,
        )
    return out


def _places(out: Path, n_strokes: int, seed: int) -> list[tuple[int, int, int, int]]:
    """Choose visit, slice, row and column of strokes in marrow."""
    visits, rng = recall_subject(out, FOLDER).result.visits, np.random.default_rng(seed)
    found = []
    for number in range(n_strokes):
        rois = visits[number % len(visits)].rois
        if rois is None:
            raise RuntimeError("the phantom was to be measured at both visits")
        marrow = np.argwhere(rois.quadrants)
        at = marrow[rng.integers(len(marrow))]
        found.append((number % len(visits), int(at[0]), int(at[1]), int(at[2])))
    return found


@contextmanager
def _served(out: Path, clock: Clock) -> Iterator[str]:
    """Open a room as a user does; gives the link of its reader, and the clock its process."""
    program = [sys.executable, "-m", "mri_bme", "read", str(out), "--port", "0"]
    said = out.parent / "said.txt"
    with said.open("w") as stream:
        process = subprocess.Popen(  # noqa: S603  our own program
            program, stdout=stream, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and process.poll() is None:
            link = re.search(r"^R1: (http\S+)$", said.read_text(), re.MULTILINE)
            if link:
                clock.pid = process.pid
                yield link.group(1)
                return
            time.sleep(0.02)
        raise RuntimeError(f"the room did not open: {said.read_text()[-300:]}")
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)


def _cpu_s(pid: int) -> float:
    """Processor time that a process has used, on Linux."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
