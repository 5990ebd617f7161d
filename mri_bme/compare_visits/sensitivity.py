"""What the change of the total, and its verdict, hang on: one source of error at a time."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from mri_bme.findings import (
    ComparedVisit,
    Interval,
    RegionBurden,
    RegionChange,
    Sensitivity,
    Verdict,
)
from mri_bme.measurement_error import (
    REACH,
    REGISTRATION,
    REGISTRATION_MM,
    change_interval,
    judge_change,
)
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import CompareSettings

IN_PLANE = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], dtype=bool)


def sensitivities(
    baseline: ComparedVisit,
    followup: ComparedVisit,
    total: RegionChange,
    *,
    settings: CompareSettings,
    wider_by: float,
) -> tuple[Sensitivity, ...]:
    """Move the total change by each source of error alone, and judge both ends.

    The ends of a change follow from those of its visits as its interval does, errors of both
    visits being correlated. At an end each visit has moved by its share of the variance, and the
    interval with them. The widest comes first.

    Parameters
    ----------
    baseline, followup : ComparedVisit
        Burdens scored within the common region.
    total : RegionChange
        The change of the total, with its verdict.
    settings : CompareSettings
        For verdicts.
    wider_by : float
        As the change was judged with.
    """
    if total.change_ml is None or baseline.burden is None or followup.burden is None:
        return ()
    first, second = (v.burden.regions["total"] for v in (baseline, followup) if v.burden)
    ends = {
        source: (low_high, followup.burden.sensitivity.get(source, low_high))
        for source, low_high in baseline.burden.sensitivity.items()
        if source in followup.burden.sensitivity
    }
    if not ends:
        return ()
    ends[REGISTRATION] = (_at_border(baseline, first), _at_border(followup, second))
    found = []
    for source, (before, after) in ends.items():
        moved = change_interval(
            replace(first, interval_ml=_around(before, first)),
            replace(second, interval_ml=_around(after, second)),
        )
        if moved is not None:
            b, a = _around(before, first), _around(after, second)
            low, high = (
                _judged(total, end, share, settings, wider_by)
                for end, share in (
                    (moved.low, _share(second.edema_ml - a.low, b.high - first.edema_ml)),
                    (moved.high, _share(a.high - second.edema_ml, first.edema_ml - b.low)),
                )
            )
            found.append(Sensitivity(source=source, change_ml=moved, verdicts=(low, high)))
    return tuple(sorted(found, key=lambda one: one.change_ml.low - one.change_ml.high))


def _around(ends: Interval, found: RegionBurden) -> Interval:
    return Interval(low=min(ends.low, found.edema_ml), high=max(ends.high, found.edema_ml))


def _at_border(visit: ComparedVisit, found: RegionBurden) -> Interval:
    """Edema that a shift of the visits against each other takes into the region, or out of it."""
    if visit.common is None or visit.segmentation is None:
        return Interval(low=found.edema_ml, high=found.edema_ml)
    geometry = visit.common.geometry
    box = ndimage.find_objects(visit.common.voxels.astype(np.uint8))
    if not box:
        return Interval(low=found.edema_ml, high=found.edema_ml)
    inside = visit.common.voxels[box[0]]
    rim = inside & ~ndimage.binary_erosion(inside, IN_PLANE)
    at_rim = float(visit.segmentation.edema_fraction[box[0]][rim].sum(dtype=np.float64))
    pixel_mm = float(np.mean(geometry.spacing_mm[1:]))
    half = REACH * REGISTRATION_MM / pixel_mm * at_rim * geometry.voxel_volume_ml
    return Interval(low=max(found.edema_ml - half, 0), high=found.edema_ml + half)


def _share(own: float, other: float) -> float:
    """Share of a change's shift that is the follow-up's."""
    variance = own * own + other * other
    return own * own / variance if variance > 0 else 0.5


def _judged(
    total: RegionChange,
    change_ml: float,
    share: float,
    settings: CompareSettings,
    wider_by: float,
) -> Verdict:
    shift, interval = change_ml - (total.change_ml or 0.0), total.interval_ml
    return judge_change(
        max((total.baseline_ml or 0.0) - (1 - share) * shift, 0.0),
        max((total.followup_ml or 0.0) + share * shift, 0.0),
        interval_ml=None
        if interval is None
        else Interval(low=interval.low + shift, high=interval.high + shift),
        kind=RegionKind.TOTAL,
        settings=settings,
        wider_by=wider_by,
    )
