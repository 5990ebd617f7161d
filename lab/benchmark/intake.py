"""Speed and memory of the DICOM intake against pydicom, SimpleITK and dcm2niix.

All times come from one run on one machine, so their ratios hold where the machine is
shared; peers that are not installed are left out.
"""

import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pydicom
import SimpleITK as sitk  # noqa: N813  (its own convention)
import typer

from lab.benchmark.intake_cases import report_cases
from lab.benchmark.intake_exports import SLICES_PER_SERIES, write_enhanced, write_export
from mri_bme.intake.dicom import index_study, read_series

N_REPEATS = 5
PADDING_BYTES = 4 << 20
N_ENHANCED, N_FRAMES = 40, 60


def intake(
    n_files: Annotated[int, typer.Option("--files", help="Size of the large export.")] = 20_000,
    source: Annotated[
        Path | None, typer.Option("--source", help="One real series to read instead of ours.")
    ] = None,
    cases: Annotated[
        Path | None, typer.Option("--cases", help="Score exports with expected.json instead.")
    ] = None,
) -> None:
    """Time indexing and reading, watch memory grow with the number of files, or score exports."""
    if cases is not None:
        report_cases(cases)
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        series = source or write_export(root / "series", SLICES_PER_SERIES, side=320)
        report_reading(series, root)
        report_indexing(write_export(root / "few", 1000, side=128), "1000 files of 128 x 128")
        report_indexing(write_export(root / "more", 8000, side=16), "8000 files of 16 x 16")
        for undefined in (False, True):
            kind = "undefined" if undefined else "stated"
            objects = write_enhanced(root / kind, N_ENHANCED, N_FRAMES, undefined=undefined)
            report_indexing(
                objects, f"{N_ENHANCED} enhanced objects of {N_FRAMES} frames, lengths {kind}"
            )
        report_reading(write_enhanced(root / "one", 1, N_FRAMES), root)
        report_padding(root)
        report_memory(root, n_files)


def report_reading(folder: Path, scratch: Path) -> None:
    """Read one series: ours against a bare pydicom pixel read, SimpleITK and dcm2niix."""
    paths = sorted(p for p in folder.iterdir() if p.is_file())
    series = index_study(folder, keep_key=False).series[0]
    timed = {
        "read_series": best_of(lambda: read_series(series)),
        "index and read": best_of(
            lambda: read_series(index_study(folder, keep_key=False).series[0])
        ),
        "pydicom pixel read": best_of(lambda: [pydicom.dcmread(p).pixel_array for p in paths]),
        "SimpleITK series reader": best_of(lambda: read_with_simpleitk(folder)),
    }
    program = shutil.which("dcm2niix")
    if program:
        timed["dcm2niix -z n"] = best_of(lambda: run_dcm2niix(program, folder, scratch))
    show(
        f"reading a series of {series.n_slices} slices in {len(paths)} file(s)",
        timed,
        "pydicom pixel read",
    )


def report_indexing(folder: Path, what: str) -> None:
    """Index a folder: ours against pydicom without pixels and SimpleITK."""
    paths = sorted(p for p in folder.iterdir() if p.is_file())
    timed = {
        "index_study, one process": best_of(
            lambda: index_study(folder, keep_key=False, n_processes=1), 3
        ),
        "index_study": best_of(lambda: index_study(folder, keep_key=False), 3),
        "pydicom stop_before_pixels": best_of(
            lambda: [pydicom.dcmread(p, stop_before_pixels=True) for p in paths], 3
        ),
        "SimpleITK series IDs": best_of(
            lambda: sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder)), 3
        ),
    }
    show(f"indexing {what}", timed, "pydicom stop_before_pixels", len(paths))


def report_padding(root: Path) -> None:
    """Index files with megabytes of trailing padding: it must cost nothing."""
    plain = write_export(root / "plain", 50, side=64)
    padded = write_export(root / "padded", 50, side=64)
    for path in padded.iterdir():
        with path.open("ab") as stream:
            stream.write(b"\xfc\xff\xfc\xffOB\0\0" + PADDING_BYTES.to_bytes(4, "little"))
            stream.write(bytes(PADDING_BYTES))
    timed = {
        "without padding": best_of(lambda: index_study(plain, keep_key=False)),
        "with 4 MiB of padding each": best_of(lambda: index_study(padded, keep_key=False)),
    }
    show("indexing 50 padded files", timed, "without padding", 50)


def report_memory(root: Path, n_files: int) -> None:
    """Index a large export, and its tenth, each in a fresh process: time and peak memory."""
    peaks = {}
    for n in (n_files // 10, n_files):
        folder = write_export(root / f"large{n}", n, side=4)
        for n_processes in (1, 2):
            seconds, peaks[n] = in_fresh_process(folder, n_processes)
            typer.echo(
                f"{n} files, {n_processes} process(es): {seconds:.1f} s, "
                f"{n / seconds:.0f} files/s, peak {peaks[n]:.0f} MB"
            )
    more = (peaks[n_files] - peaks[n_files // 10]) * 2**20 / (n_files - n_files // 10)
    typer.echo(f"each further file takes {more:.0f} bytes")


def in_fresh_process(folder: Path, n_processes: int) -> tuple[float, float]:
    """Seconds and peak resident megabytes of one `index_study`.

    The peak is that of the process itself: `getrusage` would pass on that of its parent.
    """
    program = (
        "import re, sys, time; from pathlib import Path; "
        "from mri_bme.intake.dicom import index_study; "
        "start = time.perf_counter(); "
        "index_study(Path(sys.argv[1]), keep_key=False, n_processes=int(sys.argv[2])); "
        "print(time.perf_counter() - start, "
        "int(re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1]) / 1024)"
    )
    found = subprocess.run(  # noqa: S603  (our own interpreter and text)
        [sys.executable, "-c", program, str(folder), str(n_processes)],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes = found.stdout.split()
    return float(seconds), float(megabytes)


def best_of(work: Callable[[], object], n: int = N_REPEATS) -> float:
    """Shortest of several wall-clock times, in seconds."""
    times = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(n):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    return min(times)


def show(what: str, timed: dict[str, float], yardstick: str, n_files: int = 0) -> None:
    """Print times, and how they compare with the yardstick."""
    typer.echo(what)
    for name, seconds in timed.items():
        rate = f", {n_files / seconds:7.0f} files/s" if n_files else ""
        ratio = timed[yardstick] / seconds
        typer.echo(f"  {name:28s} {1000 * seconds:9.1f} ms{rate}, {ratio:5.2f} x {yardstick}")


def read_with_simpleitk(folder: Path) -> sitk.Image:
    """Read a series the way SimpleITK's manual does."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


def run_dcm2niix(program: str, folder: Path, scratch: Path) -> None:
    """Convert a folder with dcm2niix, uncompressed."""
    out = scratch / "dcm2niix"
    out.mkdir(exist_ok=True)
    subprocess.run(  # noqa: S603  (a program found on the path)
        [program, "-z", "n", "-w", "1", "-o", str(out), str(folder)],
        capture_output=True,
        check=False,
    )
