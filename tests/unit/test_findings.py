"""What was found holds together, or is refused."""

from dataclasses import replace

import numpy as np
import pytest
from scoring_scenes import VOXEL_ML, box, segmentation

from mri_bme.errors import InvalidVoxels
from mri_bme.findings import ChangeReport, Interval, RegionChange, Sensitivity, Verdict

LESION = box((2, 6), (3, 11), (46, 50))


def test_the_headline_is_the_partial_volume_and_the_count_that_of_the_mask() -> None:
    share = np.zeros(segmentation(LESION).mask.geometry.shape)
    share[LESION] = 0.75
    found = segmentation(LESION, fraction=share)
    assert found.counted_ml == pytest.approx(4 * 8 * 4 * VOXEL_ML)
    assert found.edema_ml == pytest.approx(0.75 * found.counted_ml)


def test_every_voxel_of_a_mask_belongs_to_a_lesion() -> None:
    found = segmentation(LESION)
    labels = np.array(found.lesion_labels)
    assert replace(found, lesion_labels=labels).lesion_labels.sum() == labels.sum()
    labels[2, 3, 46] = 0
    with pytest.raises(InvalidVoxels, match="exactly one lesion"):
        replace(found, lesion_labels=labels)
    with pytest.raises(InvalidVoxels, match="fill the grid"):
        replace(found, edema_fraction=found.edema_fraction[1:])


def test_what_was_found_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="read-only"):
        segmentation(LESION).edema_fraction[0] = 1


def test_the_verdict_of_a_report_is_that_of_the_whole() -> None:
    regions = {
        "total": RegionChange(verdict=Verdict.DECREASED),
        "left": RegionChange(verdict=Verdict.NEW),
    }
    report = ChangeReport(baseline="baseline", followup="week14", days=98, regions=regions)
    assert report.verdict is Verdict.DECREASED


def test_only_an_end_that_is_called_in_another_direction_flips_a_verdict() -> None:
    def flips(verdict: Verdict, *ends: Verdict) -> bool:
        moved = Sensitivity(source="judge", change_ml=Interval(low=-2.0, high=-1.0), verdicts=ends)
        return moved.flips(verdict)

    assert not flips(Verdict.DECREASED, Verdict.RESOLVED, Verdict.DECREASED)
    assert not flips(Verdict.UNCHANGED, Verdict.NONE, Verdict.UNCHANGED)
    assert flips(Verdict.DECREASED, Verdict.RESOLVED, Verdict.UNCHANGED)
    assert flips(Verdict.NEW, Verdict.NONE, Verdict.INCREASED)
    assert flips(Verdict.UNCHANGED, Verdict.DECREASED, Verdict.INCREASED)
