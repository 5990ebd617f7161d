"""Cartilage in front and below, ligaments behind and above: by known geometry."""

import numpy as np
import pytest
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry

from mri_bme.place_rois import move_rois, place_rois
from mri_bme.sacroiliac import JointPart, SacroiliacRois, Side, cartilaginous_share
from mri_bme.settings import RoiSettings
from mri_bme.volume import RigidTransform, Volume, reorder_geometry, reorder_voxels

GEOMETRY = semicoronal_geometry()
VOLUME = Volume(geometry=GEOMETRY, voxels=np.ones(SHAPE))
DEPTH_MM, HEIGHT_MM, LIMB_MM = 40.0, 60.0, 20.0


@pytest.fixture(scope="module")
def rois() -> SacroiliacRois:
    return place_rois(VOLUME, bones=box_pelvis(GEOMETRY))


def test_a_flat_joint_is_cartilaginous_within_a_limb_of_its_front_and_lower_border(
    rois: SacroiliacRois,
) -> None:
    ligaments = (DEPTH_MM - LIMB_MM) * (HEIGHT_MM - LIMB_MM) / (DEPTH_MM * HEIGHT_MM)
    for side in Side:
        assert cartilaginous_share(rois, side) == pytest.approx(1 - ligaments, abs=0.04)
    assert rois.joint_part is not None
    slices, rows, _ = np.nonzero(rois.joint_part == JointPart.LIGAMENTOUS)
    assert slices.min() >= 4  # slices every 4 mm, five of them in the front limb
    assert rows.max() <= 50  # the joint ends at row 69
    np.testing.assert_array_equal(rois.joint_part > 0, rois.mask.voxels)


def test_the_limb_is_as_wide_as_the_settings_say() -> None:
    narrow, wide = (
        place_rois(VOLUME, bones=box_pelvis(GEOMETRY), settings=RoiSettings(limb_width_mm=w))
        for w in (10.0, 100.0)
    )
    assert cartilaginous_share(wide, Side.LEFT) == 1
    share = cartilaginous_share(narrow, Side.LEFT)
    assert share is not None
    assert share < 0.5


def test_parts_do_not_depend_on_how_the_scan_is_stored(rois: SacroiliacRois) -> None:
    flips = (True, False, True)
    geometry = reorder_geometry(GEOMETRY, (0, 1, 2), flips)
    bones = reorder_voxels(box_pelvis(GEOMETRY), (0, 1, 2), flips)
    flipped = place_rois(Volume(geometry=geometry, voxels=np.ones(SHAPE)), bones=bones)
    assert flipped.joint_part is not None
    assert rois.joint_part is not None
    back = reorder_voxels(flipped.joint_part, (0, 1, 2), flips)
    assert np.mean(back[rois.mask.voxels] == rois.joint_part[rois.mask.voxels]) > 0.99


def test_drawn_and_carried_quadrants_have_parts_too(rois: SacroiliacRois) -> None:
    drawn = place_rois(VOLUME, quadrants=rois.quadrants)
    carried = move_rois(rois, GEOMETRY, RigidTransform.identity())
    expected = cartilaginous_share(rois, Side.RIGHT)
    assert expected is not None
    for other in (drawn, carried):
        assert cartilaginous_share(other, Side.RIGHT) == pytest.approx(expected, abs=0.05)
