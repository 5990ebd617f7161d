"""Compose the verbs for one subject. No files, no clock, no screen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mri_bme.align_t1 import fit_t1, t1_on_grid
from mri_bme.check_appearance import (
    Appearance,
    check_rois,
    check_same_scan,
    check_scan,
    check_t1_fit,
    unsure_look,
)
from mri_bme.compare_visits import common_quadrants, compare_visits, ground_of
from mri_bme.errors import GivenRoiUnusable, InvalidVoxels, NotEvaluable
from mri_bme.finding_kind import FindingKind, KindFindings, KindInput
from mri_bme.findings import (
    AUTO,
    ChangeReport,
    ComparedVisit,
    EdemaBurden,
    EdemaSegmentation,
    Registration,
    RegistrationQuality,
    T1Fit,
)
from mri_bme.kinds import KINDS
from mri_bme.place_rois import move_rois, place_rois
from mri_bme.register_visits import register_visits
from mri_bme.remembered import NOTHING, Remembered
from mri_bme.roi_sources import OTHER_VISIT
from mri_bme.sacroiliac import AnnotatedScan, PlacedBy, RoiAttempt, SacroiliacRois
from mri_bme.score_edema import score_edema
from mri_bme.segment_edema import segment_edema
from mri_bme.settings import Settings
from mri_bme.side_by_side import each
from mri_bme.study import NOT_SAID, ScannedWith, ShownSeries
from mri_bme.volume import Mask, RigidTransform, Volume

DEFAULT_SETTINGS = Settings()

NOT_CHECKED = Appearance()


Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitInput:
    """What is measured at one visit.

    Parameters
    ----------
    label : str
        ``baseline``, ``week14``, ...
    day : int or None
        Days since the baseline.
    volume : Volume or None
        The fluid-sensitive series; None when there is none (`reason` says why).
    t1 : Volume or None
        T1-weighted series of the same visit, on any grid.
    bones : int array or None
        Bone label map, or one marrow mask across the joint, on the volume's grid.
    rois : uint8 array or None
        Corrected quadrant label map on the volume's grid; wins over `bones`.
    reference : Mask or None
        Normal marrow drawn by hand, on the volume's grid.
    atlas : tuple of AnnotatedScan
        Scans of others whose bones are known.
    given : mapping from str
        The same by role (`roi_sources.Given.role`), and what further sources of ROIs need.
    doubts : tuple of str
        What was doubtful about the choice of series, in plain words.
    scanned_with : ScannedWith
        What the header says of how ``volume`` was scanned.
    shown : mapping from str
        What a reader is told of the series that ``volume`` and ``t1`` were read from.
    """

    label: str
    day: int | None
    volume: Volume | None
    t1: Volume | None = None
    bones: NDArray[Any] | None = None
    rois: NDArray[Any] | None = None
    reference: Mask | None = None
    atlas: tuple[AnnotatedScan, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    doubts: tuple[str, ...] = ()
    scanned_with: ScannedWith = NOT_SAID
    shown: Mapping[str, ShownSeries] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitResult:
    """What was found at one visit; `reason` says why it could not be measured.

    Into a visit that `is_refused` no ROIs are carried from another one.
    """

    visit: VisitInput
    rois: SacroiliacRois | None = None
    segmentation: EdemaSegmentation | None = None
    burden: EdemaBurden | None = None
    others: Mapping[str, KindFindings] = field(default_factory=dict)
    reason: str = ""
    is_refused: bool = False
    appearance: Appearance = NOT_CHECKED

    @property
    def label(self) -> str:
        """Label of the visit."""
        return self.visit.label

    @property
    def evaluable(self) -> bool:
        """Whether the visit was measured."""
        return self.burden is not None


@dataclass(frozen=True, kw_only=True, eq=False)
class SubjectResult:
    """Everything found in one subject, visits in order of time.

    `registrations` and `changes` are keyed by the label of the follow-up; a
    registration's fixed side is the baseline. `read_by` says whose edema was measured: the
    program's (`AUTO`), or a reader's.
    """

    visits: tuple[VisitResult, ...]
    registrations: Mapping[str, Registration] = field(default_factory=dict)
    changes: Mapping[str, ChangeReport] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    kinds: tuple[FindingKind, ...] = ()
    read_by: str = AUTO


RunStage = Callable[[str, tuple[str, ...], Callable[[], Any]], Any]
"""Called as ``run_stage(stage, visit_labels, compute)``; returns what `compute` returns.

A batch hands in one that remembers results and knows which stage failed.
"""


def compute_stage(stage: str, labels: tuple[str, ...], compute: Callable[[], Found]) -> Found:
    """Run a stage, remembering nothing."""
    del stage, labels
    return compute()


def analyze_subject(
    visits: Sequence[VisitInput],
    *,
    settings: Settings = DEFAULT_SETTINGS,
    run_stage: RunStage = compute_stage,
    kinds: Sequence[FindingKind] = KINDS,
    remembered: Remembered = NOTHING,
) -> SubjectResult:
    """Measure every visit of a subject, and each follow-up against the baseline.

    What the data do not support is recorded with its reason and never stops the rest.

    Parameters
    ----------
    visits : sequence of VisitInput
        In order of time; the first is the baseline.
    settings : Settings
        Every number that changes a result.
    run_stage : callable
        See `RunStage`.
    kinds : sequence of FindingKind
        Kinds of findings that are measured beside edema.
    remembered : Remembered
        Takes what `measure_again` needs, where the subject is to be measured again.
    """
    waiting = _told_apart(visits)
    del visits  # once T1W is laid on the other series, nobody needs it as it was acquired
    placed: list[VisitResult] = []
    while waiting:
        placed.append(_place(waiting.pop(0), settings, run_stage))
        _let_rest(placed)
    registrations: dict[str, Registration] = {}
    for followup in placed[1:]:
        registration = _register(placed[0], followup, settings, run_stage)
        if registration is not None:
            registrations[followup.label] = registration
    placed = _share_rois(placed, registrations, settings.rois.sources)
    _let_rest(placed)
    measured = each(
        partial(_measure_all, settings=settings, kinds=kinds, run_stage=run_stage), placed
    )
    changes = {
        followup.label: _compare(
            measured[0],
            followup,
            registrations.get(followup.label),
            settings=settings,
            run_stage=run_stage,
            remembered=remembered,
        )
        for followup in measured[1:]
    }
    _let_rest(placed)
    return SubjectResult(
        visits=tuple(measured), registrations=registrations, changes=changes, kinds=tuple(kinds)
    )


def _let_rest(visits: Sequence[VisitResult]) -> None:
    """Hold what is large, and looked at by nobody now, in less memory."""
    for result in visits:
        for large in (result.visit.volume, result.visit.t1, result.rois):
            if large is not None:
                large.rest()


def measure_again(
    result: SubjectResult,
    edema: Mapping[str, EdemaSegmentation],
    *,
    settings: Settings,
    remembered: Remembered = NOTHING,
) -> SubjectResult:
    """Score and compare a subject anew with other edema, as a reader drew it.

    Parameters
    ----------
    result : SubjectResult
        What was measured before; ROIs and registrations stay.
    edema : mapping
        Edema by the label of its visit; visits that are not named keep theirs.
    settings : Settings
        Those of the measurement.
    remembered : Remembered
        What was computed of the same objects before, with the same settings.
    """
    if all(edema.get(v.label, v.segmentation) is v.segmentation for v in result.visits):
        return result
    visits = tuple(
        _scored_again(v, edema[v.label], settings, remembered) if v.label in edema else v
        for v in result.visits
    )
    return replace(result, visits=visits, changes=_changes(visits, result, settings, remembered))


def prepare_again(result: SubjectResult, *, settings: Settings, remembered: Remembered) -> None:
    """Remember what `measure_again` needs of anatomy and scans, whatever the edema is."""
    _changes(result.visits, result, settings, remembered)


def _changes(
    visits: Sequence[VisitResult],
    result: SubjectResult,
    settings: Settings,
    remembered: Remembered,
) -> dict[str, ChangeReport]:
    baseline, *followups = visits
    return {
        followup.label: remembered.of(
            "change",
            (
                *(v.segmentation for v in (baseline, followup)),
                *(v.rois for v in (baseline, followup)),
                result.registrations.get(followup.label),
            ),
            partial(
                _compare,
                baseline,
                followup,
                result.registrations.get(followup.label),
                settings=settings,
                remembered=remembered,
            ),
        )
        for followup in followups
    }


def _scored_again(
    visit: VisitResult, edema: EdemaSegmentation, settings: Settings, remembered: Remembered
) -> VisitResult:
    rois = visit.rois
    if rois is None or edema is visit.segmentation:
        return visit
    burden = remembered.of(
        "burden", (edema, rois), lambda: score_edema(edema, rois, settings=settings.score)
    )
    return replace(visit, segmentation=edema, burden=burden)


def _place(visit: VisitInput, settings: Settings, run_stage: RunStage) -> VisitResult:
    volume = visit.volume
    if volume is None:
        return VisitResult(visit=visit, reason=visit.reason or "no fluid-sensitive series")
    look = run_stage("appearance", (visit.label,), lambda: check_scan(volume, visit.t1))
    judged = _judged(VisitResult(visit=visit), look, settings)
    if judged.is_refused:
        return judged
    judged = _with_aligned_t1(judged, volume, run_stage)
    visit = judged.visit
    try:
        rois = run_stage(
            "rois",
            (visit.label,),
            lambda: place_rois(
                volume,
                t1=visit.t1,
                bones=visit.bones,
                quadrants=visit.rois,
                atlas=visit.atlas,
                given=visit.given,
                reference=visit.reference,
                settings=settings.rois,
            ),
        )
    except NotEvaluable as error:
        is_refused = isinstance(error, GivenRoiUnusable)
        return replace(judged, reason=str(error), is_refused=is_refused)
    marrow: Mask | None = None
    if rois.placed_by is PlacedBy.GIVEN and settings.appearance.compare_given:
        marrow = run_stage("marrow", (visit.label,), lambda: _marrow_found(visit, settings))
    look = run_stage(
        "regions",
        (visit.label,),
        lambda: check_rois(volume, rois, marrow=marrow, t1=visit.t1),
    )
    return _judged(replace(judged, rois=rois), look, settings)


def _with_aligned_t1(result: VisitResult, volume: Volume, run_stage: RunStage) -> VisitResult:
    """Lay T1W on the fluid-sensitive series, or leave it out and say why."""
    visit, t1 = result.visit, result.visit.t1
    if t1 is None:
        return result
    fit: T1Fit = run_stage("t1", (visit.label,), lambda: fit_t1(volume, t1))
    aligned, look = aligned_t1(volume, t1, fit)
    shown = visit.shown.get("t1", ShownSeries())
    told = replace(shown, is_laid=shown.is_laid or aligned is not t1)
    visit = replace(
        visit,
        t1=aligned,
        doubts=(*visit.doubts, *look.doubts),
        shown={**visit.shown, "t1": told},
    )
    return replace(result, visit=visit, appearance=result.appearance + look)


def aligned_t1(
    volume: Volume, t1: Volume, fit: T1Fit | None = None
) -> tuple[Volume | None, Appearance]:
    """Lay T1W on the fluid-sensitive series of its visit, as every measurement does.

    Parameters
    ----------
    volume : Volume
        Fluid-sensitive volume.
    t1 : Volume
        T1W volume of the same visit, on any grid.
    fit : T1Fit or None
        Where it lies, if that is known already.

    Returns
    -------
    Volume or None
        T1W on the grid of `volume`; None where it is left out.
    Appearance
        What was checked; its doubts say why T1W is left out.
    """
    found = fit_t1(volume, t1) if fit is None else fit
    look = check_t1_fit(found)
    return (None if look.doubts else t1_on_grid(volume, t1, found)), look


def _told_apart(visits: Sequence[VisitInput]) -> list[VisitInput]:
    """Say of a visit whose scan is that of an earlier one."""
    told: list[VisitInput] = []
    for n, visit in enumerate(visits):
        same = next((v.label for v in visits[:n] if _is_same(v.volume, visit.volume)), None)
        doubt = () if same is None else (f"voxel by voxel the scan of {same}: one file twice?",)
        told.append(replace(visit, doubts=(*visit.doubts, *doubt)))
    return told


def _is_same(first: Volume | None, second: Volume | None) -> bool:
    return first is not None and second is not None and check_same_scan(first, second)


def _judged(result: VisitResult, look: Appearance, settings: Settings) -> VisitResult:
    """Add what was checked: doubts are flags, what cannot be refuses the visit."""
    is_refused = bool(look.impossible) and settings.appearance.when_impossible == "refuse"
    doubts = look.doubts if is_refused else (*look.impossible, *look.doubts)
    visit = replace(result.visit, doubts=(*result.visit.doubts, *doubts))
    judged = replace(result, visit=visit, appearance=result.appearance + look)
    if not is_refused:
        return judged
    first, *more = look.impossible
    checks = "check says" if len(more) == 1 else "checks say"
    rest = f" ({len(more)} more {checks} so, quality.csv has them)" if more else ""
    return replace(judged, rois=None, is_refused=True, reason=first + rest)


def _marrow_found(visit: VisitInput, settings: Settings) -> Mask | None:
    """Marrow as the network finds it, to hold against regions that were given."""
    if visit.volume is None:
        return None
    alone = settings.rois.model_copy(update={"sources": ("automatic",)})
    try:
        return place_rois(visit.volume, t1=visit.t1, settings=alone).mask
    except NotEvaluable:
        return None


def _register(
    baseline: VisitResult, followup: VisitResult, settings: Settings, run_stage: RunStage
) -> Registration | None:
    fixed, moving = baseline.visit.volume, followup.visit.volume
    if fixed is None or moving is None:
        return None
    try:
        registration: Registration = run_stage(
            "registration",
            (baseline.label, followup.label),
            lambda: register_visits(
                fixed,
                moving,
                fixed_mask=None if baseline.rois is None else baseline.rois.mask,
                moving_mask=None if followup.rois is None else followup.rois.mask,
                settings=settings.registration,
            ),
        )
    except (NotEvaluable, InvalidVoxels) as error:
        return Registration(
            moving_from_fixed=RigidTransform.identity(),
            quality=RegistrationQuality(accepted=False, reason=str(error)),
        )
    return registration


def _share_rois(
    placed: Sequence[VisitResult],
    registrations: Mapping[str, Registration],
    sources: Sequence[str],
) -> list[VisitResult]:
    """Let all visits that could be registered measure the same bone, by the best ROIs.

    The baseline takes the best of the follow-ups' ROIs if they are better than its own,
    and each follow-up then the baseline's.
    """
    if OTHER_VISIT not in sources:
        return list(placed)
    shared, ranks = list(placed), [_rank(visit, sources) for visit in placed]
    accepted = {label: r for label, r in registrations.items() if r.quality.accepted}
    known = [n for n, visit in enumerate(placed) if n > 0 and visit.label in accepted]
    best = min(known, key=lambda n: ranks[n], default=0)
    pairs = [(best, 0), *((0, followup) for followup in known)]
    for source, target in pairs:
        if shared[target].is_refused or not _is_better(ranks[source], ranks[target], sources):
            continue
        target_from_source = accepted[shared[max(source, target)].label].moving_from_fixed
        if target == 0:
            target_from_source = target_from_source.inverse()
        shared[target] = _carry(shared[source], shared[target], target_from_source)
        ranks[target] = ranks[source]
    return shared


def _rank(visit: VisitResult, sources: Sequence[str]) -> int:
    """Place of a visit's ROIs in the order of sources; beyond the last when it has none."""
    if visit.rois is None:
        return len(sources)
    used = visit.rois.attempts[-1].source if visit.rois.attempts else None
    return next((place for place, source in enumerate(sources) if source == used), 0)


def _is_better(source_rank: int, target_rank: int, sources: Sequence[str]) -> bool:
    """Whether ROIs are carried: always to a visit without, else across `other_visit`."""
    if target_rank == len(sources):
        return source_rank < target_rank
    return source_rank < sources.index(OTHER_VISIT) < target_rank


def _carry(
    source: VisitResult, target: VisitResult, target_from_source: RigidTransform
) -> VisitResult:
    if source.rois is None or target.visit.volume is None:
        return target
    moved = move_rois(source.rois, target.visit.volume.geometry, target_from_source)
    own, drawn = target.rois, target.visit.reference
    why = f"here they are {own.source}" if own else f"here {target.reason or 'none were found'}"
    tried = own.attempts if own else (RoiAttempt(source="this visit", reason=target.reason),)
    carried = RoiAttempt(source=OTHER_VISIT, confidence=moved.confidence)
    rois = replace(
        moved,
        reference=drawn or moved.reference,
        reference_source="manual" if drawn else moved.reference_source,
        notes=(*moved.notes, f"ROIs carried from {source.label}, because {why}"),
        attempts=(*tried, carried),
    )
    return replace(target, rois=rois, reason="")


def _measure_all(
    placed: VisitResult,
    *,
    settings: Settings,
    kinds: Sequence[FindingKind],
    run_stage: RunStage,
) -> VisitResult:
    found = _measure(placed, settings, run_stage)
    found = _measure_others(found, kinds, run_stage)
    _let_rest([found])
    return found


def _measure(placed: VisitResult, settings: Settings, run_stage: RunStage) -> VisitResult:
    volume, rois = placed.visit.volume, placed.rois
    if volume is None or rois is None:
        return placed
    look = unsure_look(placed.appearance, confidence=bones_confidence(rois))
    try:
        segmentation = run_stage(
            "edema",
            (placed.label,),
            lambda: segment_edema(
                volume, rois, t1=placed.visit.t1, look=look, settings=settings.segment
            ),
        )
    except NotEvaluable as error:
        return replace(placed, reason=str(error))
    burden = run_stage(
        "score",
        (placed.label,),
        lambda: score_edema(segmentation, rois, settings=settings.score),
    )
    return replace(placed, segmentation=segmentation, burden=burden)


def bones_confidence(rois: SacroiliacRois) -> float:
    """How sure bones are, where nobody drew them; what was given is taken as it is."""
    return 1.0 if rois.placed_by is PlacedBy.GIVEN else rois.confidence


def _measure_others(
    visit: VisitResult, kinds: Sequence[FindingKind], run_stage: RunStage
) -> VisitResult:
    """Measure every other kind; what cannot be measured of one stops no other."""
    volume, rois = visit.visit.volume, visit.rois
    if volume is None or rois is None or not kinds:
        return visit
    given = KindInput(volume=volume, t1=visit.visit.t1, rois=rois, edema=visit.segmentation)
    found = {}
    for kind in kinds:
        try:
            found[kind.name] = run_stage(kind.name, (visit.label,), partial(kind.measure, given))
        except NotEvaluable as error:
            found[kind.name] = KindFindings(reason=str(error))
    return replace(visit, others=found)


def _compare(
    baseline: VisitResult,
    followup: VisitResult,
    registration: Registration | None,
    *,
    settings: Settings,
    run_stage: RunStage = compute_stage,
    remembered: Remembered = NOTHING,
) -> ChangeReport:
    accepted = registration is not None and registration.quality.accepted
    followup_from_baseline = (
        registration.moving_from_fixed if registration is not None and accepted else None
    )
    reason = "" if registration is None or accepted else registration.quality.reason

    def compute() -> ChangeReport:
        back = remembered.of(
            "inverse", (followup_from_baseline,), lambda: _inverse(followup_from_baseline)
        )
        there, again = (
            (baseline, followup, followup_from_baseline),
            (followup, baseline, back),
        )
        one, other = each(lambda way: _compared(*way, settings, remembered), (there, again))
        ground, is_measured = None, None not in (one.segmentation, other.segmentation)
        if followup_from_baseline is not None and is_measured:
            ground = remembered.of(
                "ground",
                (baseline.rois, followup.rois, followup_from_baseline),
                lambda: ground_of(one, other, followup_from_baseline),
            )
        return compare_visits(
            one,
            other,
            followup_from_baseline=followup_from_baseline,
            reason=reason,
            ground=ground,
            settings=settings.compare,
        )

    report: ChangeReport = run_stage("change", (baseline.label, followup.label), compute)
    return report


def _inverse(transform: RigidTransform | None) -> RigidTransform | None:
    return None if transform is None else transform.inverse()


def _compared(
    visit: VisitResult,
    other: VisitResult,
    other_from_visit: RigidTransform | None,
    settings: Settings,
    remembered: Remembered,
) -> ComparedVisit:
    """Score a visit again over the one region that both visits measured."""
    compared = ComparedVisit(
        label=visit.label,
        day=visit.visit.day,
        burden=visit.burden,
        segmentation=visit.segmentation,
        rois=visit.rois,
        reason=visit.reason,
        t1=visit.visit.t1,
        scanned_with=visit.visit.scanned_with,
    )
    if visit.segmentation is None or visit.rois is None:
        return compared
    if other.rois is None or other_from_visit is None:
        return compared
    found, rois, there = visit.segmentation, visit.rois, other.rois

    def in_common() -> tuple[NDArray[np.uint8], Mask]:
        quadrants = common_quadrants(rois, there, other_from_visit)
        return quadrants, Mask(geometry=rois.geometry, voxels=quadrants > 0)

    quadrants, common = remembered.of("common", (rois, there, other_from_visit), in_common)
    burden = remembered.of(
        "common burden",
        (found, rois, common),
        lambda: score_edema(
            found, rois, within=common, quadrants=quadrants, settings=settings.score
        ),
    )
    return replace(compared, burden=burden, common=common)
