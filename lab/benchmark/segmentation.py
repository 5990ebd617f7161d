"""Accuracy of `segment_edema` against readers and on phantoms, rule by rule."""

import os
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from mri_bme.findings import EdemaSegmentation
from mri_bme.intake.nifti import read_nifti, read_nifti_mask
from mri_bme.phantom import make_phantom
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.score_edema import score_edema
from mri_bme.segment_edema import segment_edema
from mri_bme.segment_edema.evidence import Evidence
from mri_bme.segment_edema.reference import ReferenceStatistics
from mri_bme.segment_edema.segmentation import EVIDENCE_SETTINGS, gather_evidence, judge_evidence
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
    gathered: dict[str, tuple[Evidence, ReferenceStatistics]] = field(default_factory=dict)


def segmentation(  # noqa: PLR0917  (typer makes options of them)
    folder: Annotated[Path, typer.Option("--scans", help="Folder with sij_nifti.")] = DATA_FOLDER,
    phantoms: Annotated[int, typer.Option(help="Seeds per phantom scenario.")] = 3,
    first_seed: Annotated[int, typer.Option(help="First of them; not tuned on.")] = 101,
    t1: Annotated[bool, typer.Option(help="Give T1W to the segmentation.")] = True,
    every: Annotated[bool, typer.Option(help="All threshold rules and ablations.")] = True,
    automatic: Annotated[bool, typer.Option(help="Compare automatic ROIs as well.")] = True,
) -> None:
    """Compare edema found with four expert reads, and with the truth of phantoms.

    On scans: inside the marrow drawn by hand and 20 mm of the joint, mean Dice and volume
    similarity against each read, the volumes, and how much lies where no read has anything:
    beside it what a read has on average where none of the others has, and how much lies in
    quadrants that all reads left blank. The defaults of the settings were set on the same
    four subjects, and the judge has learned from their reads (`edema` measures it on subjects
    that it has not seen), so the row `left out` says what the choice of numbers is worth on a
    subject that was not looked at. Phantoms have their true bones. Automatic ROIs find bones and
    reference marrow by themselves; the bone network has learnt from some of these scans (see
    its model card).
    """
    scans, made = list(_scans(folder)), list(_phantoms(phantoms, first_seed))
    typer.echo("\n".join(_effort(case, t1=t1) for case in (scans + made)[:1]) + "\n")
    variants = _variants() if every else {"default": SegmentSettings()}
    read = [case for case in scans if case.reads]
    _report("default, case by case", _table({"default": SegmentSettings()}, scans + made, t1=t1))
    if automatic and scans:
        found = [_with_automatic_rois(case) for case in scans]
        _report("automatic ROIs", _table({"automatic": SegmentSettings()}, found, t1=t1))
    if every:
        for name, cases in (("scans", read), ("phantoms", made)):
            if cases:
                _report(f"variants on {name}", _means(_table(variants, cases, t1=t1)))
    if every and read:
        _report("leave one subject out", _leave_one_out(read, t1=t1).to_frame().T)


def _report(title: str, table: pd.DataFrame) -> None:
    typer.echo(f"{title}\n{table.round(3).to_string()}\n")


def _table(variants: dict[str, SegmentSettings], cases: list[_Case], *, t1: bool) -> pd.DataFrame:
    rows = [
        {"variant": name} | _row(case, settings, t1=t1)
        for name, settings in variants.items()
        for case in cases
    ]
    return pd.DataFrame(rows)


def _means(table: pd.DataFrame) -> pd.DataFrame:
    """Mean of every variant; bias in percent of the truth, over phantoms above 1 mL."""
    names = ("dice", "similarity", "where_none_ml", "in_range", "error_ml", "covered")
    groups = table.groupby("variant", sort=False)
    means: pd.DataFrame = groups[[n for n in names if n in table]].mean(numeric_only=False)
    if "truth_ml" in table:
        large = table[table["truth_ml"] > 1].groupby("variant", sort=False)
        means["bias_percent"] = 100 * large["error_ml"].sum() / large["truth_ml"].sum()
        small = table[table["truth_ml"] <= 1].groupby("variant", sort=False)
        means["worst_small_ml"] = small["error_ml"].agg(lambda errors: errors.abs().max())
    return means


def _with_automatic_rois(case: _Case) -> _Case:
    return replace(case, rois=place_rois(case.volume, t1=case.t1), gathered={})


def _variants() -> dict[str, SegmentSettings]:
    default = SegmentSettings()
    plain = default.model_copy(
        update={
            "judge": "rules",
            "correct_shading": False,
            "dark_exponent": 0.0,
            "bright_exponent": 0.0,
            "switched_off": tuple(SELECTIVITY),
        }
    )
    variants = {"default": default, "plain threshold": plain}
    variants |= {
        f"rule {rule}": default.model_copy(update={"rule": rule})
        for rule in THRESHOLDS
        if rule != default.rule
    }
    variants["rules alone"] = default.model_copy(update={"judge": "rules"})
    variants["no shading correction"] = default.model_copy(update={"correct_shading": False})
    variants["hysteresis"] = default.model_copy(update={"n_sd": 6.0, "grow_to": 0.7})
    variants["no fatty tissue"] = default.model_copy(update={"bright_exponent": 0.0})
    variants["no dark tissue"] = default.model_copy(update={"dark_exponent": 0.0})
    variants |= {
        f"without {rule}": default.model_copy(update={"switched_off": (rule,)})
        for rule in SELECTIVITY
    }
    return variants


def _row(case: _Case, settings: SegmentSettings, *, t1: bool) -> Row:
    found = _found(case, settings, t1=t1)
    ml = case.volume.geometry.voxel_volume_ml
    mask = found.mask.voxels & case.within
    row: Row = {
        "case": case.name,
        "counted_ml": mask.sum() * ml,
        "edema_ml": float(found.edema_fraction[case.within].sum(dtype=np.float64)) * ml,
    }
    if case.truth_ml is not None:
        interval = score_edema(found, case.rois).regions["total"].interval_ml
        row |= {
            "truth_ml": case.truth_ml,
            "error_ml": row["edema_ml"] - case.truth_ml,
            "covered": interval is not None and interval.low <= case.truth_ml <= interval.high,
        }
    if case.reads:
        row |= _against_reads(mask, case, ml, edema_ml=row["edema_ml"])
    return row


def _against_reads(mask: Bools, case: _Case, voxel_ml: float, *, edema_ml: float) -> Row:
    reads = case.reads
    read_ml = [read.sum() * voxel_ml for read in reads]
    low_ml, high_ml = min(read_ml), max(read_ml)
    anywhere = np.any(reads, axis=0)
    blank = ~np.isin(case.rois.quadrants, np.unique(case.rois.quadrants[anywhere]))
    return {
        "dice": _mean_dice(mask, reads),
        "similarity": float(np.mean([_similarity(mask, read) for read in reads])),
        "reads_low_ml": low_ml,
        "reads_high_ml": high_ml,
        "in_range": low_ml <= edema_ml <= high_ml,
        "counted_in_range": low_ml <= mask.sum() * voxel_ml <= high_ml,
        "where_none_ml": (mask & ~anywhere).sum() * voxel_ml,
        "a_read_alone_ml": float(np.mean(_alone(reads))) * voxel_ml,
        "blank_quadrants_ml": (mask & blank).sum() * voxel_ml,
    }


def _alone(reads: tuple[Bools, ...]) -> list[int]:
    """Voxels of each read that no other read has."""
    count = np.sum(reads, axis=0)
    return [int((read & (count == 1)).sum()) for read in reads]


def _found(case: _Case, settings: SegmentSettings, *, t1: bool) -> EdemaSegmentation:
    """Segment as `segment_edema` does, gathering the same evidence only once."""
    key = settings.model_dump_json(include=set(EVIDENCE_SETTINGS))
    if key not in case.gathered:
        case.gathered[key] = gather_evidence(
            case.volume, case.rois, case.t1 if t1 else None, settings
        )
    return judge_evidence(*case.gathered[key], settings)


def _effort(case: _Case, *, t1: bool) -> str:
    """Seconds and memory of one volume; memory is what is held at a time, input apart."""
    start = time.process_time()
    segment_edema(case.volume, case.rois, t1=case.t1 if t1 else None)
    seconds = time.process_time() - start
    tracemalloc.start()
    segment_edema(case.volume, case.rois, t1=case.t1 if t1 else None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return f"{case.volume!r}: {seconds:.2f} s of one core, {peak / 2**20:.0f} MB at most"


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
        SegmentSettings(n_sd=n_sd, dark_exponent=exponent, rim_min_share=share)
        for exponent in (0.35, 0.5, 0.65)
        for n_sd in (4.5, 5.0, 5.5)
        for share in (0.5, 1.0)
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


def _phantoms(n_seeds: int, first_seed: int) -> Iterator[_Case]:
    for scenario in PHANTOM_SCENARIOS:
        for seed in range(first_seed, first_seed + n_seeds):
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
