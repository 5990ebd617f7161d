"""Hand-worked cases of the published rules; a pixel of the scene is 4 mm2, the joint column 45."""

from dataclasses import replace

import numpy as np
import pytest
from scoring_scenes import box, rois, segmentation

from mri_bme.sacroiliac import JointPart
from mri_bme.score_edema import score_edema
from mri_bme.settings import ScoreSettings

EVERYWHERE = box((0, 10), (0, 40), (0, 61))


def sparcc(*lesions, intensity=1.5, where=None, settings=None):
    found = segmentation(*lesions, intensity=intensity, where=where)
    return score_edema(found, where or rois(), settings=settings).sparcc_estimate


def test_no_edema_scores_nothing() -> None:
    burden = score_edema(segmentation(), rois())
    assert (burden.sparcc_estimate, burden.berlin_estimate) == (0, 0)
    assert burden.asas_positive_estimate is False


def test_one_quadrant_on_one_slice_is_one_point() -> None:
    assert sparcc(box(2, (5, 7), (46, 48))) == 1


def test_a_lesion_in_the_upper_and_lower_iliac_quadrant_on_two_slices_is_four_points() -> None:
    assert sparcc(box((2, 4), (18, 22), (46, 49))) == 4


def test_a_lesion_from_the_joint_to_one_centimetre_adds_a_point_per_slice() -> None:
    assert sparcc(box(2, (5, 7), (46, 50))) == 1  # 2 to 8 mm
    assert sparcc(box(2, (5, 7), (46, 51))) == 2  # 2 to 10 mm
    assert sparcc(box((2, 4), (5, 7), (46, 51))) == 4


def test_a_deep_lesion_that_does_not_begin_at_the_joint_adds_none() -> None:
    assert sparcc(box(2, (5, 7), (49, 53))) == 1


def test_a_shallow_and_a_deep_lesion_that_do_not_touch_are_not_one_deep_lesion() -> None:
    assert sparcc(box(2, (5, 7), (46, 48)), box(2, (5, 7), (50, 53))) == 1


def test_an_intense_signal_adds_a_point_per_joint_and_slice() -> None:
    assert sparcc(box(2, (5, 7), (46, 48)), intensity=2.5) == 2
    assert sparcc(box(2, (18, 22), (43, 48)), intensity=2.5) == 5  # four quadrants, one joint
    assert sparcc(box(2, (18, 22), (13, 18)), box(2, (18, 22), (43, 48)), intensity=2.5) == 10


def test_sparcc_scores_six_slices_through_cartilage_not_those_through_ligaments() -> None:
    where = rois()
    part = np.where(where.quadrants > 0, JointPart.LIGAMENTOUS, 0)
    part[3:9][part[3:9] > 0] = JointPart.CARTILAGINOUS
    known = replace(where, joint_part=part)
    beside, inside = box(1, (5, 7), (46, 48)), box(7, (5, 7), (46, 48))
    assert (sparcc(beside), sparcc(inside)) == (1, 0)  # slices 0 to 5 without knowing the parts
    assert (sparcc(beside, where=known), sparcc(inside, where=known)) == (0, 1)


def test_everything_deep_and_intense_reaches_the_maximum_of_72() -> None:
    assert sparcc(EVERYWHERE, intensity=3.0) == 72
    assert sparcc(EVERYWHERE) == 60


def test_a_speck_is_not_seen() -> None:
    assert sparcc(box(2, 5, (46, 48))) == 0  # 8 mm2
    assert sparcc(box(2, 5, (46, 48)), settings=ScoreSettings(min_visible_mm2=0)) == 1


@pytest.mark.parametrize(
    ("n_columns", "grade"), [(3, 1), (4, 2), (6, 2), (7, 3)]
)  # of the ten columns within 20 mm: 30, 40, 60 and 70 %
def test_berlin_grades_the_share_of_a_quadrant(n_columns, grade) -> None:
    lesion = box((0, 10), (0, 20), (46, 46 + n_columns))
    assert score_edema(segmentation(lesion), rois()).berlin_estimate == grade


def test_berlin_reaches_its_maximum_of_24() -> None:
    assert score_edema(segmentation(EVERYWHERE), rois()).berlin_estimate == 24


@pytest.mark.parametrize(
    ("lesions", "positive"),
    [
        ([box(2, (5, 7), (46, 48))], False),
        ([box((2, 4), (5, 7), (46, 48))], True),
        ([box(2, (5, 7), (46, 48)), box(2, (25, 27), (12, 15))], True),
        ([box(2, (5, 7), (46, 48)), box(3, (25, 27), (12, 15))], False),
        ([box((2, 6), (5, 9), (52, 58))], False),  # two centimetres away from the joint
    ],
)
def test_asas_wants_one_lesion_on_two_slices_or_two_on_one(lesions, positive) -> None:
    assert score_edema(segmentation(*lesions), rois()).asas_positive_estimate is positive
