"""When a change is called a change."""

from mri_bme.findings import Interval, Verdict
from mri_bme.measurement_error.detectable import smallest_detectable_change_ml
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import CompareSettings

VERDICT_RULE = (
    "A change is called when it reaches the smallest change that repeating the scan cannot "
    "explain, for a region of that kind and size, and its 95 % interval excludes zero."
)
"""The rule of `judge_change` in words; pages, methods texts and results quote it from here."""

CHANGE_IS_NOT_RESPONSE = (
    "A called change is change, not response: in trials many subjects on stable treatment exceed "
    "the smallest detectable change as well (20 of the 26 changers in SPACE, "
    "doi:10.3899/jrheum.140806)."
)


def judge_change(
    baseline_ml: float,
    followup_ml: float,
    *,
    interval_ml: Interval | None,
    kind: RegionKind,
    settings: CompareSettings,
    wider_by: float = 1.0,
) -> Verdict:
    """Judge a change against measurement error, as `VERDICT_RULE` says.

    A volume below the detection limit is no edema. The smallest detectable change is that at
    the mean of the two volumes, which keeps the rule the same when the visits are swapped.

    Parameters
    ----------
    baseline_ml, followup_ml : float
        Edema of the region at both visits.
    interval_ml : Interval or None
        95 % interval of the change; None when no uncertainty was propagated, which leaves the
        smallest detectable change alone to decide.
    kind : RegionKind
        What was measured; small regions repeat themselves otherwise than the total.
    settings : CompareSettings
        Detection limit and smallest detectable changes.
    wider_by : float
        How many times as large the smallest detectable change is, because the visits were not
        scanned alike; `interval_ml` is as wide as that already.
    """
    present = [ml > 0 and ml >= settings.detection_limit_ml for ml in (baseline_ml, followup_ml)]
    if not any(present):
        return Verdict.NONE
    change_ml = followup_ml - baseline_ml
    if not is_detectable(baseline_ml, followup_ml, kind=kind, settings=settings, wider_by=wider_by):
        return Verdict.UNCHANGED
    if interval_ml is not None and interval_ml.low <= 0 <= interval_ml.high:
        return Verdict.UNCHANGED
    if not all(present):
        return Verdict.NEW if present[1] else Verdict.RESOLVED
    return Verdict.INCREASED if change_ml > 0 else Verdict.DECREASED


def is_detectable(
    baseline_ml: float,
    followup_ml: float,
    *,
    kind: RegionKind,
    settings: CompareSettings,
    wider_by: float = 1.0,
) -> bool:
    """Tell whether two volumes differ by the smallest detectable change at their mean or more."""
    mean_ml = (baseline_ml + followup_ml) / 2
    least_ml = smallest_detectable_change_ml(mean_ml, settings, kind=kind, wider_by=wider_by)
    return abs(followup_ml - baseline_ml) >= least_ml
