"""A bone map keeps what belongs to a bone, and not what was labelled beside it."""

import numpy as np
import pytest

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.parts import CRUMB_MM2, MIN_PART_SHARE, ilia_in_one_part, largest_parts
from mri_bme.sacroiliac import BoneLabel

AXES = PelvisAxes(order=(0, 1, 2), flipped=(False,) * 3, spacing_mm=(5.0, 1.0, 1.0))
FLANK = (slice(5, 25), slice(60, 90))
"""Rows and columns of fat beside the crest, larger than the ilium itself."""


def sloping_ilium(bone: BoneLabel) -> np.ndarray:
    """Seven sections of 10 by 30 mm, each 4 mm further out, and a sacrum beside them."""
    labels = np.zeros((7, 60, 100), dtype=np.uint8)
    labels[:, 20:50, :8] = BoneLabel.SACRUM
    labels[3, 15:50, :8] = BoneLabel.SACRUM  # the largest, from which the ilium is followed
    for depth, section in enumerate(labels):
        section[20:50, 10 + 4 * depth : 20 + 4 * depth] = bone
    return labels


@pytest.mark.parametrize("bone", [BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM])
@pytest.mark.parametrize("turned", [False, True])
def test_a_block_that_hangs_on_the_crest_by_a_corner_is_no_ilium(
    bone: BoneLabel, turned: bool
) -> None:
    ilium = sloping_ilium(bone)
    labels = ilium.copy()
    labels[4, 20:22, 36:64] = bone  # what joins both in one slice; the block itself is apart
    joined = labels[4].copy()
    labels[3][FLANK] = labels[5][FLANK] = labels[6][FLANK] = bone
    expected = ilium.copy()
    expected[4] = joined
    if turned:
        labels, expected = labels[::-1], expected[::-1]
    np.testing.assert_array_equal(ilia_in_one_part(labels, AXES), expected)


def test_a_section_that_only_the_flank_is_left_of_is_empty() -> None:
    labels = sloping_ilium(BoneLabel.LEFT_ILIUM)
    labels[6] = 0
    labels[6][FLANK] = BoneLabel.LEFT_ILIUM
    assert not ilia_in_one_part(labels, AXES)[6].any()


def test_an_ilium_goes_on_behind_a_slice_in_which_it_was_not_seen() -> None:
    labels = sloping_ilium(BoneLabel.LEFT_ILIUM)
    labels[5] = 0
    np.testing.assert_array_equal(ilia_in_one_part(labels, AXES), labels)


def test_crumbs_stay_and_larger_second_parts_go() -> None:
    labels = sloping_ilium(BoneLabel.RIGHT_ILIUM)
    crumb, larger = labels.copy(), labels.copy()
    crumb[0, 0, : int(CRUMB_MM2) - 1] = BoneLabel.RIGHT_ILIUM
    larger[0, 0, : int(CRUMB_MM2)] = BoneLabel.RIGHT_ILIUM
    np.testing.assert_array_equal(ilia_in_one_part(crumb, AXES), crumb)
    np.testing.assert_array_equal(ilia_in_one_part(larger, AXES), labels)


def test_a_sacrum_may_lie_in_parts() -> None:
    labels = sloping_ilium(BoneLabel.LEFT_ILIUM)
    labels[:, 20:50, 60:80] = BoneLabel.SACRUM
    np.testing.assert_array_equal(ilia_in_one_part(labels, AXES), labels)


def test_without_a_sacrum_nothing_is_dropped() -> None:
    labels = sloping_ilium(BoneLabel.LEFT_ILIUM)
    labels[labels == BoneLabel.SACRUM] = 0
    labels[5][FLANK] = BoneLabel.LEFT_ILIUM
    np.testing.assert_array_equal(ilia_in_one_part(labels, AXES), labels)


def test_no_bone_is_no_bone() -> None:
    nothing = np.zeros((3, 8, 8), dtype=np.uint8)
    np.testing.assert_array_equal(ilia_in_one_part(nothing, AXES), nothing)
    np.testing.assert_array_equal(largest_parts(nothing), nothing)


@pytest.mark.parametrize("bone", [BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM])
def test_parts_that_are_tiny_beside_the_largest_go(bone: BoneLabel) -> None:
    whole = np.zeros((1, 20, 100), dtype=np.uint8)
    whole[0, :10, :50] = bone  # 500 voxels
    tiny, enough = whole.copy(), whole.copy()
    least = int(500 * MIN_PART_SHARE)
    tiny[0, 15, : least - 1] = bone
    enough[0, 15, :least] = bone
    np.testing.assert_array_equal(largest_parts(tiny), whole)
    np.testing.assert_array_equal(largest_parts(enough), enough)
