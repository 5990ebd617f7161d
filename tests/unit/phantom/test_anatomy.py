"""Bones, joints and quadrants of a synthetic pelvis."""

import numpy as np
import pytest

from mri_bme.phantom import (
    Anatomy,
    PhantomSubject,
    make_anatomy,
)
from mri_bme.sacroiliac import QUADRANTS, Bone, BoneLabel, Side


@pytest.fixture(scope="module")
def anatomy(small_phantom: PhantomSubject) -> Anatomy:
    return small_phantom.anatomy


def test_the_joint_is_two_to_four_millimetres_wide(anatomy: Anatomy) -> None:
    """No marrow lies closer than half a joint plus cortex to the joint's middle."""
    nearest = np.abs(anatomy.joint_distance_mm[anatomy.quadrants > 0]).min()
    assert nearest > 0.5
    for side in Side:
        heights = np.ptp(anatomy.joints[side][:, 1])
        assert 30 < heights < 80


def test_the_signed_distance_is_negative_in_the_sacrum_and_positive_in_the_ilium(
    anatomy: Anatomy,
) -> None:
    distance, labels = anatomy.joint_distance_mm, anatomy.bone_labels
    assert distance[labels == BoneLabel.SACRUM].max() <= 0
    for ilium in (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM):
        assert distance[labels == ilium].min() >= 0


def test_quadrants_lie_in_their_bone_and_on_their_side(anatomy: Anatomy) -> None:
    x = np.broadcast_to(anatomy.grid.x, anatomy.grid.shape)
    for label, quadrant in QUADRANTS.items():
        inside = anatomy.quadrants == label
        assert inside.any()
        found = set(np.unique(anatomy.bone_labels[inside]))
        if quadrant.bone is Bone.SACRUM:
            assert found == {BoneLabel.SACRUM}
            assert (x[inside] > 0).all() == (quadrant.side is Side.LEFT)
        else:
            left = quadrant.side is Side.LEFT
            assert found == {BoneLabel.LEFT_ILIUM if left else BoneLabel.RIGHT_ILIUM}
    assert not anatomy.quadrants[anatomy.bone_labels == BoneLabel.L5].any()


def test_the_same_seed_is_the_same_subject() -> None:
    one, two, other = (make_anatomy(seed, fineness=4.0) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one.stir, two.stir)
    assert one.build != other.build
