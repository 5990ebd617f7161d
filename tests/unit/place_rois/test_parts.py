"""A bone map keeps what belongs to a bone, and not what was labelled beside it."""

import numpy as np
import pytest

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.parts import MIN_PART_SHARE, ilia_without_flanks, largest_parts
from mri_bme.sacroiliac import BoneLabel

AXES = PelvisAxes(order=(0, 1, 2), flipped=(False,) * 3, spacing_mm=(5.0, 1.0, 1.0))
FLANK = (slice(5, 25), slice(60, 90))
"""Rows and columns of fat beside the crest, larger than a section of the ilium."""
LAST = 2  # slice that shows the sacrum


def sloping_ilium(bone: BoneLabel) -> np.ndarray:
    """Seven sections of 10 by 30 mm, each 5 mm further out, the first three beside a sacrum."""
    labels = np.zeros((7, 60, 100), dtype=np.uint8)
    labels[: LAST + 1, 20:50, :8] = BoneLabel.SACRUM
    for depth, section in enumerate(labels):
        section[20:50, 10 + 5 * depth : 20 + 5 * depth] = bone
    return labels


@pytest.mark.parametrize("bone", [BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM])
def test_a_block_that_hangs_on_the_crest_by_a_corner_is_no_ilium(bone: BoneLabel) -> None:
    labels = sloping_ilium(bone)
    labels[3, 20:22, 32:64] = bone  # a crest that reaches the flank; the block itself is apart
    expected = labels.copy()
    labels[4][FLANK] = labels[5][FLANK] = labels[6][FLANK] = bone
    np.testing.assert_array_equal(ilia_without_flanks(labels, AXES), expected)


def test_a_section_that_only_the_flank_is_left_of_is_empty() -> None:
    labels = sloping_ilium(BoneLabel.LEFT_ILIUM)
    labels[5] = 0
    expected = labels.copy()
    labels[5][FLANK] = BoneLabel.LEFT_ILIUM
    np.testing.assert_array_equal(ilia_without_flanks(labels, AXES), expected)


def test_an_ilium_goes_on_behind_a_slice_in_which_it_was_not_seen() -> None:
    labels = sloping_ilium(BoneLabel.LEFT_ILIUM)
    labels[4] = 0
    np.testing.assert_array_equal(ilia_without_flanks(labels, AXES), labels)


def test_beside_the_sacrum_a_wing_may_divide_an_ilium() -> None:
    labels = sloping_ilium(BoneLabel.RIGHT_ILIUM)
    labels[: LAST + 1, 2:12, 50:60] = BoneLabel.RIGHT_ILIUM
    np.testing.assert_array_equal(ilia_without_flanks(labels, AXES), labels)


def test_where_little_shows_of_the_sacrum_it_has_ended() -> None:
    labels = sloping_ilium(BoneLabel.LEFT_ILIUM)
    expected = labels.copy()
    expected[3:, 30, 0] = BoneLabel.SACRUM
    labels[3:, 30, 0] = BoneLabel.SACRUM
    labels[5][FLANK] = BoneLabel.LEFT_ILIUM
    np.testing.assert_array_equal(ilia_without_flanks(labels, AXES), expected)


def test_slices_that_end_with_the_sacrum_and_those_without_one_are_left_as_they_are() -> None:
    labels = sloping_ilium(BoneLabel.LEFT_ILIUM)
    labels[5][FLANK] = BoneLabel.LEFT_ILIUM
    to_the_end, without = labels.copy(), labels.copy()
    to_the_end[:, 20:50, :8] = BoneLabel.SACRUM
    without[labels == BoneLabel.SACRUM] = 0
    for one in (to_the_end, without, np.zeros_like(labels)):
        np.testing.assert_array_equal(ilia_without_flanks(one, AXES), one)


def test_a_sacrum_may_lie_in_parts() -> None:
    labels = sloping_ilium(BoneLabel.LEFT_ILIUM)
    labels[:, 20:50, 60:80] = BoneLabel.SACRUM
    np.testing.assert_array_equal(ilia_without_flanks(labels, AXES), labels)


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
