"""Accuracy of `segment_edema` against readers and on phantoms, rule by rule."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from mri_bme.io.nifti import read_nifti, read_nifti_mask
from mri_bme.phantom import make_phantom
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.segment_edema import segment_edema
from mri_bme.segment_edema.selection import RULES as SELECTIVITY
from mri_bme.segment_edema.thresholds import RULES as THRESHOLDS
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Volume

DATA_FOLDER = Path(os.environ.get("MRI_BME_DATA", "../shared/data"))
NEAR_MM = 20.0  # readers are compared this near to the joint
PHANTOM_SCENARIOS = ("letter", "partial", "healthy", "tiny")
Row = dict[str, Any]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    name: str
    volume: Volume
    t1: Volume
    rois: SacroiliacRois
    within: Bools
    reads: tuple[Bools, ...] = ()
    truth_ml: float | None = None


def segmentation(
    folder: Annotated[Path, typer.Option("--scans", help="Folder with sij_nifti.")] = DATA_FOLDER,
    phantoms: Annotated[int, typer.Option(help="Seeds per phantom scenario.")] = 1,
    t1: Annotated[bool, typer.Option(help="Give T1W to the segmentation.")] = True,
    every: Annotated[bool, typer.Option(help="All threshold rules and ablations.")] = True,
) -> None:
    """Compare edema found with four expert reads, and with the truth of phantoms.

    On scans: inside the marrow drawn by hand and 20 mm of the joint, mean Dice and volume
    similarity against each read, beside the volumes. The defaults of the settings were
    set on the same four subjects, so the row `leave one out` says what the choice of
    numbers is worth on a subject that was not looked at.
    """
    cases = [*_scans(folder), *_phantoms(phantoms)]
    variants = _variants() if every else {"default": SegmentSettings()}
    rows = [
        {"variant": name} | _row(case, settings, t1=t1)
        for name, settings in variants.items()
        for case in cases
    ]
    table = pd.DataFrame(rows)
    typer.echo(table.round(3).to_string(index=False))
    numbers = [n for n in ("dice", "similarity", "error_ml", "seconds") if n in table]
    typer.echo(table.groupby("variant", sort=False)[numbers].mean().round(3).to_string())
    if every and any(case.reads for case in cases):
        typer.echo(_leave_one_out([case for case in cases if case.reads], t1=t1).to_string())


def _variants() -> dict[str, SegmentSettings]:
    default = SegmentSettings()
    plain = default.model_copy(
        update={
            "correct_shading": False,
            "dark_exponent": 0.0,
            "switched_off": tuple(SELECTIVITY),
        }
    )
    variants = {"default": default, "plain threshold": plain}
    variants |= {
        f"rule {rule}": default.model_copy(update={"rule": rule})
        for rule in THRESHOLDS
        if rule != default.rule
    }
    variants["no shading correction"] = default.model_copy(update={"correct_shading": False})
    variants["no dark tissue"] = default.model_copy(update={"dark_exponent": 0.0})
    variants |= {
        f"without {rule}": default.model_copy(update={"switched_off": (rule,)})
        for rule in SELECTIVITY
    }
    return variants


def _row(case: _Case, settings: SegmentSettings, *, t1: bool) -> Row:
    start = time.process_time()
    found = segment_edema(case.volume, case.rois, t1=case.t1 if t1 else None, settings=settings)
    seconds = time.process_time() - start
    ml = case.volume.geometry.voxel_volume_ml
    mask = found.mask.voxels & case.within
    row: Row = {
        "case": case.name,
        "counted_ml": mask.sum() * ml,
        "edema_ml": float(found.edema_fraction[case.within].sum(dtype=np.float64)) * ml,
        "seconds": seconds,
    }
    if case.truth_ml is not None:
        interval = found.interval_ml
        row |= {
            "truth_ml": case.truth_ml,
            "error_ml": row["edema_ml"] - case.truth_ml,
            "covered": interval.low <= case.truth_ml <= interval.high,
        }
    if case.reads:
        read_ml = [read.sum() * ml for read in case.reads]
        row |= {
            "dice": _mean_dice(mask, case.reads),
            "similarity": float(np.mean([_similarity(mask, read) for read in case.reads])),
            "reads_low_ml": min(read_ml),
            "reads_high_ml": max(read_ml),
        }
    return row


def _mean_dice(mask: Bools, reads: tuple[Bools, ...]) -> float:
    return float(np.mean([_dice(mask, read) for read in reads]))


def _dice(a: Bools, b: Bools) -> float:
    both = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / both if both else 1.0


def _similarity(a: Bools, b: Bools) -> float:
    both = int(a.sum()) + int(b.sum())
    return 1 - abs(int(a.sum()) - int(b.sum())) / both if both else 1.0


def _leave_one_out(cases: list[_Case], *, t1: bool) -> pd.Series:
    """Choose the tuned numbers on all subjects but one, and score that one."""
    grid = [
        SegmentSettings(n_sd=n_sd, dark_exponent=exponent, dark_tissue_mm=reach)
        for n_sd in (3.5, 4.0, 4.5)
        for exponent in (0.35, 0.5, 0.65)
        for reach in (4.0, 6.0, 8.0)
    ]
    dice = np.array([[_row(case, s, t1=t1)["dice"] for case in cases] for s in grid])
    chosen = [np.delete(dice, i, axis=1).mean(axis=1).argmax() for i in range(len(cases))]
    scores = {case.name: dice[chosen[i], i] for i, case in enumerate(cases)}
    return pd.Series(scores | {"mean": float(np.mean(list(scores.values())))}, name="left out")


def _scans(folder: Path) -> Iterator[_Case]:
    for subject in sorted((folder / "sij_nifti").glob("sub-*")):
        volume = read_nifti(subject / "stir.nii.gz")
        t1 = read_nifti(subject / "t1w.nii.gz")
        geometry = volume.geometry
        bones = read_nifti_mask(subject / "bone_region_manual.nii.gz", geometry, what="bones")
        normal = read_nifti_mask(subject / "normal_marrow_manual.nii.gz", geometry, what="marrow")
        rois = place_rois(volume, t1=t1, bones=bones.voxels.astype(np.uint8), reference=normal)
        within = bones.voxels & (np.abs(rois.joint_distance_mm) <= NEAR_MM)
        reads = tuple(
            read_nifti_mask(path, geometry, what="read").voxels & within
            for path in sorted(subject.glob("edema_reader*.nii.gz"))
        )
        yield _Case(name=subject.name, volume=volume, t1=t1, rois=rois, within=within, reads=reads)


def _phantoms(n_seeds: int) -> Iterator[_Case]:
    for scenario in PHANTOM_SCENARIOS:
        for seed in range(1, n_seeds + 1):
            for visit in make_phantom(scenario, seed=seed, fineness=1.6).visits:
                rois = place_rois(visit.volume, t1=visit.t1, bones=visit.bone_labels)
                voxel_ml = visit.volume.geometry.voxel_volume_ml
                yield _Case(
                    name=f"{scenario} {seed} {visit.label}",
                    volume=visit.volume,
                    t1=visit.t1,
                    rois=rois,
                    within=np.ones(visit.volume.geometry.shape, dtype=bool),
                    truth_ml=float(visit.edema_fraction.sum(dtype=np.float64)) * voxel_ml,
                )
