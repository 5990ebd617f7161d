"""Visits of the pelvis of boxes, and their comparison."""

import numpy as np
from scoring_scenes import IDENTITY, box, grid, visit

from mri_bme.compare_visits import compare_visits
from mri_bme.pipeline import SubjectResult, VisitInput, VisitResult
from mri_bme.settings import CompareSettings
from mri_bme.volume import Mask

SENSITIVE = CompareSettings(detectable_at_ml=(0.0,), detectable_ml=(0.05,), detection_limit_ml=0.01)


SMALL = box((2, 4), (5, 9), (46, 50))  # 0.64 mL


LARGE = box((2, 6), (3, 11), (46, 50))  # 2.56 mL, holds SMALL


ELSEWHERE = box((2, 4), (25, 29), (5, 9))


def compare(before, after, transform=IDENTITY, settings=SENSITIVE, **more):
    return compare_visits(
        before, after, followup_from_baseline=transform, settings=settings, **more
    )


def fates(report):
    return {(f.visit, f.label): f.fate for f in report.fates}


def common(n_slices):
    inside = np.zeros(grid().shape, bool)
    inside[:n_slices] = True
    return Mask(geometry=grid(), voxels=inside)


def measured(compared, day):
    """Give a side of a comparison as the pipeline does."""
    return VisitResult(
        visit=VisitInput(label=compared.label, day=day, volume=None),
        rois=compared.rois,
        segmentation=compared.segmentation,
        burden=compared.burden,
        reason=compared.reason,
    )


def boxes_subject():
    """One lesion that stays, one that is gone at week 14, and a visit that was not measured."""
    baseline = visit("baseline", LARGE, ELSEWHERE, day=0)
    week14 = visit("week14", LARGE, day=98)
    unmeasured = VisitResult(
        visit=VisitInput(label="day200", day=200, volume=None), reason="no fluid-sensitive series"
    )
    change = compare_visits(baseline, week14, followup_from_baseline=IDENTITY)
    return SubjectResult(
        visits=(measured(baseline, 0), measured(week14, 98), unmeasured),
        changes={"week14": change},
    )
