"""What a subject's numbers are when a reader's masks stand for those of the program."""

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.findings import EdemaSegmentation
from mri_bme.pipeline import SubjectResult, measure_again, prepare_again
from mri_bme.remembered import NOTHING, Remembered
from mri_bme.segment_edema.as_read import as_found, edema_as_read
from mri_bme.settings import Settings
from mri_bme.volume import Mask


def measured_as_read(
    result: SubjectResult,
    masks: Mapping[str, NDArray[np.bool_]],
    *,
    from_outlines: bool,
    settings: Settings,
    remembered: Remembered = NOTHING,
) -> SubjectResult:
    """Measure a subject with a reader's masks, by the code that measured it before.

    Parameters
    ----------
    result : SubjectResult
        What the program found, on the anatomy that the reader has.
    masks : mapping
        The reader's masks by label of the visit; other visits keep what the program found, and
        a visit that was not evaluable stays so.
    from_outlines : bool
        Whether the reader started from the program's outlines.
    settings : Settings
        Those that the subject was measured with.
    remembered : Remembered
        What was computed of this subject before, so that a stroke costs what it touches.
    """
    edema: dict[str, EdemaSegmentation] = {}
    for visit in result.visits:
        mask, found, rois = masks.get(visit.label), visit.segmentation, visit.rois
        if mask is None or found is None or rois is None:
            continue
        drawn = hashlib.sha256(np.packbits(mask).tobytes()).digest()
        edema[visit.label] = remembered.of(
            "as read",
            (found, rois, from_outlines, drawn),
            partial(
                edema_as_read,
                found,
                Mask(geometry=rois.geometry, voxels=mask),
                rois,
                from_outlines=from_outlines,
                on=partial(
                    remembered.of, "as found", (found, rois), partial(as_found, found, rois)
                ),
                settings=settings.segment,
            ),
        )
    return measure_again(result, edema, settings=settings, remembered=remembered)


def prepare_to_measure(
    result: SubjectResult, *, settings: Settings, remembered: Remembered
) -> None:
    """Remember what `measured_as_read` needs of a result, whatever a reader draws."""
    for visit in result.visits:
        found, rois = visit.segmentation, visit.rois
        if found is not None and rois is not None:
            remembered.of("as found", (found, rois), partial(as_found, found, rois))
    prepare_again(result, settings=settings, remembered=remembered)


def numbers_of(result: SubjectResult) -> dict[str, Any]:
    """Tell what follows from a reading, for whoever reads it: volumes, scores, verdicts."""
    visits = {}
    for visit in result.visits:
        if visit.burden is None or visit.segmentation is None:
            visits[visit.label] = {"evaluable": False, "reason": visit.reason}
            continue
        total = visit.burden.regions["total"]
        interval = total.interval_ml
        visits[visit.label] = {
            "evaluable": True,
            "edema_ml": total.edema_ml,
            "low_ml": None if interval is None else interval.low,
            "high_ml": None if interval is None else interval.high,
            "sparcc_estimate": visit.burden.sparcc_estimate,
            "n_lesions": len(visit.segmentation.lesions),
        }
    changes = {}
    for label, change in result.changes.items():
        total_change = change.regions["total"]
        ends = total_change.interval_ml
        changes[label] = {
            "baseline": change.baseline,
            "change_ml": total_change.change_ml,
            "low_ml": None if ends is None else ends.low,
            "high_ml": None if ends is None else ends.high,
            "verdict": change.verdict.value,
            "reason": total_change.reason,
        }
    return {"visits": visits, "changes": changes}
