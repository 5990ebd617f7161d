"""Every edematous voxel of common marrow belongs to one lesion."""

import numpy as np
import pytest
from compared_boxes import ELSEWHERE, LARGE, SMALL, common, compare, fates
from scoring_scenes import VOXEL_ML, box, grid, visit

from mri_bme.compare_visits.lesion_voxels import lesion_voxels
from mri_bme.findings import Fate


def test_a_lesion_outside_common_marrow_has_no_fate() -> None:
    outside = box((8, 10), (5, 9), (46, 50))
    a = visit("baseline", SMALL, outside, common=common(7))
    b = visit("week14", SMALL, common=common(7))
    report = compare(a, b)
    assert fates(report) == {("baseline", 1): Fate.STABLE, ("week14", 1): Fate.STABLE}
    assert report.regions["total"].change_ml == 0


def test_partial_volume_around_a_lesion_goes_to_the_nearest_one() -> None:
    share = np.zeros(grid().shape)
    share[LARGE] = 1
    share[ELSEWHERE] = 1
    share[2:6, 11, 46:50] = 0.5  # a row beside LARGE
    found = lesion_voxels(visit("baseline", LARGE, ELSEWHERE, fraction=share))
    volumes = found.volumes_ml()
    assert volumes[1] == pytest.approx((4 * 8 * 4 + 0.5 * 16) * VOXEL_ML)
    assert sum(volumes.values()) == pytest.approx(share.sum() * VOXEL_ML)
    assert len(found.points_lps_mm) == len(found.owner)


def test_a_lesion_belongs_to_the_bone_that_holds_most_of_it() -> None:
    across = box((2, 4), (5, 9), (40, 47))  # five columns of sacrum, one of ilium, one of joint
    bones = lesion_voxels(visit("baseline", across, LARGE)).bones()
    assert bones[1] == (3 + 1) // 2  # left sacrum: quadrants 3 and 4
    assert bones[2] == (1 + 1) // 2  # left ilium: quadrants 1 and 2


def test_no_lesion_is_no_voxel() -> None:
    found = lesion_voxels(visit("baseline"))
    assert found.volumes_ml() == {}
    assert len(found.indices) == 0
