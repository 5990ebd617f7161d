"""When a change is called a change."""

from mri_bme.findings import Verdict
from mri_bme.measurement_error.detectable import smallest_detectable_change_ml
from mri_bme.settings import CompareSettings


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
