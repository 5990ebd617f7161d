"""What makes a measurement doubtful is said, and what makes it impossible is refused."""

import numpy as np
import pytest
from marrow_scenes import geometry, rois, scan, two_bones

from mri_bme.errors import NotEvaluable
from mri_bme.segment_edema import segment_edema
from mri_bme.segment_edema.quality import DOUBTFUL_FAT_SHARE, doubt_about_fat, doubts_about
from mri_bme.volume import Volume


def test_marrow_outside_the_field_of_view_is_refused_not_called_normal() -> None:
    voxels = np.array(scan().voxels)
    voxels[two_bones() > 0] = 0
    voxels[3:7, 40:55, 33:43] = scan().voxels[3:7, 40:55, 33:43]
    with pytest.raises(NotEvaluable, match="outside the field of view"):
        segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())


def test_clipped_intensities_are_flagged() -> None:
    clipped = Volume(geometry=geometry(), voxels=np.minimum(scan().voxels, 180))
    assert any("clipped" in flag for flag in segment_edema(clipped, rois()).flags)
    assert not any("clipped" in flag for flag in segment_edema(scan(), rois()).flags)


def test_marrow_far_brighter_than_soft_tissue_is_flagged_as_failed_fat_suppression() -> None:
    voxels = np.where(two_bones() > 0, scan(lesion=1.0).voxels * 4, 100.0)
    found = segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())
    assert any("fat suppression" in flag for flag in found.flags)


def test_some_empty_marrow_is_doubtful_and_much_of_it_is_refused() -> None:
    voxels = np.linspace(90, 110, 1000, dtype=np.float32).reshape(10, 10, 10)
    marrow = np.ones(voxels.shape, dtype=bool)
    assert doubts_about(voxels, marrow, 100.0) == ()
    voxels[0, :5] = 0
    assert doubts_about(voxels, marrow, 100.0) == ("5% of the ROIs is exactly 0",)
    voxels[:6] = 0
    with pytest.raises(NotEvaluable, match="60% of the ROIs is exactly 0"):
        doubts_about(voxels, marrow, 100.0)


def test_little_fatty_edema_is_no_doubt_and_a_fifth_of_it_is() -> None:
    assert doubt_about_fat(0.99 * DOUBTFUL_FAT_SHARE * 5, 5.0) == ()
    (said,) = doubt_about_fat(1.5, 5.0)
    assert said.startswith("30% of the edema is bright on T1W")
    assert doubt_about_fat(0.0, 0.0) == ()
