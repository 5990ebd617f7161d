"""What was found in each region and lesion of a case stands beside what is true there."""

from dataclasses import replace

import numpy as np
import pytest
from compared_boxes import ELSEWHERE, LARGE, SMALL, compare
from scoring_scenes import RIGHT_JOINT, VOXEL_ML, box, rois, visit

from mri_bme.sacroiliac import REGIONS, RegionKind
from mri_bme.verify.regions import differences, found_regions


def truth_of(*boxes) -> np.ndarray:
    truth = np.zeros(rois().geometry.shape, np.float32)
    for one in boxes:
        truth[one] = 1.0
    return truth


def test_a_perfect_measurement_finds_in_each_region_what_is_true_there() -> None:
    burden = visit("baseline", LARGE, ELSEWHERE).burden
    found = found_regions(burden, truth_of(LARGE, ELSEWHERE), rois())
    assert [one.region for one in found] == list(REGIONS)
    for one in found:
        assert one.found_ml == pytest.approx(one.true_ml)
    assert {one.kind for one in found} == set(RegionKind) - {RegionKind.LESION}


def test_edema_that_was_missed_is_true_and_not_found() -> None:
    found = found_regions(visit("baseline").burden, truth_of(LARGE), rois())
    total = next(one for one in found if one.region == "total")
    assert (total.true_ml, total.found_ml) == (pytest.approx(128 * VOXEL_ML), 0.0)


def test_edema_in_the_joint_itself_counts_in_the_bone_beside_it() -> None:
    """The joint column holds no quadrant; nothing that is true may be lost there."""
    in_joint = box(2, (5, 9), RIGHT_JOINT)
    assert not rois().quadrants[in_joint].any()
    found = {
        o.region: o.true_ml for o in found_regions(visit("b").burden, truth_of(in_joint), rois())
    }
    assert found["total"] == pytest.approx(4 * VOXEL_ML)
    assert found["right"] == pytest.approx(found["total"])


def lesions_of(change):
    return [d for d in differences(change) if d.kind is RegionKind.LESION]


def test_a_lesion_and_its_counterpart_are_one_difference() -> None:
    change = compare(visit("baseline", LARGE, ELSEWHERE), visit("week14", SMALL))
    shrunk, gone = sorted(lesions_of(change), key=lambda d: -d.baseline_ml)
    assert (shrunk.baseline_ml, shrunk.followup_ml) == (
        pytest.approx(128 * VOXEL_ML),
        pytest.approx(32 * VOXEL_ML),
    )
    assert (gone.baseline_ml, gone.followup_ml) == (pytest.approx(32 * VOXEL_ML), 0)
    assert gone.verdict == "resolved"


def test_the_parts_of_a_lesion_are_one_difference_with_the_whole() -> None:
    whole, upper, lower = (
        box(2, (3, 11), (46, 50)),
        box(2, (3, 6), (46, 50)),
        box(2, (8, 11), (46, 50)),
    )
    change = compare(visit("baseline", whole), visit("week14", upper, lower))
    (split,) = lesions_of(change)
    assert split.baseline_ml == pytest.approx(32 * VOXEL_ML)
    assert split.followup_ml == pytest.approx(24 * VOXEL_ML)
    back = compare(visit("baseline", upper, lower), visit("week14", whole))
    (merged,) = lesions_of(back)
    assert (merged.baseline_ml, merged.followup_ml) == (split.followup_ml, split.baseline_ml)


def test_every_region_that_was_compared_is_a_difference_with_its_verdict() -> None:
    change = compare(visit("baseline", LARGE), visit("week14", SMALL))
    regions = [d for d in differences(change) if d.kind is not RegionKind.LESION]
    assert [d.region for d in regions] == list(REGIONS)
    assert [d.verdict for d in regions] == [c.verdict.value for c in change.regions.values()]


def test_what_could_not_be_compared_gives_no_difference() -> None:
    change = compare(visit("baseline", LARGE), visit("week14", SMALL))
    assert differences(replace(change, evaluable=False)) == ()
