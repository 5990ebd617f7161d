"""The judge of edema on subjects that neither its weights nor its numbers have seen."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import expit

from lab.benchmark.edema_scores import (
    found_lesions,
    mean_dice,
    readers_own_dice,
    surface_dice,
)
from mri_bme.intake.nifti import read_nifti, read_nifti_mask
from mri_bme.pipeline import aligned_t1
from mri_bme.place_rois import place_rois
from mri_bme.segment_edema.evidence import Evidence
from mri_bme.segment_edema.judge import brightness, calibrated, edema_logit
from mri_bme.segment_edema.reference import ReferenceStatistics
from mri_bme.segment_edema.segmentation import gather_evidence, judge_evidence
from mri_bme.settings import SegmentSettings

DATA_FOLDER = Path(os.environ.get("MRI_BME_DATA", "../shared/data"))
NEAR_MM = 20.0  # readers are compared this near to the joint
PROBABILITIES = (0.2, 0.3, 0.4, 0.5)
HEIGHTS = (0.6, 0.7, 0.8, 0.9)
EVERY = 25  # voxels: more say no more about three numbers
DRAWS = 8  # the least; intervals are not looked at
SHIPPED = SegmentSettings(n_draws=DRAWS)
RULES = SegmentSettings(judge="rules", n_draws=DRAWS)
EVIDENCES = tuple(product(("drawn", "found"), ("T1W", "no T1W")))
RELIABILITY_BINS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
Bools = NDArray[np.bool_]
Calibration = tuple[float, float, float]
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadCase:
    """One scan with one kind of ROIs, with or without T1W; arrays are of the crop.

    `logit` is the answer of a network that has not learned from this subject.
    """

    subject: str
    rois: str
    contrasts: str
    evidence: Evidence
    statistics: ReferenceStatistics
    within: Bools
    reads: tuple[Bools, ...]
    logit: NDArray[np.float32]

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel."""
        return self.evidence.geometry.voxel_volume_ml

    @property
    def share(self) -> NDArray[np.float64]:
        """Share of the reads that call each voxel edema."""
        return np.asarray(np.mean(self.reads, axis=0), dtype=np.float64)

    def found(self, settings: SegmentSettings, calibration: Calibration) -> tuple[Bools, float]:
        """Mask within reach of the reads, and its volume (mL) with partial volume."""
        chance = (
            calibrated(self.logit, self.evidence, calibration)
            if settings.judge == "network"
            else None
        )
        found = judge_evidence(
            replace(self.evidence, probability=chance), self.statistics, settings
        )
        crop = self.evidence.crop
        share = found.edema_fraction[crop][self.within].sum(dtype=np.float64)
        return found.mask.voxels[crop] & self.within, float(share) * self.voxel_ml


def edema(
    weights: Annotated[
        Path, typer.Argument(help="Folder with SUBJECT/edema.onnx that never saw that subject.")
    ],
    folder: Annotated[Path, typer.Option("--scans", help="Folder with sij_nifti.")] = DATA_FOLDER,
    nested: Annotated[
        bool, typer.Option(help="Choose every number without the subject it is judged on.")
    ] = True,
) -> None:
    """Judge each read subject by a network and numbers that were chosen without it.

    Rows `held out`: weights have never seen the subject; calibration, least probability and
    height of the cut-off are chosen on the other subjects, from the answers of their own
    held-out networks (which did learn from this subject's reads). Rows `cut as shipped`: the
    last two are those of the settings, which no subject chose alone. Rows `rules`: their
    constants were chosen on all of these subjects, so that their figures are no accuracy.
    ROIs that are `found` come from a bone network that learned from some of these scans.
    """
    cases = list(read_cases(folder, weights))
    with_reads = [case for case in cases if case.reads]
    numbers = {
        subject: _numbers([c for c in with_reads if c.subject != subject] if nested else with_reads)
        for subject in dict.fromkeys(case.subject for case in cases)
    }
    table = pd.DataFrame(
        [row for case in cases for row in _rows(case, *numbers[case.subject], nested=nested)]
    )
    typer.echo(table.round(3).to_string(index=False) + "\n")
    typer.echo(summary(table).round(3).to_string() + "\n")
    typer.echo(reliability(with_reads).round(3).to_string(index=False) + "\n")
    calibration, settings = _numbers(with_reads)
    typer.echo(
        f"chosen on all: calibration {calibration}, judge_probability "
        f"{settings.judge_probability:g}, judge_height {settings.judge_height:g}"
    )


def _numbers(cases: Sequence[ReadCase]) -> tuple[Calibration, SegmentSettings]:
    """Calibrate, and choose what is left to choose, on these subjects."""
    calibration = fitted(cases)
    return calibration, chosen(cases, calibration)


def read_cases(folder: Path, weights: Path) -> Iterator[ReadCase]:
    """Gather evidence of every subject with every kind of ROIs, with and without T1W."""
    for subject in sorted((folder / "sij_nifti").glob("sub-*")):
        own = weights / subject.name / "edema.onnx"
        if own.is_file():
            yield from _cases(subject, own)


def _cases(subject: Path, weights: Path) -> Iterator[ReadCase]:
    volume = read_nifti(subject / "stir.nii.gz")
    t1, _ = aligned_t1(volume, read_nifti(subject / "t1w.nii.gz"))
    grid = volume.geometry
    bones = read_nifti_mask(subject / "bone_region_manual.nii.gz", grid, what="bones").voxels
    normal = read_nifti_mask(subject / "normal_marrow_manual.nii.gz", grid, what="marrow")
    drawn = place_rois(volume, t1=t1, bones=bones.astype(np.uint8), reference=normal)
    within = bones & (np.abs(drawn.joint_distance_mm) <= NEAR_MM)
    reads = [
        read_nifti_mask(path, grid, what="read").voxels & within
        for path in sorted(subject.glob("edema_reader*.nii.gz"))
    ]
    for kind, contrasts in EVIDENCES:
        given = t1 if contrasts == "T1W" else None
        rois = drawn if kind == "drawn" else place_rois(volume, t1=given)
        evidence, statistics = gather_evidence(volume, rois, given, RULES)
        yield ReadCase(
            subject=subject.name,
            rois=kind,
            contrasts=contrasts,
            evidence=evidence,
            statistics=statistics,
            within=within[evidence.crop],
            reads=tuple(read[evidence.crop] for read in reads),
            logit=edema_logit(evidence, weights=weights),
        )


def _rows(
    case: ReadCase, calibration: Calibration, settings: SegmentSettings, *, nested: bool
) -> Iterator[Row]:
    yield _row("rules, tuned on all", case, *case.found(RULES, calibration))
    label = "held out" if nested else "numbers chosen on all"
    alone = calibrated(case.logit, case.evidence, calibration) > settings.judge_probability
    mask = alone & case.within & (case.evidence.quadrants > 0)
    yield _row(f"network alone, {label}", case, mask, float(mask.sum()) * case.voxel_ml)
    row = _row(f"judge, {label}", case, *case.found(settings, calibration))
    yield row | {"least_p": settings.judge_probability, "height": settings.judge_height}
    yield _row(f"judge, {label}, cut as shipped", case, *case.found(SHIPPED, calibration))


def _row(method: str, case: ReadCase, mask: Bools, edema_ml: float) -> Row:
    row: Row = {
        "method": method,
        "subject": case.subject,
        "rois": case.rois,
        "contrasts": case.contrasts,
        "edema_ml": edema_ml,
    }
    if not case.reads:
        return row
    ml = case.voxel_ml
    read_ml = [float(read.sum()) * ml for read in case.reads]
    spacing = list(case.evidence.spacing_mm)
    n_lesions, n_found, n_false = found_lesions(mask, case.reads, ml)
    return row | {
        "dice": mean_dice(mask, case.reads),
        "readers_dice": readers_own_dice(case.reads),
        "nsd_1mm": float(np.mean([surface_dice(mask, r, spacing) for r in case.reads])),
        "lesions": n_lesions,
        "lesions_found": n_found,
        "false_lesions": n_false,
        "reads_low_ml": min(read_ml),
        "reads_mean_ml": float(np.mean(read_ml)),
        "reads_high_ml": max(read_ml),
        "where_none_ml": float((mask & ~np.any(case.reads, axis=0)).sum()) * ml,
    }


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Means over subjects by method, kind of ROIs and contrasts."""
    read = table.dropna(subset="dice").assign(
        over_readers=lambda t: t["dice"] / t["readers_dice"],
        log_ratio=lambda t: np.log(t["edema_ml"].clip(lower=0.01) / t["reads_mean_ml"]),
        in_range=lambda t: t["edema_ml"].between(t["reads_low_ml"], t["reads_high_ml"]),
    )
    groups = read.groupby(["method", "rois", "contrasts"], sort=False)
    means: pd.DataFrame = groups.agg(
        dice=("dice", "mean"),
        over_readers=("over_readers", "mean"),
        nsd_1mm=("nsd_1mm", "mean"),
        lesions=("lesions", "sum"),
        lesions_found=("lesions_found", "sum"),
        false_per_scan=("false_lesions", "mean"),
        mean_log_ratio=("log_ratio", "mean"),
        sd_log_ratio=("log_ratio", "std"),
        in_range=("in_range", "sum"),
        where_none_ml=("where_none_ml", "mean"),
    )
    return means


def chosen(cases: Sequence[ReadCase], calibration: Calibration) -> SegmentSettings:
    """Choose least probability and height of the cut-off with the best mean over subjects.

    Dice is divided by the readers' own, so that no subject counts for more.
    """
    grid = [
        SegmentSettings(judge_probability=p, judge_height=h) for p in PROBABILITIES for h in HEIGHTS
    ]
    return max(grid, key=lambda settings: _worth(cases, settings, calibration))


def _worth(cases: Sequence[ReadCase], settings: SegmentSettings, calibration: Calibration) -> float:
    """Mean of Dice over the readers' own, of drawn ROIs."""
    return float(
        np.mean(
            [
                mean_dice(case.found(settings, calibration)[0], case.reads)
                / readers_own_dice(case.reads)
                for case in cases
                if case.rois == "drawn"
            ]
        )
    )


def fitted(cases: Sequence[ReadCase]) -> Calibration:
    """Fit `calibrated` to the share of reads; every subject counts alike.

    How much of the marrow is edema differs fortyfold between subjects, and the offset with it:
    it is the median of theirs, so that one whose marrow is half edema does not set it alone.
    """
    parts = [tuple(values[::EVERY] for values in _known(case)) for case in cases]
    terms = np.concatenate([terms for terms, _ in parts])
    share = np.concatenate([share for _, share in parts])
    weight = np.concatenate([np.full(len(share), 1 / len(share)) for _, share in parts])
    slope, per_doubling, _ = _regression(terms, share, weight)
    known = terms[:, :2] @ (slope, per_doubling)
    parted = np.split(np.arange(len(share)), np.cumsum([len(s) for _, s in parts])[:-1])
    offsets = [_offset(known[own], share[own]) for own in parted]
    return round(slope, 2), round(per_doubling, 2), round(float(np.median(offsets)), 2)


def _offset(known: NDArray[np.float64], share: NDArray[np.float64]) -> float:
    """Offset of one subject."""
    return float(brentq(lambda offset: (expit(known + offset) - share).mean(), -30, 30))


def _regression(
    terms: NDArray[np.float64], share: NDArray[np.float64], weight: NDArray[np.float64]
) -> Calibration:
    def loss(factors: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = terms @ factors
        slope = terms.T @ (weight * (expit(z) - share))
        return float((weight * (np.logaddexp(0, z) - share * z)).sum()), slope

    found = minimize(loss, np.zeros(3), jac=True, method="L-BFGS-B").x
    return float(found[0]), float(found[1]), float(found[2])


def _known(case: ReadCase) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Terms of the regression, and the share of reads, where readers are compared."""
    where = case.within & np.isfinite(case.logit)
    terms = [case.logit, brightness(case.evidence), np.ones_like(case.logit)]
    return np.stack([t[where] for t in terms], 1).astype(np.float64), case.share[where]


def reliability(cases: Sequence[ReadCase]) -> pd.DataFrame:
    """Probability of each subject, calibrated on the others, against the share of its reads."""
    chances, shares = [], []
    for case in cases:
        terms, share = _known(case)
        others = [other for other in cases if other.subject != case.subject]
        chances.append(expit(terms @ np.array(fitted(others))))
        shares.append(share)
    chance, share = np.concatenate(chances), np.concatenate(shares)
    bins = np.digitize(chance, RELIABILITY_BINS[1:-1])
    return pd.DataFrame(
        {
            "from": RELIABILITY_BINS[b],
            "to": RELIABILITY_BINS[b + 1],
            "voxels": int((bins == b).sum()),
            "probability": float(chance[bins == b].mean()) if (bins == b).any() else np.nan,
            "share_of_reads": float(share[bins == b].mean()) if (bins == b).any() else np.nan,
        }
        for b in range(len(RELIABILITY_BINS) - 1)
    )
