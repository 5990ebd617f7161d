"""Peak memory and time of one subject of the largest scans, and of files that are refused."""

import gzip
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import nibabel as nib
import numpy as np
import typer

from mri_bme.batch.status import SubjectStatus, read_statuses
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.phantom import Protocol, make_phantom

SIZES = {
    "25 x 672 x 672": Protocol(
        n_slices=25, matrix=672, pixel_mm=0.45, thickness_mm=3.0, spacing_mm=3.3
    ),
    "60 x 512 x 512": Protocol(
        n_slices=60, matrix=512, pixel_mm=0.6, thickness_mm=1.6, spacing_mm=1.6
    ),
    "200 x 400 x 400": Protocol(
        n_slices=200, matrix=400, pixel_mm=0.8, thickness_mm=0.8, spacing_mm=0.8
    ),
}
"""Slices x rows x columns of a field of view of some 30 cm."""
REFUSED = 3  # exit code
KILOBYTES_PER_MB = 1024
HEADER_BYTES = 352
WATCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss, used.ru_utime + used.ru_stime)
"""
"""Starts a program and tells its peak; Linux counts for it what starts it holds, here little."""


def memory(
    *,
    size: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(SIZES)} (repeat); all without.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Folder that keeps the scans for the next time.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the subject.")] = 71,
) -> None:
    """Measure files that are refused, and a subject of two visits with T1W for each size."""
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.mkdir(parents=True, exist_ok=True)
        typer.echo("| Refused | Peak | Time |\n| --- | ---: | ---: |")
        for what, write in WORST.items():
            path = root / "refused.nii.gz"
            write(path)
            peak_mb, seconds = refusal(path)
            typer.echo(f"| {what} | {_mb(peak_mb)} | {seconds:.1f} s |")
        typer.echo("\n| Slices x rows x columns | Peak | Time |\n| --- | ---: | ---: |")
        for what in size or SIZES:
            status = _measured(scanned(root / what.replace(" ", ""), SIZES[what], seed))
            effort, said = status.effort, "" if status.status == "ok" else f" ({status.reason})"
            typer.echo(f"| {what}{said} | {_mb(effort.peak_memory_mb)} | {effort.seconds:.0f} s |")


def _mb(peak: float) -> str:
    return f"{peak:.0f} MB"


def scanned(folder: Path, protocol: Protocol, seed: int) -> Path:
    """Scan a subject at two visits, and list the files in a manifest; once for every folder."""
    manifest = folder / "manifest.csv"
    if manifest.is_file():
        return manifest
    rows = ["subject,visit,path,t1"]
    for visit in make_phantom("partial", seed=seed, protocol=protocol).visits:
        for what, volume in (("stir", visit.volume), ("t1", visit.t1)):
            path = folder / f"{visit.label}-{what}.nii.gz"
            voxels = np.rint(volume.voxels).astype(np.int16)  # as scanners store them
            stored = dicom_storage_geometry(volume.geometry)
            write_nifti(path, voxels, volume.geometry, stored=stored)
        rows.append(f"large,{visit.label},{visit.label}-stir.nii.gz,{visit.label}-t1.nii.gz")
    manifest.write_text("\n".join(rows) + "\n")
    return manifest


def _measured(manifest: Path) -> SubjectStatus:
    """Run one subject in a worker, as `mri-bme run` does."""
    with tempfile.TemporaryDirectory() as out:
        program = [sys.executable, "-m", "mri_bme", "run", str(manifest.parent), out]
        subprocess.run(  # noqa: S603  our own program
            [*program, "--manifest", str(manifest), "--jobs", "1"],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return next(iter(read_statuses(Path(out))))


def refusal(path: Path) -> tuple[float, float]:
    """Peak memory (MB) and processor time (s) of `mri-bme rois` on a file that it refuses.

    Raises
    ------
    RuntimeError
        If it is not refused.
    """
    program = ["-m", "mri_bme", "rois", str(path), "--out", str(path.with_name("rois.nii.gz"))]
    told = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", WATCHER, sys.executable, *program],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    code, peak_kb, seconds = told.stdout.split()
    if int(code) != REFUSED:
        raise RuntimeError(f"the file was to be refused; the exit code was {code}")
    return float(peak_kb) / KILOBYTES_PER_MB, float(seconds)


def _header(shape: tuple[int, int, int], kind: str) -> bytes:
    header = nib.Nifti1Header()
    header.set_data_shape(shape)
    header.set_data_dtype(np.dtype(kind))
    header.set_sform(np.diag([1.0, 1.0, 1.0, 1.0]), code=1)
    header["magic"], header["vox_offset"] = b"n+1", HEADER_BYTES
    return bytes(header.binaryblock) + bytes(HEADER_BYTES - len(header.binaryblock))


def _too_many_voxels(path: Path) -> None:
    path.write_bytes(gzip.compress(_header((2000, 2000, 2000), "int16")))


def _zeros_behind_a_small_scan(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(_header((64, 64, 20), "int16"))
        for _ in range(2048):
            stream.write(bytes(1 << 20))


def _large_with_a_wrong_checksum(path: Path) -> None:
    n = 464  # 464 x 464 x 464 are 99,897,344 voxels
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(_header((n, n, n), "float64"))
        for _ in range(n):
            stream.write(bytes(8 * n * n))
    content = bytearray(path.read_bytes())
    content[-8] ^= 0xFF  # the checksum stands before the length
    path.write_bytes(content)


WORST: Mapping[str, Callable[[Path], None]] = {
    "declares 2000 x 2000 x 2000 voxels": _too_many_voxels,
    "2 GB of zeros behind the header of a small scan": _zeros_behind_a_small_scan,
    "464 x 464 x 464 voxels of 8 bytes, as many as are read, with a wrong checksum": (
        _large_with_a_wrong_checksum
    ),
}
"""Files that take the most before they can be refused, and what writes them."""
