"""One engine on one pair: what it found, what it cost, and whether it said so."""

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lab.benchmark.registration.peers import Engine, installed_engines
from lab.benchmark.registration.simulate import target_errors_mm
from mri_bme.export.nifti import write_nifti
from mri_bme.findings import Registration
from mri_bme.intake.nifti import read_nifti
from mri_bme.volume import Mask, RigidTransform, Volume, VolumeGeometry

KIB_PER_MIB = 1024
WARM_UP_STEPS = (1, 4, 4)
Pair = tuple[Volume, Volume]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What an engine made of a pair; `motion` is None when it gave up."""

    motion: RigidTransform | None
    cells: Row


def attempt(name: str, run: Engine, pair: Pair) -> Attempt:
    """Run an engine; an engine that gives up is a row, not the end."""
    started = time.process_time()
    try:
        found: Registration | RigidTransform | None = run(*pair)
        trouble = ""
    except (RuntimeError, ValueError) as error:
        found, trouble = None, type(error).__name__
    cells: Row = {"engine": name, "cpu_seconds": time.process_time() - started, "trouble": trouble}
    if isinstance(found, Registration):
        return Attempt(motion=found.moving_from_fixed, cells=cells | quality_cells(found))
    return Attempt(motion=found, cells=cells | {"accepted": found is not None})


def quality_cells(found: Registration) -> Row:
    """Write what our own registration says of itself as a row."""
    quality = found.quality
    return {
        "accepted": quality.accepted,
        "reason": "" if quality.accepted else quality.reason,
        "similarity": quality.similarity,
        "overlap": quality.overlap_fraction,
        "inverse_consistency_mm": quality.inverse_consistency_mm,
    }


def known_rows(
    row: Row, pair: Pair, bone: Mask, truth: RigidTransform, engines: Mapping[str, Engine]
) -> Iterator[Row]:
    """Run engines on a pair with known motion; errors in mm over the bone."""
    for name, run in engines.items():
        tried = attempt(name, run, pair)
        result = row | tried.cells
        if tried.motion is not None:
            errors = target_errors_mm(tried.motion, truth, bone)
            result |= {"mean_mm": float(errors.mean()), "max_mm": float(errors.max())}
        yield result


def warm_up(engines: Mapping[str, Engine], volume: Volume) -> None:
    """Let every engine load its libraries on a small pair, which is not timed."""
    steps = np.diag([*WARM_UP_STEPS, 1.0])
    voxels = volume.voxels[tuple(slice(None, None, step) for step in WARM_UP_STEPS)]
    geometry = VolumeGeometry(
        shape=(voxels.shape[0], voxels.shape[1], voxels.shape[2]),
        lps_from_index=volume.geometry.lps_from_index @ steps,
    )
    small = Volume(geometry=geometry, voxels=voxels)
    for name, run in engines.items():
        attempt(name, run, (small, small))


def memory_rows(pair: Pair, engines: Mapping[str, Engine]) -> Iterator[Row]:
    """Peak memory of a process of its own that reads a pair and registers it."""
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "fixed.nii.gz", Path(folder) / "moving.nii.gz"
        for path, volume in zip(paths, pair, strict=True):
            write_nifti(path, volume.voxels, volume.geometry, stored=volume.geometry)
        context = multiprocessing.get_context("spawn")
        for name in engines:
            with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
                before, peak = pool.submit(_peaks_mib, name, *paths).result()
            yield {"part": "memory", "engine": name, "before_mib": before, "peak_mib": peak}


def _peaks_mib(name: str, fixed: Path, moving: Path) -> tuple[float, float]:
    pair = read_nifti(fixed), read_nifti(moving)
    before = _peak_mib()
    attempt(name, installed_engines()[name], pair)
    return before, _peak_mib()


def _peak_mib() -> float:
    """Peak of this process; where Linux says it, without what its parent had before it."""
    status = Path("/proc/self/status")
    if status.is_file():
        found = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return float(found[0].split()[1]) / KIB_PER_MIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB
