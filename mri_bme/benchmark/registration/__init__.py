"""Accuracy and time of registration, ours and the installed peers', on real scans."""

import itertools
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from mri_bme.benchmark.registration.peers import Engine, installed_engines
from mri_bme.benchmark.registration.simulate import (
    CASES,
    Case,
    simulate_followup,
    target_errors_mm,
)
from mri_bme.io.nifti import read_nifti, read_nifti_mask
from mri_bme.phantom import make_phantom
from mri_bme.register_visits import register_visits
from mri_bme.resample import resample_voxels
from mri_bme.volume import Mask, RigidTransform, Volume

DATA_FOLDER = Path(os.environ.get("MRI_BME_DATA", "../shared/data"))
PHANTOMS = (("letter", 1), ("shifted_slab", 2), ("bilateral_severe", 3), ("tiny", 4))
PHANTOM_FINENESS = 1.5
FAILED_MM = 2.0  # a mean error above this is a failure, not an inaccuracy
N_BINS = 48
Row = dict[str, Any]


def registration(
    *,
    folder: Annotated[
        Path, typer.Option("--scans", help="Folder with sij_nifti and sij_t1w_pairs.")
    ] = DATA_FOLDER,
    engines: Annotated[
        str, typer.Option(help="Comma-separated engines, or 'all' that are installed.")
    ] = "all",
    subjects: Annotated[int, typer.Option(help="STIR scans to use.")] = 5,
    cases: Annotated[int, typer.Option(help="Simulated cases per subject.")] = len(CASES),
    parts: Annotated[
        str, typer.Option(help="Comma-separated parts to run.")
    ] = "phantoms,simulated,pairs,strangers",
    out: Annotated[Path | None, typer.Option(help="CSV with every single result.")] = None,
) -> None:
    """Compare motions found with known ones, and with each other on real pairs.

    Simulated: STIR scans moved, rescanned on another grid, with healed lesions, gain,
    gamma, shading and noise; errors in mm over the bone. Pairs: T1W before and after
    treatment, without truth. Strangers: different people, who must be refused.
    """
    chosen = _chosen(engines)
    wanted = parts.split(",")
    scans = list(itertools.islice(_stir_scans(folder), subjects))
    rows: list[Row] = []
    if "phantoms" in wanted:
        rows += _phantom_rows(chosen)
    if "simulated" in wanted:
        rows += (row for scan in scans for row in _simulated_rows(scan, CASES[:cases], chosen))
    if "pairs" in wanted:
        rows += _pair_rows(folder, chosen)
    if "strangers" in wanted:
        rows += _stranger_rows([(name, volume) for name, volume, _, _ in scans], "STIR")
        rows += _stranger_rows(_t1w_scans(folder), "T1W")
    table = pd.DataFrame(rows)
    if out is not None:
        table.to_csv(out, index=False)
    _show(table)


def _chosen(engines: str) -> Mapping[str, Engine]:
    installed = installed_engines()
    wanted = installed.keys() if engines == "all" else engines.split(",")
    return {name: installed[name] for name in wanted if name in installed}


Scan = tuple[str, Volume, Mask, NDArray[np.bool_]]


def _stir_scans(folder: Path) -> Iterator[Scan]:
    """Yield name, volume, bone and every voxel that a reader called edema."""
    for path in sorted((folder / "sij_nifti").glob("sub-*")):
        volume = read_nifti(path / "stir.nii.gz")
        geometry = volume.geometry
        bone = read_nifti_mask(path / "bone_region_manual.nii.gz", geometry, what="bone")
        lesions = np.zeros(geometry.shape, dtype=bool)
        for drawn in sorted(path.glob("edema_*.nii.gz")):
            lesions |= read_nifti_mask(drawn, geometry, what="edema").voxels
        yield path.name, volume, bone, lesions


def _t1w_scans(folder: Path) -> list[tuple[str, Volume]]:
    paths = sorted((folder / "sij_t1w_pairs").glob("sub-*/pre_t1w.nii.gz"))
    return [(path.parent.name, read_nifti(path)) for path in paths]


def _timed(run: Engine, fixed: Volume, moving: Volume) -> tuple[RigidTransform | None, float, str]:
    """Run an engine; an engine that gives up is a row, not the end."""
    started = time.process_time()
    try:
        found: RigidTransform | None = run(fixed, moving)
        trouble = ""
    except (RuntimeError, ValueError) as error:
        found, trouble = None, type(error).__name__
    return found, time.process_time() - started, trouble


def _simulated_rows(
    scan: Scan, cases: tuple[Case, ...], engines: Mapping[str, Engine]
) -> Iterator[Row]:
    name, volume, bone, lesions = scan
    for n, case in enumerate(cases):
        followup, truth = simulate_followup(volume, lesions, case, np.random.default_rng(n))
        row: Row = {"part": "simulated", "subject": name, "case": case.name}
        yield from _known_rows(row, (volume, followup), bone, truth, engines)


def _known_rows(
    row: Row,
    pair: tuple[Volume, Volume],
    bone: Mask,
    truth: RigidTransform,
    engines: Mapping[str, Engine],
) -> Iterator[Row]:
    """Run every engine on a pair with known motion."""
    for engine, run in engines.items():
        found, cpu_seconds, trouble = _timed(run, *pair)
        result = row | {"engine": engine, "cpu_seconds": cpu_seconds, "trouble": trouble}
        if found is not None:
            errors = target_errors_mm(found, truth, bone)
            result |= {"mean_mm": float(errors.mean()), "max_mm": float(errors.max())}
        if engine == "mri_bme":
            quality = register_visits(*pair).quality
            result |= {"accepted": quality.accepted, "similarity": quality.similarity}
        yield result


def _phantom_rows(engines: Mapping[str, Engine]) -> Iterator[Row]:
    """Phantoms with known motion; errors over true bone."""
    for scenario, seed in PHANTOMS:
        subject = make_phantom(scenario, seed=seed, fineness=PHANTOM_FINENESS)
        baseline, followup = subject.baseline, subject.followup
        bone = Mask(geometry=baseline.volume.geometry, voxels=baseline.bone_labels > 0)
        row: Row = {"part": "phantoms", "subject": str(seed), "case": scenario}
        pair = baseline.volume, followup.volume
        yield from _known_rows(row, pair, bone, subject.followup_from_baseline, engines)


def _pair_rows(folder: Path, engines: Mapping[str, Engine]) -> Iterator[Row]:
    """Real pairs: mutual information at each engine's motion, and distance from ours."""
    for path in sorted((folder / "sij_t1w_pairs").glob("sub-*")):
        before, after = read_nifti(path / "pre_t1w.nii.gz"), read_nifti(path / "post_t1w.nii.gz")
        ours = register_visits(before, after)
        middle = _middle(before)
        for engine, run in engines.items():
            found, cpu_seconds, trouble = _timed(run, before, after)
            row: Row = {"part": "pair", "subject": path.name, "case": "T1W", "engine": engine}
            row |= {"cpu_seconds": cpu_seconds, "trouble": trouble}
            if found is not None:
                errors = target_errors_mm(found, ours.moving_from_fixed, middle, stride=101)
                row |= {"mean_mm": float(errors.mean()), "max_mm": float(errors.max())}
                row["mutual_information"] = mutual_information(before, after, found, middle)
            if engine == "mri_bme":
                row |= {"accepted": ours.quality.accepted, "similarity": ours.quality.similarity}
            yield row


def _stranger_rows(scans: list[tuple[str, Volume]], contrast: str) -> Iterator[Row]:
    for (first, fixed), (second, moving) in itertools.combinations(scans, 2):
        quality = register_visits(fixed, moving).quality
        yield {
            "part": "strangers",
            "subject": f"{first} {second}",
            "case": contrast,
            "engine": "mri_bme",
            "accepted": quality.accepted,
            "similarity": quality.similarity,
        }


def _middle(volume: Volume) -> Mask:
    """Inner half of the field, where the joints are."""
    inside = np.zeros(volume.geometry.shape, dtype=bool)
    inside[tuple(slice(n // 4, n - n // 4) for n in volume.geometry.shape)] = True
    return Mask(geometry=volume.geometry, voxels=inside)


def mutual_information(
    fixed: Volume, moving: Volume, moving_from_fixed: RigidTransform, inside: Mask
) -> float:
    """Mutual information (nats) of both volumes where `inside`, linear interpolation."""
    warped = resample_voxels(
        moving.voxels, moving.geometry, fixed.geometry, moving_from_fixed, order=1
    )
    joint, _, _ = np.histogram2d(fixed.voxels[inside.voxels], warped[inside.voxels], bins=N_BINS)
    share = joint / joint.sum()
    independent = share.sum(axis=1, keepdims=True) * share.sum(axis=0, keepdims=True)
    seen = share > 0
    return float((share[seen] * np.log(share[seen] / independent[seen])).sum())


def _show(table: pd.DataFrame) -> None:
    known = table[table.part.isin(["phantoms", "simulated"])]
    parts = []
    if len(known):
        known = known.assign(failed=~(known.mean_mm < FAILED_MM))
        for keys in (["engine"], ["case", "engine"]):
            grouped = known.groupby(keys, sort=False)
            parts.append(grouped.apply(_summary, include_groups=False))
    pairs = table[table.part == "pair"]
    if len(pairs):
        shown = ["subject", "engine", "cpu_seconds", "mean_mm", "max_mm", "mutual_information"]
        parts.append(pairs[shown].rename(columns={"mean_mm": "from_ours_mm"}))
    ours = table[table.engine == "mri_bme"]
    if len(ours):
        parts.append(ours.groupby("part")[["similarity", "accepted"]].agg(["min", "max", "count"]))
    for part in parts:
        typer.echo(part.to_string(float_format="%.3f") + "\n")


def _summary(rows: pd.DataFrame) -> pd.Series:
    fitted = rows[~rows.failed]
    return pd.Series(
        {
            "pairs": len(rows),
            "failed": int(rows.failed.sum()),
            "mean_mm": fitted.mean_mm.mean(),
            "worst_mean_mm": fitted.mean_mm.max(),
            "max_mm": fitted.max_mm.max(),
            "cpu_seconds": rows.cpu_seconds.mean(),
        }
    )
