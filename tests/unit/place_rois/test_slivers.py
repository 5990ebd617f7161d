"""Thin pieces of one bone along another are given to that other one."""

import numpy as np
import pytest

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.slivers import CRUMB_MM2, LONG_MM, THIN_MM, without_slivers
from mri_bme.sacroiliac import BoneLabel

STEP_MM = 0.5
AXES = PelvisAxes(order=(0, 1, 2), flipped=(False,) * 3, spacing_mm=(3.3, STEP_MM, STEP_MM))
JOINT = 50  # column where the left ilium begins
TOP = 20  # row where both bones begin


def two_bones() -> np.ndarray:
    labels = np.zeros((1, 80, 100), dtype=np.uint8)
    labels[0, TOP:70, 20:JOINT] = BoneLabel.SACRUM
    labels[0, TOP:70, JOINT:90] = BoneLabel.LEFT_ILIUM
    return labels


def pixels(mm: float) -> int:
    return round(mm / STEP_MM)


@pytest.mark.parametrize("ilium", [BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM])
@pytest.mark.parametrize("is_sacral", [True, False])
def test_one_bone_along_the_top_of_another_is_that_other(ilium: BoneLabel, is_sacral: bool) -> None:
    own, other = (BoneLabel.SACRUM, ilium) if is_sacral else (ilium, BoneLabel.SACRUM)
    names = np.zeros(len(BoneLabel), dtype=np.uint8)
    names[BoneLabel.SACRUM], names[BoneLabel.LEFT_ILIUM] = own, other
    labels = names[two_bones()]
    labels[0, TOP : TOP + pixels(THIN_MM) - 1, JOINT:80] = own
    found = without_slivers(labels, AXES)
    root = found[..., JOINT]  # where it leaves its own bone it widens, by a pixel
    assert np.count_nonzero(root == own) <= pixels(THIN_MM) - 1
    root[root > 0] = other
    np.testing.assert_array_equal(found, names[two_bones()])


@pytest.mark.parametrize("thick_mm", [THIN_MM + 1, 2 * THIN_MM])
def test_what_is_as_thick_as_bone_keeps_its_label(thick_mm: float) -> None:
    labels = two_bones()
    labels[0, TOP : TOP + pixels(thick_mm), JOINT:80] = BoneLabel.SACRUM
    np.testing.assert_array_equal(without_slivers(labels, AXES), labels)


def test_a_short_tip_keeps_its_label() -> None:
    labels = two_bones()
    tip = slice(JOINT, JOINT + pixels(LONG_MM) - 2)
    labels[0, 69, tip] = BoneLabel.SACRUM
    np.testing.assert_array_equal(without_slivers(labels, AXES), labels)


def test_a_crumb_inside_the_other_bone_goes_to_it_and_a_larger_piece_does_not() -> None:
    labels = two_bones()
    side = int(np.sqrt(CRUMB_MM2) / STEP_MM)
    labels[0, 40 : 40 + side, 60 : 60 + side] = BoneLabel.SACRUM
    np.testing.assert_array_equal(without_slivers(labels, AXES), two_bones())
    labels[0, 40 : 40 + side + 2, 60 : 60 + side + 2] = BoneLabel.SACRUM
    np.testing.assert_array_equal(without_slivers(labels, AXES), labels)


def test_thin_bone_beside_nothing_stays_what_it_is() -> None:
    labels = two_bones()
    labels[0, 5:7, 25:60] = BoneLabel.SACRUM
    labels[0, 75, 60:62] = BoneLabel.LEFT_ILIUM
    labels[0, 71:74, 20:30] = BoneLabel.L5
    np.testing.assert_array_equal(without_slivers(labels, AXES), labels)


def test_thickness_is_measured_in_millimetres_along_each_axis() -> None:
    """With rows 3 mm apart two of them are as thick as bone; two columns of 0.5 mm are not."""
    axes = PelvisAxes(order=(0, 1, 2), flipped=(False,) * 3, spacing_mm=(3.3, 3.0, STEP_MM))
    thick, thin = two_bones(), two_bones()
    thick[0, TOP : TOP + 2, JOINT:80] = BoneLabel.SACRUM
    np.testing.assert_array_equal(without_slivers(thick, axes), thick)
    thin[0, 30:60, 88:90] = BoneLabel.SACRUM
    np.testing.assert_array_equal(without_slivers(thin, axes), two_bones())
