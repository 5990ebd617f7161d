"""Bones of known shape, in several orientations: sides, levels and distances must be right."""

import numpy as np
import pytest
from box_pelvis import HALF_GAP_MM, JOINT_MM, SHAPE, box_pelvis, semicoronal_geometry

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois import place_rois
from mri_bme.place_rois.split import split_bones
from mri_bme.sacroiliac import REGIONS, BoneLabel
from mri_bme.volume import Volume, reorder_geometry, reorder_voxels


@pytest.mark.parametrize("flips", [(False, False, False), (True, False, True), (False, True, True)])
def test_sides_levels_and_signed_distance_of_a_box_pelvis(flips: tuple[bool, bool, bool]) -> None:
    plain = semicoronal_geometry()
    geometry = reorder_geometry(plain, (0, 1, 2), flips)
    bones = reorder_voxels(box_pelvis(plain), (0, 1, 2), flips)
    rois = place_rois(Volume(geometry=geometry, voxels=np.ones(SHAPE)), bones=bones)
    points = geometry.points_lps(np.moveaxis(np.indices(SHAPE), 0, -1))
    x = points[..., 0]
    row = plain.indices_of(points)[..., 1]
    for name, inside in {
        "left": x > -1,
        "right": x < 1,
        "left_ilium": x > JOINT_MM,
        "right_ilium": x < -JOINT_MM,
        "sacrum": np.abs(x) < JOINT_MM,
    }.items():
        region = rois.region(name).voxels
        assert region.any()
        assert np.all(inside[region]), name
    upper = np.isin(rois.quadrants, [q for n in REGIONS if n.endswith("upper") for q in REGIONS[n]])
    assert row[upper].max() < 40 < row[rois.mask.voxels & ~upper].min() + 1
    expected = np.abs(x) - JOINT_MM
    measured = rois.mask.voxels
    np.testing.assert_allclose(rois.joint_distance_mm[measured], expected[measured], atol=0.51)


def test_lumbar_marrow_is_no_sacral_quadrant() -> None:
    geometry = semicoronal_geometry()
    bones = box_pelvis(geometry)
    bones[:, 10:16][bones[:, 10:16] == BoneLabel.SACRUM] = BoneLabel.L5
    rois = place_rois(Volume(geometry=geometry, voxels=np.ones(SHAPE)), bones=bones)
    assert not rois.mask.voxels[bones == BoneLabel.L5].any()


def test_a_joint_under_three_centimetres_is_all_upper() -> None:
    geometry = semicoronal_geometry()
    bones = box_pelvis(geometry)
    bones[:, 36:] = 0  # 26 mm remain
    rois = place_rois(Volume(geometry=geometry, voxels=np.ones(SHAPE)), bones=bones)
    lower = [label for name in REGIONS if name.endswith("lower") for label in REGIONS[name]]
    assert rois.mask.n_voxels > 0
    assert not np.isin(rois.quadrants, lower).any()


def test_one_marrow_mask_is_split_along_the_dark_joint() -> None:
    geometry = semicoronal_geometry()
    bones = box_pelvis(geometry)
    region = np.zeros(SHAPE, dtype=bool)
    region[:, 10:70, 10:190] = True
    marrow = np.where(bones > 0, 100.0, 20.0).astype(np.float32)
    marrow += np.random.default_rng(5).normal(0, 5, SHAPE).astype(np.float32)
    rois = place_rois(Volume(geometry=geometry, voxels=marrow), bones=region.astype(np.uint8))
    split = rois.region("left_ilium").voxels
    inside = region & (bones == BoneLabel.LEFT_ILIUM)
    overlap = 2 * np.count_nonzero(split & inside)
    assert overlap / (np.count_nonzero(split) + np.count_nonzero(inside)) > 0.95


def test_fat_between_two_dark_cortices_is_not_given_to_the_ilium() -> None:
    geometry = semicoronal_geometry()
    region = np.zeros(SHAPE, dtype=np.uint8)
    region[:, 10:70, 10:190] = 1
    aside = np.abs(geometry.points_lps(np.moveaxis(np.indices(SHAPE), 0, -1))[..., 0])
    is_cortex = (np.abs(aside - (JOINT_MM - 3)) < 1.1) | (np.abs(aside - (JOINT_MM + 3)) < 1.1)
    marrow = np.where(is_cortex, 20.0, 100.0).astype(np.float32)
    marrow += np.random.default_rng(5).normal(0, 5, SHAPE).astype(np.float32)
    bones = split_bones(region > 0, Volume(geometry=geometry, voxels=marrow))
    is_fat = (region > 0) & (np.abs(aside - JOINT_MM) < 1.5)
    assert np.mean(bones[is_fat] == BoneLabel.SACRUM) > 0.99
    beyond = (region > 0) & (aside > JOINT_MM + 5)
    assert np.isin(bones[beyond], (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM)).all()


def test_no_sacrum_is_left_along_the_top_of_an_ilium_that_rises_above_the_joint() -> None:
    geometry = semicoronal_geometry()
    points = np.moveaxis(np.indices(SHAPE), 0, -1)
    aside, row = np.abs(geometry.points_lps(points)[..., 0]), points[..., 1]
    below_crest = aside - JOINT_MM > 2.0 * (20 - row)
    region = (row >= 10) & (row < 70) & (aside < 90) & below_crest
    cortex = (np.abs(aside - JOINT_MM) < HALF_GAP_MM) | (aside - JOINT_MM < 2.0 * (22 - row))
    marrow = np.where(region & ~cortex, 100.0, 20.0).astype(np.float32)
    marrow += np.random.default_rng(5).normal(0, 5, SHAPE).astype(np.float32)
    bones = split_bones(region, Volume(geometry=geometry, voxels=marrow))
    assert np.count_nonzero(bones[region & (aside < JOINT_MM - 3)] == BoneLabel.SACRUM)
    beyond = region & (aside > JOINT_MM + 3)
    assert np.isin(bones[beyond], (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM)).all()


def test_bones_far_apart_form_no_joint() -> None:
    geometry = semicoronal_geometry()
    bones = box_pelvis(geometry)
    bones[:, :, 40:60] = 0
    bones[:, :, 140:160] = 0
    with pytest.raises(RoiNotFound, match="nowhere within 8 mm"):
        place_rois(Volume(geometry=geometry, voxels=np.ones(SHAPE)), bones=bones)
