"""SPARCC by hand: which slices a reader scores, and what each quadrant of them gets.

The joints of the scene are 40 rows of 2 mm high; a pixel is 4 mm2.
"""

from dataclasses import replace

import numpy as np
import pytest
from scoring_scenes import box, rois, segmentation

from mri_bme.findings import EdemaBurden
from mri_bme.sacroiliac import SacroiliacRois, Side
from mri_bme.score_edema import score_edema

RIGHT, LEFT = slice(0, 30), slice(31, 61)  # columns of the patient's sides


def cut_joints(*cuts: tuple[slice, slice, int]) -> SacroiliacRois:
    """Leave `n_rows` at the bottom of the joint on some slices of a side."""
    quadrants = np.array(rois().quadrants)
    for slices, columns, n_rows in cuts:
        quadrants[slices, : 40 - n_rows, columns] = 0
    return replace(rois(), quadrants=quadrants)


def scored(where: SacroiliacRois, *lesions, intensity: float = 1.5) -> EdemaBurden:
    return score_edema(segmentation(*lesions, where=where, intensity=intensity), where)


def slices_of(burden: EdemaBurden) -> list[int]:
    return [one.index for one in burden.sparcc_slices]


BOTH = slice(0, 61)


@pytest.mark.parametrize(
    ("n_rows", "first"),
    [(0, 3), (4, 3), (5, 0), (20, 0)],
    ids=["no joint", "8 mm", "10 mm", "40 mm"],
)
def test_scoring_starts_at_the_first_slice_with_a_centimetre_of_joint(n_rows, first) -> None:
    burden = scored(cut_joints((slice(0, 3), BOTH, n_rows)))
    assert slices_of(burden) == list(range(first, first + 6))


def test_the_joint_may_be_low_again_on_the_last_slices_and_is_not_scored_there() -> None:
    where = cut_joints((slice(4, 6), BOTH, 4), (slice(6, 10), BOTH, 0))
    burden = scored(where, box((0, 6), (36, 40), (46, 48)))
    assert slices_of(burden) == [0, 1, 2, 3, 4, 5]
    assert [one.points for one in burden.sparcc_slices] == [1, 1, 1, 1, 0, 0]


def test_five_slices_of_joint_give_no_score() -> None:
    burden = scored(cut_joints((slice(5, 10), BOTH, 0)), box((0, 5), (36, 40), (46, 48)))
    assert burden.sparcc_estimate is None
    assert "fewer than 6 consecutive slices" in burden.notes[0]


def test_one_side_is_enough_to_start_and_the_other_is_not_scored_there() -> None:
    """The right joint begins two slices before the left one, as in many people."""
    where = cut_joints((slice(0, 2), BOTH, 0), (slice(2, 4), LEFT, 0))
    left, right = box((2, 5), (30, 34), (46, 48)), box((2, 5), (30, 34), (12, 15))
    burden = scored(where, left, right)
    assert slices_of(burden) == [2, 3, 4, 5, 6, 7]
    assert burden.sparcc_slices[0].joint_mm == {Side.LEFT: 0, Side.RIGHT: 80}
    assert [one.quadrants for one in burden.sparcc_slices[:4]] == [
        ("right_ilium_lower",),
        ("right_ilium_lower",),
        ("left_ilium_lower", "right_ilium_lower"),
        (),
    ]
    assert burden.sparcc_estimate == 4


@pytest.mark.parametrize(
    ("n_rows", "names"),
    [
        (14, ("left_ilium_upper", "left_sacrum_upper")),
        (15, ("left_ilium_lower", "left_sacrum_lower")),
    ],
    ids=["28 mm", "30 mm"],
)
def test_a_joint_lower_than_three_centimetres_has_upper_quadrants_only(n_rows, names) -> None:
    where = cut_joints((slice(0, 3), BOTH, n_rows))
    burden = scored(where, box(1, (30, 34), (43, 48)))
    assert burden.sparcc_slices[1].quadrants == names
    assert burden.sparcc_estimate == 2


def test_both_halves_of_a_low_joint_are_one_quadrant() -> None:
    """Rows 19 and 20 lie in an upper and a lower quadrant of the map."""
    quadrants = np.array(rois().quadrants)
    quadrants[:2, :13] = quadrants[:2, 27:] = 0  # 28 mm, half above and half below
    low = replace(rois(), quadrants=quadrants)
    lesion = box((0, 3), (15, 25), (46, 49))
    burden = scored(low, lesion)
    assert [one.quadrants for one in burden.sparcc_slices[:3]] == [
        ("left_ilium_upper",),
        ("left_ilium_upper",),
        ("left_ilium_upper", "left_ilium_lower"),
    ]
    assert burden.sparcc_estimate == 4


def test_points_of_the_slices_add_up_and_say_what_they_are_for() -> None:
    deep = box((2, 4), (5, 7), (46, 51))  # 2 to 10 mm from the joint
    burden = scored(rois(), deep, intensity=3.0)
    assert [one.points for one in burden.sparcc_slices] == [0, 0, 3, 3, 0, 0]
    third = burden.sparcc_slices[2]
    assert third.quadrants == ("left_ilium_upper",)
    assert third.intense == third.deep == ("left",)
    assert burden.sparcc_estimate == 6


def test_edema_behind_the_six_slices_is_no_sparcc_point_and_the_reason_is_told() -> None:
    burden = scored(rois(), box((7, 9), (5, 9), (46, 49)))
    assert burden.sparcc_estimate == 0
    assert burden.berlin_estimate == 1
    assert burden.asas_positive_estimate is True
    words = " ".join(burden.disagreements)
    assert "SPARCC scores slices 1 to 6 from the front; edema on 2 other slices" in words
    assert "SPARCC is 0 although there is edema" in words


def test_edema_on_the_third_slice_of_a_joint_that_begins_low_is_scored() -> None:
    """In one subject readers drew 2.7 mL near the front of the joints, which scored 0."""
    heights_mm = (0, 0, 0, 0, 18, 26, 30, 36)
    where = cut_joints(*((slice(n, n + 1), BOTH, mm // 2) for n, mm in enumerate(heights_mm)))
    quadrants = np.concatenate([where.quadrants, where.quadrants[-6:]])  # 16 slices
    geometry = replace(where.geometry, shape=quadrants.shape)
    distance = np.broadcast_to(where.joint_distance_mm[:1], quadrants.shape)
    longer = replace(where, geometry=geometry, quadrants=quadrants, joint_distance_mm=distance)
    burden = scored(longer, box((4, 10), (34, 38), (12, 15)))
    assert slices_of(burden) == [4, 5, 6, 7, 8, 9]
    assert burden.sparcc_estimate == 6
    assert [one.quadrants[0] for one in burden.sparcc_slices] == (
        ["right_ilium_upper"] * 2 + ["right_ilium_lower"] * 4
    )
