"""Change of one region, its interval, its coverage and its verdict."""

from math import hypot

import numpy as np

from mri_bme.compare_visits.detectable import smallest_detectable_change_ml
from mri_bme.findings import ComparedVisit, Interval, RegionBurden, RegionChange, Verdict
from mri_bme.sacroiliac import REGIONS
from mri_bme.settings import CompareSettings


def covered_fractions(visit: ComparedVisit) -> dict[str, float | None]:
    """Share of each region's marrow that the other visit covers; None without marrow."""
    assert visit.rois is not None  # noqa: S101  (checked by compare_visits)
    quadrants = visit.rois.quadrants
    whole = np.bincount(quadrants.ravel(), minlength=9)
    part = (
        whole if visit.common is None else np.bincount(quadrants[visit.common.voxels], minlength=9)
    )
    return {
        name: float(part[list(labels)].sum() / whole[list(labels)].sum())
        if whole[list(labels)].sum()
        else None
        for name, labels in REGIONS.items()
    }


def measure_change(
    baseline: RegionBurden,
    followup: RegionBurden,
    *,
    covered_fraction: float | None,
    settings: CompareSettings,
) -> RegionChange:
    """Compare one region; `covered_fraction` is the smaller of the two visits'."""
    reason = _reason_against(covered_fraction, settings.min_covered_fraction)
    if reason:
        return RegionChange(
            verdict=Verdict.NOT_EVALUABLE, covered_fraction=covered_fraction, reason=reason
        )
    change_ml = followup.edema_ml - baseline.edema_ml
    mean_ml = (followup.edema_ml + baseline.edema_ml) / 2
    detectable_ml = smallest_detectable_change_ml(mean_ml, settings)
    has_baseline = baseline.edema_ml > 0 and baseline.edema_ml >= settings.detection_limit_ml
    return RegionChange(
        verdict=judge_change(baseline.edema_ml, followup.edema_ml, settings=settings),
        baseline_ml=baseline.edema_ml,
        followup_ml=followup.edema_ml,
        change_ml=change_ml,
        interval_ml=_change_interval(baseline, followup),
        change_percent=100 * change_ml / baseline.edema_ml if has_baseline else None,
        covered_fraction=covered_fraction,
        detectable_ml=detectable_ml,
    )


def judge_change(baseline_ml: float, followup_ml: float, *, settings: CompareSettings) -> Verdict:
    """Judge a change against measurement error.

    A volume below the detection limit is no edema. A change counts when its size reaches
    the smallest detectable change at the mean of the two volumes; the mean keeps the rule
    the same when the visits are swapped.
    """
    present = [ml > 0 and ml >= settings.detection_limit_ml for ml in (baseline_ml, followup_ml)]
    if not any(present):
        return Verdict.NONE
    change_ml = followup_ml - baseline_ml
    detectable_ml = smallest_detectable_change_ml((baseline_ml + followup_ml) / 2, settings)
    if abs(change_ml) < detectable_ml:
        return Verdict.UNCHANGED
    if not all(present):
        return Verdict.NEW if present[1] else Verdict.RESOLVED
    return Verdict.INCREASED if change_ml > 0 else Verdict.DECREASED


def _reason_against(covered_fraction: float | None, least: float) -> str:
    if covered_fraction is None:
        return "no marrow of this region in one of the visits"
    if covered_fraction < least:
        return (
            f"only {covered_fraction:.0%} of the marrow is covered at both visits, at least "
            f"{least:.0%} is required"
        )
    return ""


def _change_interval(baseline: RegionBurden, followup: RegionBurden) -> Interval | None:
    """95 % interval of a difference from the intervals of its two sides.

    The method of variance estimates recovery [1]_: it keeps skewed intervals skewed, and
    swapping the visits mirrors it. The errors of the two visits are taken as independent.

    References
    ----------
    .. [1] Zou & Donner, Stat Med 27:1693-1702, 2008, doi 10.1002/sim.3095.
    """
    before, after = baseline.interval_ml, followup.interval_ml
    if before is None or after is None:
        return None
    change_ml = followup.edema_ml - baseline.edema_ml
    return Interval(
        low=change_ml - hypot(followup.edema_ml - after.low, before.high - baseline.edema_ml),
        high=change_ml + hypot(after.high - followup.edema_ml, baseline.edema_ml - before.low),
    )
