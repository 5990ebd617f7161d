"""A body is as large as it was made, whatever the slices cover and however they lie."""

from dataclasses import replace

import numpy as np
import pytest
from box_pelvis import HALF_GAP_MM, JOINT_MM, SHAPE, box_pelvis, semicoronal_geometry

from mri_bme.check_appearance.body import (
    MEAN_BETWEEN_JOINTS_MM,
    MEAN_SECTION_MM2,
    body_size,
    depth_axis,
    largest_section_mm2,
)
from mri_bme.check_appearance.rois import check_rois
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.volume import Volume, VolumeGeometry

GEOMETRY = semicoronal_geometry()
MADE_MM2 = 60 * (200 - 4 * HALF_GAP_MM)  # rows times columns of marrow


def flat(geometry: VolumeGeometry) -> Volume:
    noise = np.random.default_rng(0).normal(100, 5, geometry.shape)
    return Volume(geometry=geometry, voxels=noise.astype(np.float32))


@pytest.fixture(scope="module")
def rois() -> SacroiliacRois:
    return place_rois(flat(GEOMETRY), bones=box_pelvis(GEOMETRY))


def test_the_largest_section_is_that_of_the_boxes(rois: SacroiliacRois) -> None:
    assert largest_section_mm2(rois) == pytest.approx(MADE_MM2, rel=0.02)


def test_a_body_of_the_mean_size_is_1(rois: SacroiliacRois) -> None:
    found = body_size(rois, MEAN_BETWEEN_JOINTS_MM * MEAN_SECTION_MM2**0.5 / MADE_MM2**0.5)
    assert found == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("factor", [0.5, 1.5])
def test_voxels_so_many_times_as_large_make_a_body_as_much_larger(
    rois: SacroiliacRois, factor: float
) -> None:
    matrix = np.array(GEOMETRY.lps_from_index)
    matrix[:3, :3] *= factor
    geometry = VolumeGeometry(shape=SHAPE, lps_from_index=matrix)
    larger = replace(rois, geometry=geometry, reference=None)
    as_made = body_size(rois, 2 * JOINT_MM)
    assert as_made is not None
    assert body_size(larger, factor * 2 * JOINT_MM) == pytest.approx(factor * as_made)


def test_fewer_slices_make_no_smaller_body(rois: SacroiliacRois) -> None:
    quadrants = np.array(rois.quadrants)
    quadrants[: SHAPE[0] // 2] = 0
    half = replace(rois, quadrants=quadrants, reference=None)
    assert half.mask.volume_ml < 0.6 * rois.mask.volume_ml
    assert body_size(half, 2 * JOINT_MM) == body_size(rois, 2 * JOINT_MM)


def test_regions_drawn_by_hand_and_one_joint_alone_have_no_size(rois: SacroiliacRois) -> None:
    assert body_size(replace(rois, source="manual"), 2 * JOINT_MM) is None
    assert body_size(rois, None) is None


@pytest.mark.parametrize(("tilt", "axis"), [(0.0, 0), (40.0, 0), (80.0, 1)])
def test_front_to_back_is_found_on_tilted_slices(tilt: float, axis: int) -> None:
    assert depth_axis(semicoronal_geometry(tilt)) == axis


def test_joints_so_wide_that_no_marrow_is_near_are_still_apart(rois: SacroiliacRois) -> None:
    wide = replace(rois, joint_distance_mm=3.5 * rois.joint_distance_mm)
    assert np.abs(wide.joint_distance_mm[wide.mask.voxels]).min() > 3
    names = {check.name for check in check_rois(flat(GEOMETRY), wide).checks}
    assert {"between_joints_mm", "body_size"} <= names
