"""Scan every case twice and take both scans through the whole pipeline."""

from dataclasses import dataclass, replace
from functools import lru_cache

from mri_bme.findings import Interval
from mri_bme.phantom import (
    Anatomy,
    Build,
    LesionPlan,
    PelvisShape,
    PhantomSubject,
    make_anatomy,
    make_edema,
    make_phantom,
)
from mri_bme.phantom.artifacts import NONE
from mri_bme.pipeline import SubjectResult, VisitInput, analyze_subject
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.settings import Settings
from mri_bme.study import WEEK14
from mri_bme.verify.departures import RETESTS, USUALLY_TOLD, Departure, changed_protocol
from mri_bme.verify.design import Case
from mri_bme.verify.lesions import FalseLesion, LesionSeen, false_lesions, seen_lesions
from mri_bme.verify.regions import Difference, RegionFound, differences, found_regions

GIVEN_ALONE = ("given",)
NEAR_ENOUGH, MAX_ENLARGEMENTS = 0.97, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What was found in one scan of one case; None where it was not evaluable.

    `true_ml` is the edema inside the slab; `lesions` are its lesions, and `false_lesions`
    found ones that are none; `bones` is ``given`` where ROIs were placed from
    the phantom's own bones, and ``automatic`` where they were found. `regions` are those of this
    scan; `differences`, of test and retest together, stand with the test alone.
    """

    case: str
    seed: int
    level_ml: float
    condition: str
    visit: str
    bones: str
    true_ml: float
    found_ml: float | None
    interval_ml: Interval | None
    registration_error_mm: float | None
    change_verdict: str
    reason: str
    regions: tuple[RegionFound, ...] = ()
    differences: tuple[Difference, ...] = ()
    retest: str = ""
    lesions: tuple[LesionSeen, ...] = ()
    false_lesions: tuple[FalseLesion, ...] = ()


@lru_cache(maxsize=1)
def anatomy_of(
    seed: int, fineness: float, texture: float | None, pelvis: PelvisShape | None = None
) -> Anatomy:
    """Keep the last subject: a pure function, and the slowest step of a case."""
    build = Build.of(seed)
    if texture is not None:
        build = replace(build, texture=texture)
    return make_anatomy(seed, build=build, fineness=fineness, pelvis=pelvis)


def measure_case(
    case: Case, *, settings: Settings, true_bones: bool = False
) -> tuple[Measurement, ...]:
    """Scan one case twice, and measure both scans with given and with automatic bones.

    With `true_bones` only given ones: the phantom's own, without the errors of finding them.
    """
    subject, retest = scanned_subject(case), RETESTS.get(case.retest, Departure())
    rows: tuple[Measurement, ...] = ()
    true_rois: tuple[SacroiliacRois | None, ...] = ()
    for bones in GIVEN_ALONE if true_bones else case.bones:
        visits = [
            VisitInput(
                label=visit.label,
                day=visit.day,
                volume=visit.volume,
                t1=visit.t1,
                bones=visit.bone_labels if bones == "given" else None,
                scanned_with=told,
            )
            for visit, told in zip(subject.visits, (USUALLY_TOLD, retest.told), strict=True)
        ]
        result = analyze_subject(visits, settings=settings)
        true_rois = true_rois or tuple(visit.rois for visit in result.visits)
        rows += _measurements(case, subject, result, bones, true_rois)
    return rows


def scanned_subject(case: Case) -> PhantomSubject:
    """Scan the subject of a case twice; the retest as it departs from the test."""
    anatomy = anatomy_of(case.seed, case.fineness, case.texture, case.pelvis)
    seed = case.seed + int(100_000 * (1 + case.level_ml))
    plans = _reaching(case.level_ml, anatomy, case.plans, seed)
    retest = RETESTS.get(case.retest, Departure())
    return make_phantom(
        "unchanged",
        seed=seed,
        protocol=case.protocol,
        followup_protocol=changed_protocol(case.protocol, retest) if case.retest else None,
        anatomy=anatomy,
        plans=(plans, tuple(p.scaled(1.0, contrast_factor=retest.contrast) for p in plans)),
        artifacts=(NONE, retest.artifacts),
        positioning=case.positioning,
    )


def _reaching(
    level_ml: float, anatomy: Anatomy, plans: tuple[LesionPlan, ...], seed: int
) -> tuple[LesionPlan, ...]:
    """Enlarge lesions until, what they share counted once, they hold the level's volume."""
    for _ in range(MAX_ENLARGEMENTS):
        held_ml = make_edema(anatomy, plans, seed=seed).region_ml("total")
        if not plans or held_ml > NEAR_ENOUGH * level_ml:
            break
        plans = tuple(plan.scaled(level_ml / max(held_ml, 1e-3)) for plan in plans)
    return plans


def _measurements(
    case: Case,
    subject: PhantomSubject,
    result: SubjectResult,
    bones: str,
    true_rois: tuple[SacroiliacRois | None, ...],
) -> tuple[Measurement, ...]:
    registration = result.registrations.get(WEEK14)
    error = None
    if registration is not None and registration.quality.accepted:
        points = subject.baseline.lps_from_subject.apply(
            [subject.anatomy.geometry.centre_lps_mm + move for move in ((40, 0, 0), (-40, 0, 0))]
        )
        there = registration.moving_from_fixed.apply(points)
        true = subject.followup_from_baseline.apply(points)
        error = float(((there - true) ** 2).sum(axis=1).mean() ** 0.5)
    change = result.changes.get(WEEK14)
    rows = []
    for visit, found, rois in zip(subject.visits, result.visits, true_rois, strict=True):
        total = None if found.burden is None else found.burden.regions["total"]
        voxel_ml = visit.volume.geometry.voxel_volume_ml
        rows.append(
            Measurement(
                case=case.name,
                seed=case.seed,
                level_ml=case.level_ml,
                condition=case.condition,
                visit=visit.label,
                bones=bones,
                true_ml=float(visit.edema_fraction.sum(dtype=float)) * voxel_ml,
                found_ml=None if total is None else total.edema_ml,
                interval_ml=None if total is None else total.interval_ml,
                registration_error_mm=error,
                change_verdict="" if change is None else change.verdict.value,
                reason=found.reason,
                regions=()
                if found.burden is None or rois is None
                else found_regions(found.burden, visit.edema_fraction, rois),
                retest=case.retest,
                lesions=()
                if found.segmentation is None
                else seen_lesions(visit, found.segmentation),
                false_lesions=()
                if found.segmentation is None
                else false_lesions(visit, found.segmentation),
                differences=()
                if change is None or visit is not subject.visits[0]
                else differences(change),
            )
        )
    return tuple(rows)
