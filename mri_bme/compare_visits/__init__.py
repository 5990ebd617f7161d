"""Say what became of the edema between two visits, and whether it can be believed."""

from mri_bme.compare_visits.changes import edema_elsewhere_ml, measure_change
from mri_bme.compare_visits.common_roi import common_quadrants
from mri_bme.compare_visits.fates import match_lesions
from mri_bme.compare_visits.ground import Ground, ground_of
from mri_bme.compare_visits.lesion_voxels import lesion_voxels
from mri_bme.compare_visits.sensitivity import sensitivities
from mri_bme.compare_visits.tissue import with_tissue
from mri_bme.findings import (
    ChangeReport,
    ComparedVisit,
    LesionFate,
    ProtocolChange,
    RegionChange,
    Verdict,
)
from mri_bme.measurement_error import VERDICT_RULE, smallest_detectable_change_ml, wider_by
from mri_bme.sacroiliac import REGIONS, region_kind
from mri_bme.settings import CompareSettings
from mri_bme.volume import RigidTransform

__all__ = [
    "Ground",
    "common_quadrants",
    "compare_visits",
    "ground_of",
    "lesion_voxels",
    "smallest_detectable_change_ml",
]


def compare_visits(
    baseline: ComparedVisit,
    followup: ComparedVisit,
    *,
    followup_from_baseline: RigidTransform | None,
    reason: str = "",
    ground: Ground | None = None,
    settings: CompareSettings | None = None,
) -> ChangeReport:
    """Compare the edema of two visits over the one region that both measured.

    `measurement_error.VERDICT_RULE` says when a change is called; any other is ``unchanged``.
    Swapping the visits negates every change and mirrors every verdict and fate. Where the visits
    were not scanned alike, intervals and smallest detectable changes are wider.

    Parameters
    ----------
    baseline, followup : ComparedVisit
        Burdens must have been scored within `ComparedVisit.common`.
    followup_from_baseline : RigidTransform or None
        Maps LPS mm points of the baseline to the follow-up; None when the registration
        failed or was not accepted, which makes the comparison not evaluable.
    reason : str
        Why the registration is missing.
    ground : Ground or None
        What hangs on scans and anatomy alone, where it is known already.
    settings : CompareSettings
        Least coverage, detection limit, smallest detectable change, matching of lesions.

    Returns
    -------
    ChangeReport
        Follow-up minus baseline. A region without enough common marrow is not evaluable,
        and so is every region when a visit was not measured: values are missing, never 0.
    """
    settings = settings or CompareSettings()
    reasons = _reasons_against(baseline, followup, followup_from_baseline, reason)
    differ: tuple[ProtocolChange, ...] = ()
    if reasons or followup_from_baseline is None:
        regions = _not_evaluable("; ".join(reasons))
    else:
        ground = ground or ground_of(baseline, followup, followup_from_baseline)
        differ = ground.protocol_changes
        regions = _changes(baseline, followup, ground, settings)
        reasons = _distinct_reasons(regions)
    evaluable = regions["total"].verdict is not Verdict.NOT_EVALUABLE
    fates: tuple[LesionFate, ...] = ()
    if evaluable and ground is not None and followup_from_baseline is not None:
        fates = match_lesions(
            baseline, followup, followup_from_baseline, settings=settings, wider_by=_wider(differ)
        )
        fates = with_tissue(fates, baseline, followup, ground)
    return ChangeReport(
        baseline=baseline.label,
        followup=followup.label,
        days=_days_between(baseline, followup),
        regions=regions,
        fates=fates,
        followup_from_baseline=followup_from_baseline,
        evaluable=evaluable,
        reasons=reasons,
        rule=VERDICT_RULE,
        detection_limit_ml=settings.detection_limit_ml,
        detectable_source=settings.detectable_source,
        protocol_changes=differ,
        wider_by=_wider(differ),
        sensitivity=sensitivities(
            baseline, followup, regions["total"], settings=settings, wider_by=_wider(differ)
        ),
    )


def _wider(changes: tuple[ProtocolChange, ...]) -> float:
    return wider_by(change.part for change in changes)


def _reasons_against(
    baseline: ComparedVisit,
    followup: ComparedVisit,
    followup_from_baseline: RigidTransform | None,
    reason: str,
) -> tuple[str, ...]:
    found = [
        f"{visit.label}: {visit.reason or 'not measured'}"
        for visit in (baseline, followup)
        if visit.burden is None or visit.segmentation is None or visit.rois is None
    ]
    if not found and followup_from_baseline is None:
        found = [reason or "the two visits could not be registered"]
    return tuple(found)


def _not_evaluable(reason: str) -> dict[str, RegionChange]:
    return {name: RegionChange(verdict=Verdict.NOT_EVALUABLE, reason=reason) for name in REGIONS}


def _changes(
    baseline: ComparedVisit, followup: ComparedVisit, ground: Ground, settings: CompareSettings
) -> dict[str, RegionChange]:
    assert baseline.burden is not None  # noqa: S101  (checked by _reasons_against)
    assert followup.burden is not None  # noqa: S101
    covered_at_baseline, covered_at_followup = ground.covered
    only_at_baseline, only_at_followup = edema_elsewhere_ml(baseline), edema_elsewhere_ml(followup)
    return {
        name: measure_change(
            baseline.burden.regions[name],
            followup.burden.regions[name],
            covered_fraction=_smaller(covered_at_baseline[name], covered_at_followup[name]),
            kind=region_kind(name),
            settings=settings,
            wider_by=_wider(ground.protocol_changes),
            only_ml=(only_at_baseline[name], only_at_followup[name]),
        )
        for name in REGIONS
    }


def _smaller(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else min(a, b)


def _distinct_reasons(regions: dict[str, RegionChange]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{n}: {r.reason}" for n, r in regions.items() if r.reason))


def _days_between(baseline: ComparedVisit, followup: ComparedVisit) -> int | None:
    if baseline.day is None or followup.day is None:
        return None
    return followup.day - baseline.day
