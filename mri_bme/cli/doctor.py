"""``mri-bme doctor``: whether this installation can do its work on this machine."""

import importlib
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import numpy as np
import typer

from mri_bme.batch.code_version import code_version
from mri_bme.batch.machine import available_memory_mb, default_jobs, n_cores
from mri_bme.batch.plan import MEMORY_MB_PER_WORKER
from mri_bme.batch.pool import run_in_processes
from mri_bme.errors import MriBmeError
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.inference import load_onnxruntime
from mri_bme.intake.nifti import read_nifti
from mri_bme.volume import Volume, VolumeGeometry

MODULES = (
    "SimpleITK",
    "gdcm",
    "highdicom",
    "jinja2",
    "nibabel",
    "numpy",
    "onnxruntime",
    "openjpeg",
    "pydantic",
    "pydicom",
    "pylibjpeg",
    "rich",
    "scipy",
    "skimage",
    "tomli_w",
)
"""Modules that the core needs; a missing one is a fault."""

EXTRAS = {
    "distributed": "cluster",
    "matplotlib": "figures",
    "jupyterlab": "notebook",
    "pynetdicom": "pacs",
    "pyarrow": "parquet",
    "starlette": "read",
}
PROBE_NUMBER = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question and its answer; `advice` says what to do when it is no."""

    name: str
    passed: bool
    found: str
    advice: str = ""
    required: bool = True


def doctor() -> None:
    """Check the installation and the machine; exit code 1 when something must be fixed."""
    checks = list(run_checks())
    for check in checks:
        mark = "ok" if check.passed else "FAULT" if check.required else "note"
        sys.stdout.write(f"{mark:<6} {check.name}: {check.found}\n")
        if not check.passed and check.advice:
            sys.stdout.write(f"       {check.advice}\n")
    faults = sum(check.required and not check.passed for check in checks)
    sys.stdout.write("all is well\n" if not faults else f"{faults} fault(s) to fix\n")
    if faults:
        raise typer.Exit(1)


def run_checks() -> Iterator[Check]:
    """Ask everything, the cheap questions first."""
    yield _python()
    yield _modules()
    for module, extra in EXTRAS.items():
        yield _extra(module, extra)
    yield _machine()
    yield _attempt("write and read NIfTI", _round_trip, "check that the temporary folder has space")
    yield _attempt("start a worker process", _worker, "see the README on running in containers")


def probe(number: int) -> int:
    """Double a number, in a worker process."""
    return 2 * number


def _python() -> Check:
    found = f"mri_bme {code_version()}, Python {platform.python_version()}"
    return Check(
        name="versions",
        passed=(3, 11) <= sys.version_info[:2] < (3, 14),
        found=f"{found}, {platform.system()} {platform.machine()}",
        advice="use Python 3.11, 3.12 or 3.13",
    )


def _modules() -> Check:
    broken = [name for name in MODULES if not _imports(name)]
    return Check(
        name="libraries",
        passed=not broken,
        found=f"cannot load {', '.join(broken)}" if broken else f"all {len(MODULES)} load",
        advice=f"reinstall with `pip install mri-bme` ({_n_requirements()} requirements)",
    )


def _n_requirements() -> int:
    try:
        return len(requires("mri-bme") or ())
    except PackageNotFoundError:
        return len(MODULES)


def _imports(module: str) -> bool:
    try:
        if module == "onnxruntime":
            load_onnxruntime()
        else:
            importlib.import_module(module)
    except Exception:
        return False
    return True


def _extra(module: str, extra: str) -> Check:
    try:
        found = version(module)
    except PackageNotFoundError:
        return Check(
            name=f"extra {extra}",
            passed=False,
            found="not installed",
            advice=f"only if wanted: pip install 'mri-bme[{extra}]'",
            required=False,
        )
    return Check(name=f"extra {extra}", passed=True, found=f"{module} {found}")


def _machine() -> Check:
    memory = available_memory_mb()
    return Check(
        name="machine",
        passed=memory >= MEMORY_MB_PER_WORKER,
        found=f"{n_cores()} cores, {memory / 1024:.1f} GB of memory free: {default_jobs()} job(s)",
        advice=f"a worker may need {MEMORY_MB_PER_WORKER / 1024:.1f} GB; close other programs",
        required=False,
    )


def _attempt(name: str, act: Callable[[], str], advice: str) -> Check:
    try:
        return Check(name=name, passed=True, found=act())
    except (MriBmeError, OSError, RuntimeError, ValueError) as error:
        what = str(error) if isinstance(error, MriBmeError) else type(error).__name__
        return Check(name=name, passed=False, found=what, advice=advice)


def _round_trip() -> str:
    grid = VolumeGeometry(shape=(3, 4, 5), lps_from_index=np.diag([4.0, 0.5, 0.5, 1.0]))
    voxels = np.arange(60, dtype=np.float32).reshape(grid.shape)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "probe.nii.gz"
        write_nifti(path, voxels, grid, stored=dicom_storage_geometry(grid))
        found: Volume = read_nifti(path)
    if float(found.voxels.sum()) != float(voxels.sum()):
        raise ValueError
    return "voxels came back as they were"


def _worker() -> str:
    (answer,) = run_in_processes(probe, [PROBE_NUMBER], jobs=1)
    if answer.outcome != 2 * PROBE_NUMBER:
        raise ValueError
    return "it answered"
