"""Scan every case twice and take both scans through the whole pipeline."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from mri_bme.findings import Interval
from mri_bme.phantom import (
    Anatomy,
    Build,
    LesionPlan,
    PhantomSubject,
    make_anatomy,
    make_edema,
    make_phantom,
)
from mri_bme.pipeline import SubjectResult, VisitInput, analyze_subject
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.settings import Settings
from mri_bme.study import WEEK14
from mri_bme.verify.design import Case
from mri_bme.verify.regions import Difference, RegionFound, differences, found_regions

CHUNKS_PER_JOB = 4
NEAR_ENOUGH, MAX_ENLARGEMENTS = 0.97, 4
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What was found in one scan of one case; None where it was not evaluable.

    `true_ml` is the edema inside the slab; `bones` is ``given`` where ROIs were placed from
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


@lru_cache(maxsize=1)
def _anatomy(seed: int, fineness: float, texture: float | None) -> Anatomy:
    """Keep the last subject: a pure function, and the slowest step of a case."""
    build = Build.of(seed)
    if texture is not None:
        build = replace(build, texture=texture)
    return make_anatomy(seed, build=build, fineness=fineness)


def measure_case(
    case: Case, *, settings: Settings, true_bones: bool = False
) -> tuple[Measurement, ...]:
    """Scan one case twice, and measure both scans with given and with automatic bones.

    With `true_bones` only given ones: the phantom's own, without the errors of finding them.
    """
    anatomy = _anatomy(case.seed, case.fineness, case.texture)
    seed = case.seed + int(100_000 * (1 + case.level_ml))
    plans = _reaching(case.level_ml, anatomy, case.plans, seed)
    subject = make_phantom(
        "unchanged",
        seed=seed,
        protocol=case.protocol,
        anatomy=anatomy,
        plans=(plans, plans),
        positioning=case.positioning,
    )
    rows: tuple[Measurement, ...] = ()
    true_rois: tuple[SacroiliacRois | None, ...] = ()
    for bones in ("given",) if true_bones else ("given", "automatic"):
        visits = [
            VisitInput(
                label=visit.label,
                day=visit.day,
                volume=visit.volume,
                t1=visit.t1,
                bones=visit.bone_labels if bones == "given" else None,
            )
            for visit in subject.visits
        ]
        result = analyze_subject(visits, settings=settings)
        true_rois = true_rois or tuple(visit.rois for visit in result.visits)
        rows += _measurements(case, subject, result, bones, true_rois)
    return rows


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
                differences=()
                if change is None or visit is not subject.visits[0]
                else differences(change),
            )
        )
    return tuple(rows)


def show_nothing(done: int, total: int, name: str) -> None:
    """Report no progress."""
    del done, total, name


def measure_cases(
    cases: Sequence[Case],
    *,
    settings: Settings,
    jobs: int = 1,
    true_bones: bool = False,
    progress: Progress = show_nothing,
) -> tuple[Measurement, ...]:
    """Measure every case; the same rows in the same order whatever `jobs` is."""
    measure = partial(measure_case, settings=settings, true_bones=true_bones)
    rows: list[Measurement] = []
    if jobs <= 1:
        for done, case in enumerate(cases, start=1):
            rows += measure(case)
            progress(done, len(cases), case.name)
        return tuple(rows)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        chunk = max(1, len(cases) // (CHUNKS_PER_JOB * jobs))  # a subject's cases stay together
        for done, found in enumerate(pool.map(measure, cases, chunksize=chunk), start=1):
            rows += found
            progress(done, len(cases), cases[done - 1].name)
    return tuple(rows)
