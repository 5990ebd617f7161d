"""What the rules look at: a crop, smoothed within slices and within marrow."""

import numpy as np
import pytest
from marrow_scenes import SHAPE, geometry

from mri_bme.segment_edema.evidence import (
    CROP_MARGIN_VOXELS,
    crop_around,
    depth_in_plane,
    smooth_in_plane,
    smooth_within,
    without_rim,
)
from mri_bme.volume import cropped_geometry

MM = np.array([4.0, 1.0, 1.0])


def test_a_crop_keeps_its_margin_inside_the_volume_and_its_place_in_the_body() -> None:
    inside = np.zeros(SHAPE, dtype=bool)
    inside[0:3, 20:30, 70:80] = True
    crop = crop_around(inside)
    slices, rows, columns = CROP_MARGIN_VOXELS
    assert crop == (
        slice(0, 3 + slices),
        slice(20 - rows, 30 + rows),
        slice(70 - columns, SHAPE[2]),
    )
    cut = cropped_geometry(geometry(), crop)
    assert cut.shape == inside[crop].shape
    here = np.array([1, 2, 3])
    there = here + [s.start for s in crop]
    np.testing.assert_allclose(cut.points_lps(here), geometry().points_lps(there))


def test_depth_is_measured_within_the_slice_and_ends_at_the_edge_of_the_box() -> None:
    inside = np.ones((1, 9, 9), dtype=bool)
    depth = depth_in_plane(inside, np.array([4.0, 0.5, 1.0]))
    assert depth[0, 0, 4] == pytest.approx(0.5)
    assert depth[0, 4, 4] == pytest.approx(2.5)  # five rows to the nearest edge, not columns
    assert (
        depth_in_plane(np.ones((9, 9, 9), dtype=bool), MM)[0].max()
        == depth_in_plane(np.ones((1, 9, 9), dtype=bool), MM).max()
    )


def test_the_outermost_voxel_of_bone_is_rim_but_the_joint_inside_a_region_is_none() -> None:
    marrow = np.ones((1, 20, 20), dtype=bool)
    distance = np.full(marrow.shape, 30.0, dtype=np.float32)
    kept = without_rim(marrow, distance, MM, 0.0)
    assert not kept[0, 0].any()
    assert kept[0, 1:-1, 1:-1].all()
    joint = np.array(marrow)
    joint[0, :, 10] = False
    assert not without_rim(joint, distance, MM, 0.0)[0, 1:-1, 9].any()
    distance[0, :, 10] = 0.0
    assert without_rim(joint, distance, MM, 0.0)[0, 1:-1, 9].all()


def test_smoothing_never_mixes_slices() -> None:
    voxels = np.zeros((3, 21, 21), dtype=np.float32)
    voxels[1, 10, 10] = 1.0
    smooth = smooth_in_plane(voxels, 2.0, MM)
    assert smooth[1].sum() == pytest.approx(1, rel=1e-4)
    assert not smooth[0].any()
    assert smooth_in_plane(voxels, 0.0, MM) is voxels


def test_a_vessel_beside_marrow_changes_no_voxel_within_it() -> None:
    inside = np.zeros((1, 20, 20), dtype=bool)
    inside[0, :, :10] = True
    even = np.ones(inside.shape, dtype=np.float32)
    bright = np.where(inside, even, np.float32(9))
    for voxels in (even, bright):
        smooth = smooth_within(voxels, inside, 2.0, MM)
        np.testing.assert_allclose(smooth[inside], 1.0, rtol=1e-5)
        np.testing.assert_array_equal(smooth[~inside], voxels[~inside])
