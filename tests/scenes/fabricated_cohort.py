"""A large cohort as a run leaves it on disk: the drawn subject's numbers, varied by seed."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mri_bme.batch.inputs import InputRecord
from mri_bme.batch.pages import THUMBNAIL_NAME
from mri_bme.batch.scan_weeks import write_scan_weeks
from mri_bme.batch.status import SubjectStatus, write_status
from mri_bme.check_appearance import Appearance, Check
from mri_bme.findings import ChangeReport, EdemaBurden, Interval, RegionBurden, Verdict
from mri_bme.pipeline import SubjectResult, VisitInput, analyze_subject
from mri_bme.record.changes import CHANGES
from mri_bme.record.lesions import LESIONS
from mri_bme.record.quality import QUALITY
from mri_bme.record.scan_weeks import ScanWeek
from mri_bme.record.subjects import rows_of
from mri_bme.record.visits import VISITS
from mri_bme.report.html import jpeg

FAILED_EVERY, UNEVALUABLE_EVERY, FLAGGED_EVERY, CORRECTED_EVERY = 41, 23, 9, 17
DETECTABLE_ML = 0.8
UNUSUAL = 7  # this subject's scan is brighter than everybody else's
FLAG = "week14: the reference marrow is uneven"


def leave_cohort(out: Path, model: SubjectResult, n: int) -> None:
    """Write the statuses, thumbnails and tables of `n` subjects, as a run does."""
    statuses = [fabricated_status(model, k) for k in range(n)]
    for k, status in enumerate(statuses):
        write_status(out, status)
        if status.status == "ok":
            (out / status.folder / THUMBNAIL_NAME).write_bytes(_thumbnail(k))
    weeks = [
        ScanWeek(subject=status.subject, visit=visit, week=k // 3 + after)
        for k, status in enumerate(statuses)
        for visit, after in (("baseline", 0), ("week14", 14))
    ]
    write_scan_weeks(out, weeks)
    for table in (VISITS, CHANGES, LESIONS, QUALITY):
        rows = (row for status in statuses for row in status.rows.get(table.name, ()))
        table.write(out / f"{table.name}.csv", rows)


def fabricated_status(model: SubjectResult, k: int) -> SubjectStatus:
    """Subject `k`: most were measured, some were not, some are doubtful or corrected."""
    subject = f"P{k:03d}"
    result, status, reason = _varied(model, k), "ok", ""
    if k % FAILED_EVERY == 1:
        status, reason = "failed", "baseline: slice 7 of 25 is missing"
        result = _unmeasured(reason)
    elif k % UNEVALUABLE_EVERY == 2:
        status, reason = "not_evaluable", "week14: the slab misses the joint"
        result = _unmeasured(reason)
    given = ("rois",) if k % CORRECTED_EVERY == 3 else ()
    return SubjectStatus(
        subject=subject,
        folder=f"sub-{subject}",
        visits=("baseline", "week14"),
        unit_sha256="",
        status=status,
        reason=reason,
        flags=(FLAG,) if k % FLAGGED_EVERY == 4 and status == "ok" else (),
        code_version="",
        settings_sha256="",
        inputs=tuple(
            InputRecord(visit="baseline", role=role, n_files=1, n_bytes=1, stamp="")
            for role in ("volume", *given)
        ),
        rows=rows_of(subject, result),
    )


def _unmeasured(reason: str) -> SubjectResult:
    visits = [
        VisitInput(label=label, day=day, volume=None, reason=reason)
        for label, day in (("baseline", 0), ("week14", 98))
    ]
    return analyze_subject(visits)


def _varied(model: SubjectResult, k: int) -> SubjectResult:
    rng = np.random.default_rng(k)
    before = float(rng.lognormal(-0.7, 0.9))
    after = 0.0 if rng.random() < 0.15 else before * float(rng.lognormal(-0.4, 0.6))
    after *= _total_ml(model, 0) / max(_total_ml(model, -1), 1e-9)
    factors = dict(zip((visit.label for visit in model.visits), (before, after), strict=True))
    visits = tuple(
        replace(
            visit,
            burden=None if visit.burden is None else _scaled(visit.burden, factors[visit.label]),
            appearance=_appearance(rng, k),
        )
        for visit in model.visits
    )
    changes = {
        label: _scaled_change(change, before, after) for label, change in model.changes.items()
    }
    return replace(model, visits=visits, changes=changes)


def _total_ml(model: SubjectResult, n: int) -> float:
    burden = model.visits[n].burden
    return 0.0 if burden is None else burden.regions["total"].edema_ml


def _scaled(burden: EdemaBurden, factor: float) -> EdemaBurden:
    regions = {name: _scaled_region(region, factor) for name, region in burden.regions.items()}
    return replace(burden, regions=regions)


def _scaled_region(region: RegionBurden, factor: float) -> RegionBurden:
    edema_ml = region.edema_ml * factor
    interval = Interval(low=0.8 * edema_ml, high=1.2 * edema_ml + 0.05)
    return replace(region, edema_ml=edema_ml, interval_ml=interval)


def _scaled_change(change: ChangeReport, before: float, after: float) -> ChangeReport:
    regions = {}
    for name, region in change.regions.items():
        first, last = (region.baseline_ml or 0.0) * before, (region.followup_ml or 0.0) * after
        moved = last - first
        regions[name] = replace(
            region,
            verdict=_verdict(first, last),
            baseline_ml=first,
            followup_ml=last,
            change_ml=moved,
            interval_ml=Interval(low=moved - 0.4, high=moved + 0.4),
            change_percent=100 * moved / first if first else None,
            detectable_ml=DETECTABLE_ML,
        )
    return replace(change, regions=regions)


def _verdict(first: float, last: float) -> Verdict:
    if first == last == 0:
        return Verdict.NONE
    if abs(last - first) < DETECTABLE_ML:
        return Verdict.UNCHANGED
    if last == 0:
        return Verdict.RESOLVED
    return Verdict.DECREASED if last < first else Verdict.INCREASED


def _appearance(rng: np.random.Generator, k: int) -> Appearance:
    value = 1.34 if k == UNUSUAL else float(rng.normal(0.9, 0.05))
    return Appearance(checks=(Check(name="reference", value=value),))


def _thumbnail(k: int) -> bytes:
    picture = np.random.default_rng(k).normal(90, 25, (112, 300)).clip(0, 255).astype(np.uint8)
    picture[30:60, 20 + k % 200 : 60 + k % 200] = 230
    return jpeg(picture, quality=60)
