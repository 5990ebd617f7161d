"""What normal tissue would look like here."""

import numpy as np
import pytest
from marrow_scenes import SPACING, geometry, rois, two_bones

from mri_bme.segment_edema.surroundings import normal_level, relative_t1
from mri_bme.settings import SegmentSettings


def test_pure_fat_raises_the_cutoff_no_more_than_fatty_marrow() -> None:
    t1 = np.array([[[0.8, 1.0, 1.3, 2.5]]], dtype=np.float32)
    far = np.full(t1.shape, 30.0, dtype=np.float32)
    level = normal_level(np.ones_like(t1), t1, far, np.array(SPACING), SegmentSettings())[0, 0]
    assert level[:2] == pytest.approx(1)
    assert 1 < level[2] == level[3]


def test_t1_is_told_in_medians_of_reference_marrow_whatever_its_gain() -> None:
    reference = rois().reference.voxels
    t1 = np.where(two_bones() > 0, 240.0, 60.0).astype(np.float32)
    found = [
        relative_t1(gain * t1, two_bones() > 0, reference, geometry(), smoothing_mm=0.0)
        for gain in (1, 7)
    ]
    assert found[0] is not None
    assert np.median(found[0][reference]) == pytest.approx(1)
    assert found[0] == pytest.approx(found[1], rel=1e-4)


def test_t1_that_does_not_show_the_reference_says_nothing() -> None:
    reference = rois().reference.voxels
    t1 = np.where(reference, 0.0, 240.0).astype(np.float32)
    assert relative_t1(t1, two_bones() > 0, reference, geometry(), smoothing_mm=0.0) is None


def test_marrow_far_from_the_joint_has_the_level_of_marrow_and_dark_tissue_near_it_less() -> None:
    settings = SegmentSettings()
    dark = np.full((1, 1, 2), 0.5, dtype=np.float32)
    distance = np.array([[[0.0, settings.dark_tissue_mm + 1]]], dtype=np.float32)
    near, far = normal_level(dark, None, distance, np.array(SPACING), settings)[0, 0]
    assert settings.darkest_normal ** (2 * settings.dark_exponent) <= near < 1
    assert far == 1
