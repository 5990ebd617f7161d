"""What the pipeline makes of subjects with known edema, beside what is true."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmark.retests import (
    CHANGED,
    RETEST,
    Scanned,
    ScannedVisit,
    keep_stages,
    read_or_scan,
    remembering,
)
from mri_bme.compare_visits import common_quadrants
from mri_bme.findings import ChangeReport, Interval
from mri_bme.pipeline import SubjectResult, analyze_subject
from mri_bme.sacroiliac import RegionKind, SacroiliacRois, region_kind
from mri_bme.settings import Settings
from mri_bme.verify.regions import (
    Difference,
    RegionFound,
    differences,
    nearest_label,
    nearest_quadrant,
)

BONES = ("given", "automatic")  # in this order: given ones say which quadrant edema counts in


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFound:
    """A real change of one region: what is true in the slabs of both visits, and what was found."""

    region: str
    kind: RegionKind
    true_ml: float
    found_ml: float
    interval_ml: Interval | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One subject with one way of finding bones.

    `regions` are those of every visit, `differences` of test and retest without a change,
    `changes` of the visit after a real one. `reasons` say what could not be measured.
    """

    case: str
    seed: int
    protocol: str
    bones: str
    regions: tuple[RegionFound, ...]
    differences: tuple[Difference, ...]
    changes: tuple[ChangeFound, ...]
    reasons: tuple[str, ...] = ()


def measured_subjects(
    n: int, first_seed: int, *, keep: Path | None, settings: Settings
) -> tuple[Measured, ...]:
    """Scan and measure subjects, with the phantoms' own bones and with bones that are found."""
    rows: list[Measured] = []
    for number in range(n):
        scanned = read_or_scan(keep, first_seed + number, number)
        rows += measure(scanned, settings)
        keep_stages(keep, scanned, number)
        sys.stderr.write(f"{number + 1}/{n} seed {scanned.seed}, {scanned.level_ml:g} mL\n")
    return tuple(rows)


def measure(scanned: Scanned, settings: Settings) -> Iterator[Measured]:
    """Take one subject through the pipeline, once for each way of finding bones.

    True edema counts in the quadrants that follow from the true bones; nothing is said of a
    subject in which these cannot be placed.
    """
    look = settings.appearance.model_copy(update={"compare_given": False})  # for speed alone
    settings = settings.model_copy(update={"appearance": look})
    true_rois: list[SacroiliacRois] = []
    for bones in BONES:
        result = analyze_subject(
            [visit.input(bones) for visit in scanned.visits],
            settings=settings,
            run_stage=remembering(scanned, bones),
        )
        true_rois = true_rois or [v.rois for v in result.visits if v.rois is not None]
        if len(true_rois) < len(scanned.visits):
            return
        retest, changed = result.changes[RETEST], result.changes[CHANGED]
        yield Measured(
            case=f"{scanned.seed}-{scanned.level_ml:g}mL",
            seed=scanned.seed,
            protocol=scanned.protocol,
            bones=bones,
            regions=tuple(_regions(scanned, result, true_rois)),
            differences=differences(retest),
            changes=tuple(_changes(changed, scanned, true_rois)),
            reasons=tuple(_reasons(result, retest, changed)),
        )


def _reasons(result: SubjectResult, *reports: ChangeReport) -> Iterator[str]:
    yield from (f"{visit.label}: {visit.reason}" for visit in result.visits if visit.reason)
    yield from (f"{r.followup}: {', '.join(r.reasons)}" for r in reports if not r.evaluable)


def _regions(
    scanned: Scanned, result: SubjectResult, true_rois: Sequence[SacroiliacRois]
) -> Iterator[RegionFound]:
    for visit, found, rois in zip(scanned.visits, result.visits, true_rois, strict=True):
        true_ml = visit.true_ml(nearest_quadrant(rois))
        for name, burden in (found.burden.regions if found.burden else {}).items():
            yield RegionFound(
                region=name,
                kind=region_kind(name),
                true_ml=true_ml[name],
                found_ml=burden.edema_ml,
                interval_ml=burden.interval_ml,
            )


def _changes(
    report: ChangeReport, scanned: Scanned, true_rois: Sequence[SacroiliacRois]
) -> Iterator[ChangeFound]:
    """Hold changes against the true ones, counted at both visits in the same parts of the body."""
    first, _, last = scanned.visits
    before, after = (
        own.true_ml(_shared_quadrants(rois, of_other, own, other), seen_by=other)
        for own, other, rois, of_other in (
            (first, last, true_rois[0], true_rois[2]),
            (last, first, true_rois[2], true_rois[0]),
        )
    )
    for name, found in report.regions.items():
        if found.change_ml is not None:
            yield ChangeFound(
                region=name,
                kind=region_kind(name),
                true_ml=after[name] - before[name],
                found_ml=found.change_ml,
                interval_ml=found.interval_ml,
                verdict=found.verdict.value,
            )


def _shared_quadrants(
    own: SacroiliacRois, other: SacroiliacRois, visit: ScannedVisit, other_visit: ScannedVisit
) -> NDArray[np.uint8]:
    motion = other_visit.lps_from_subject @ visit.lps_from_subject.inverse()
    return nearest_label(common_quadrants(own, other, motion), own.geometry)
