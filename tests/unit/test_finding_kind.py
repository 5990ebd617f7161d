"""What is measured of a kind of finding covers every region, and regions add up."""

import numpy as np
import pytest
from scoring_scenes import VOXEL_ML, box, grid, rois

from mri_bme.errors import InvalidVoxels
from mri_bme.finding_kind import KindFindings, volumes_by_region
from mri_bme.sacroiliac import QUADRANTS, REGIONS
from mri_bme.volume import Mask


def mask(*boxes) -> Mask:
    voxels = np.zeros(grid().shape, bool)
    for one in boxes:
        voxels[one] = True
    return Mask(geometry=grid(), voxels=voxels)


EVERY_REGION = {name: {"toy_ml": 1.0} for name in REGIONS}


def test_numbers_for_every_region_are_taken_and_for_some_refused() -> None:
    assert KindFindings(mask=mask(), regions=EVERY_REGION).reason == ""
    some = {name: EVERY_REGION[name] for name in list(REGIONS)[1:]}
    with pytest.raises(InvalidVoxels, match=r"missing: total$"):
        KindFindings(mask=mask(), regions=some)


def test_what_could_not_be_measured_needs_no_numbers() -> None:
    assert KindFindings(reason="no T1W").regions == {}


def test_volumes_of_regions_are_those_of_their_quadrants() -> None:
    left, right = box(2, (18, 22), (46, 50)), box(3, (2, 4), (20, 25))
    volumes = volumes_by_region(mask(left, right), rois())
    assert volumes["left_ilium_upper"] == pytest.approx(8 * VOXEL_ML)
    assert volumes["left_ilium_lower"] == pytest.approx(8 * VOXEL_ML)
    assert volumes["right_sacrum"] == pytest.approx(10 * VOXEL_ML)
    assert volumes["total"] == pytest.approx(26 * VOXEL_ML)
    assert sum(volumes[q.name] for q in QUADRANTS.values()) == pytest.approx(volumes["total"])


def test_what_lies_outside_the_quadrants_is_counted_nowhere() -> None:
    in_joint = box(2, (18, 22), 45)
    assert set(volumes_by_region(mask(in_joint), rois()).values()) == {0.0}
