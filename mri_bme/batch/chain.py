"""One subject through the whole chain: read, analyze, write its folder and its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mri_bme.batch.inputs import SubjectUnit
from mri_bme.batch.made_with import made_with_facts
from mri_bme.batch.pages import write_pages
from mri_bme.batch.read import ReadVisit, read_visit
from mri_bme.batch.stages import StageMemory
from mri_bme.batch.status import Outcome
from mri_bme.batch.work import Done
from mri_bme.export.visit_files import (
    visit_files,
    visit_stem,
    write_registration,
    write_visit,
)
from mri_bme.findings import Verdict
from mri_bme.pipeline import SubjectResult, VisitInput, VisitResult, analyze_subject
from mri_bme.record.changes import NO_FOLLOWUP
from mri_bme.record.subjects import rows_of
from mri_bme.record.tables import Row
from mri_bme.report import SubjectPage, subject_page
from mri_bme.report.words import flips_sentence, protocol_sentence
from mri_bme.settings import Settings

SHOWN_DIGITS = 12


def analyze_unit(unit: SubjectUnit, folder: Path, settings: Settings, stages: StageMemory) -> Done:
    """Measure a subject and write its folder, all but its status."""
    read = []
    for visit in unit.visits:
        stages.enter(f"read {visit.label}")
        read.append(read_visit(visit, settings))
    inputs = [one.visit for one in read]
    read = [replace(one, visit=_without_voxels(one.visit)) for one in read]
    result = analyze_subject(_handed_over(inputs), settings=settings, run_stage=stages)
    stages.enter("write")
    files = _write_files(unit, folder, read, result, stages)
    outputs = [
        *_with_sidecars((name for names in files.values() for name in names.values()), ".nii.gz"),
        *_with_sidecars(_write_transforms(unit, folder, result), ".tfm"),
    ]
    status, reason, stage = _outcome(read, result)
    flags, rows = _flags(unit, result), rows_of(unit.subject, result)
    stages.enter("report")
    page = _page(unit, result, stages)
    del read, result  # pictures need little of it, and take memory themselves
    outputs += write_pages(page, folder, files)
    return Done(
        status=status,
        reason=reason,
        stage=stage,
        kind="input" if status == "failed" else "",
        flags=flags,
        outputs=tuple(outputs),
        rows=rows,
    )


def _without_voxels(visit: VisitInput) -> VisitInput:
    return VisitInput(label=visit.label, day=visit.day, volume=None)


def _handed_over(visits: list[VisitInput]) -> list[VisitInput]:
    """Keep no visit here: what the analysis lets go of is given back at once."""
    given = list(visits)
    visits.clear()
    return given


def rows_of_failed(unit: SubjectUnit, reason: str) -> dict[str, tuple[Row, ...]]:
    """Rows that say of every visit and change why there are no numbers."""
    visits = [VisitInput(label=v.label, day=v.day, volume=None, reason=reason) for v in unit.visits]
    return rows_of(unit.subject, analyze_subject(visits))


def _write_files(
    unit: SubjectUnit,
    folder: Path,
    read: Sequence[ReadVisit],
    result: SubjectResult,
    stages: StageMemory,
) -> dict[str, dict[str, str]]:
    """Write the images of every visit; say which file holds what."""
    files: dict[str, dict[str, str]] = {}
    sessions = _sessions(unit)
    for one, visit in zip(read, result.visits, strict=True):
        if one.stored is None:
            continue
        session = sessions[visit.label]
        files[visit.label] = write_visit(
            folder,
            visit_files(session, visit_stem(unit.folder, session, one.contrast)),
            visit,
            stored=one.stored,
            sources=_sources(stages, visit.label),
            acquisition=one.acquisition,
        )
    return files


def _write_transforms(unit: SubjectUnit, folder: Path, result: SubjectResult) -> list[str]:
    sessions = _sessions(unit)
    baseline = sessions[result.visits[0].label]
    return [
        write_registration(folder, unit.folder, baseline, sessions[label], found)
        for label, found in result.registrations.items()
    ]


def _sessions(unit: SubjectUnit) -> dict[str, str]:
    return {visit.label: visit.session for visit in unit.visits}


def _with_sidecars(names: Iterable[str], suffix: str) -> list[str]:
    return [
        n
        for name in names
        for n in ((name, name.removesuffix(suffix) + ".json") if name.endswith(suffix) else (name,))
    ]


def _page(unit: SubjectUnit, result: SubjectResult, stages: StageMemory) -> SubjectPage:
    facts = (
        ("settings", stages.settings_sha256[:SHOWN_DIGITS]),
        ("code", stages.code_version),
        *made_with_facts(stages.settings),
    )
    about = {
        visit.label: tuple(
            (f"{role}, SHA-256", sha256[:SHOWN_DIGITS])
            for role, sha256 in _sources(stages, visit.label).items()
        )
        for visit in unit.visits
    }
    return subject_page(result, subject_id=unit.subject, facts=facts, visit_facts=about)


def _sources(stages: StageMemory, label: str) -> Mapping[str, str]:
    return {i.role: i.sha256 for i in stages.inputs if i.visit == label}


def _outcome(read: Sequence[ReadVisit], result: SubjectResult) -> tuple[Outcome, str, str]:
    """Status of a subject, why, and at which stage it went wrong."""
    broken = [r for r in read if r.problem]
    if broken:
        reason = "; ".join(f"{r.visit.label}: {r.problem}" for r in broken)
        return "failed", reason, f"read {broken[0].visit.label}"
    missing = [visit for visit in result.visits if not visit.evaluable]
    if missing:
        reason = "; ".join(f"{visit.label}: {visit.reason}" for visit in missing)
        return "not_evaluable", reason, _stage_without(missing[0])
    unknown = {
        label: change.regions["total"].reason or "; ".join(change.reasons)
        for label, change in result.changes.items()
        if change.verdict is Verdict.NOT_EVALUABLE
    }
    if unknown:
        reason = "; ".join(f"{label}: {why}" for label, why in unknown.items())
        return "not_evaluable", reason, "change"
    return "ok", "" if result.changes else NO_FOLLOWUP, ""


def _stage_without(visit: VisitResult) -> str:
    if visit.visit.volume is None:
        return f"select {visit.label}"
    if visit.is_refused and visit.appearance.impossible:
        return f"appearance {visit.label}"
    return f"{'rois' if visit.rois is None else 'edema'} {visit.label}"


def _flags(unit: SubjectUnit, result: SubjectResult) -> tuple[str, ...]:
    doubts = [*unit.defects, *result.flags]
    for visit in result.visits:
        found = [*visit.visit.doubts]
        found += visit.rois.notes if visit.rois else ()
        found += visit.segmentation.flags if visit.segmentation else ()
        doubts += [f"{visit.label}: {doubt}" for doubt in found]
    for label, change in result.changes.items():
        if change.protocol_changes:
            doubts.append(f"{label}: {protocol_sentence(change)}")
        if change.flips:
            doubts.append(f"{label}: {flips_sentence(change)}")
    return tuple(dict.fromkeys(doubts))
