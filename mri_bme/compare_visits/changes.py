"""Change of one region, its interval, its coverage and its verdict."""

import numpy as np

from mri_bme.findings import ComparedVisit, RegionBurden, RegionChange, Verdict
from mri_bme.measurement_error import (
    change_interval,
    judge_change,
    smallest_detectable_change_ml,
)
from mri_bme.sacroiliac import REGIONS, RegionKind
from mri_bme.settings import CompareSettings


def covered_fractions(visit: ComparedVisit) -> dict[str, float | None]:
    """Share of each region's marrow that the other visit covers; None without marrow."""
    assert visit.rois is not None  # noqa: S101  (checked by compare_visits)
    quadrants = visit.rois.quadrants
    whole = np.bincount(quadrants[quadrants > 0], minlength=9)  # it counts in 8 bytes a voxel
    part = (
        whole if visit.common is None else np.bincount(quadrants[visit.common.voxels], minlength=9)
    )
    return {
        name: float(part[list(labels)].sum() / whole[list(labels)].sum())
        if whole[list(labels)].sum()
        else None
        for name, labels in REGIONS.items()
    }


def edema_elsewhere_ml(visit: ComparedVisit) -> dict[str, float]:
    """Edema per region in marrow that the other visit did not measure."""
    assert visit.rois is not None  # noqa: S101  (checked by compare_visits)
    assert visit.segmentation is not None  # noqa: S101
    if visit.common is None:
        return dict.fromkeys(REGIONS, 0.0)
    alone = ~visit.common.voxels & (visit.segmentation.edema_fraction > 0)
    shares = visit.segmentation.edema_fraction[alone].astype(np.float64)
    per_label = np.bincount(visit.rois.quadrants[alone], weights=shares, minlength=9)
    voxel_ml = visit.rois.geometry.voxel_volume_ml
    return {name: float(per_label[list(q)].sum()) * voxel_ml for name, q in REGIONS.items()}


def measure_change(
    baseline: RegionBurden,
    followup: RegionBurden,
    *,
    covered_fraction: float | None,
    kind: RegionKind = RegionKind.TOTAL,
    settings: CompareSettings,
    wider_by: float = 1.0,
    only_ml: tuple[float, float] = (0.0, 0.0),
) -> RegionChange:
    """Compare one region.

    Parameters
    ----------
    baseline, followup : RegionBurden
        Of the marrow that both visits measured.
    covered_fraction : float or None
        Share of the region's marrow that this is, the smaller of the two visits'.
    kind : RegionKind
        Of the region.
    settings : CompareSettings
        Least coverage, detection limit, smallest detectable change.
    wider_by : float
        How many times as wide limits are, because the visits were not scanned alike.
    only_ml : (float, float)
        Edema of either visit in other marrow, reported beside the change.
    """
    reason = _reason_against(covered_fraction, settings.min_covered_fraction)
    if reason:
        return RegionChange(
            verdict=Verdict.NOT_EVALUABLE, covered_fraction=covered_fraction, reason=reason
        )
    change_ml = followup.edema_ml - baseline.edema_ml
    mean_ml = (followup.edema_ml + baseline.edema_ml) / 2
    interval_ml = change_interval(baseline, followup, wider_by=wider_by)
    has_baseline = baseline.edema_ml > 0 and baseline.edema_ml >= settings.detection_limit_ml
    return RegionChange(
        verdict=judge_change(
            baseline.edema_ml,
            followup.edema_ml,
            interval_ml=interval_ml,
            kind=kind,
            settings=settings,
            wider_by=wider_by,
        ),
        baseline_ml=baseline.edema_ml,
        followup_ml=followup.edema_ml,
        change_ml=change_ml,
        interval_ml=interval_ml,
        change_percent=100 * change_ml / baseline.edema_ml if has_baseline else None,
        covered_fraction=covered_fraction,
        detectable_ml=smallest_detectable_change_ml(
            mean_ml, settings, kind=kind, wider_by=wider_by
        ),
        common_roi_ml=(baseline.roi_ml + followup.roi_ml) / 2,
        baseline_only_ml=only_ml[0],
        followup_only_ml=only_ml[1],
    )


def _reason_against(covered_fraction: float | None, least: float) -> str:
    if covered_fraction is None:
        return "no marrow of this region in one of the visits"
    if covered_fraction < least:
        return (
            f"only {covered_fraction:.0%} of the marrow was measured at both visits, at least "
            f"{least:.0%} is required"
        )
    return ""
