"""What the judge would say without one of the things that it looks at."""

import numpy as np
import pytest
from marrow_scenes import geometry, rois, scan

from mri_bme.segment_edema import explain_voxel, segment_edema, weigh_inputs
from mri_bme.segment_edema.joint_view import Input
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Volume

LESION, OUTSIDE = (5, 15, 12), (5, 50, 19)


def test_inputs_are_weighed_as_the_whole_scan_without_them_would_be() -> None:
    t1 = Volume(geometry=geometry(), voxels=np.full(geometry().shape, 100.0))
    weighed = weigh_inputs(scan(), rois(), LESION, t1=t1)
    assert set(weighed) == set(Input)
    without_t1 = segment_edema(scan(), rois(), settings=SegmentSettings(judge="network"))
    assert without_t1.probability is not None
    assert Input.T1W not in weigh_inputs(scan(), rois(), LESION)
    with_all = segment_edema(scan(), rois(), t1=t1)
    assert with_all.probability is not None
    assert weighed[Input.BRIGHTNESS] < with_all.probability[LESION]


def test_outside_the_marrow_and_without_a_judge_there_is_nothing_to_weigh() -> None:
    assert weigh_inputs(scan(), rois(), OUTSIDE) == {}
    assert weigh_inputs(scan(), rois(), LESION, settings=SegmentSettings(judge="rules")) == {}


@pytest.mark.parametrize("weighed", [True, False])
def test_the_words_name_the_probability_and_what_changes_it(weighed: bool) -> None:
    found, where = segment_edema(scan(), rois()), rois()
    without = weigh_inputs(scan(), rois(), LESION) if weighed else None
    words = explain_voxel(found, where, LESION, without=without)
    assert found.probability is not None
    assert f"{found.probability[LESION]:.0%} likely that a reader calls it edema" in words
    assert ("without brightness above normal marrow" in words) == weighed
