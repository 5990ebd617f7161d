"""Scores of one mask that differ are explained by the rule that makes them differ."""

import pytest
from scoring_scenes import box, rois, segmentation

from mri_bme.findings import EdemaBurden
from mri_bme.score_edema import score_edema


def scored(where, *lesions) -> EdemaBurden:
    return score_edema(segmentation(*lesions, where=where, intensity=1.5), where)


def test_scores_that_agree_give_no_words() -> None:
    assert scored(rois()).disagreements == ()
    assert scored(rois(), box((2, 4), (5, 9), (46, 49))).disagreements == ()


def test_a_lesion_on_one_slice_is_said_to_be_too_little_for_asas() -> None:
    (words,) = scored(rois(), box(2, (5, 9), (46, 49))).disagreements
    assert words.startswith("ASAS: not active")


def test_edema_that_no_reader_sees_is_said_to_be_too_small() -> None:
    (words,) = scored(rois(), box(2, 5, (46, 48))).disagreements  # 8 mm2
    assert "every score is 0" in words
    assert "10 mm²" in words


def test_edema_deeper_than_the_quadrants_of_berlin_is_said_to_be() -> None:
    deep = box((2, 4), (5, 9), (57, 61))  # 24 mm from the joint and more
    burden = scored(rois(), deep)
    assert (burden.sparcc_estimate, burden.berlin_estimate) == (2, 0)
    assert any("its quadrants end 20 mm from the joint" in words for words in burden.disagreements)


@pytest.mark.parametrize(("slices", "words"), [((7, 8), "1 other slice "), ((7, 9), "2 other sl")])
def test_edema_beside_the_scored_slices_is_counted_in_english(slices, words) -> None:
    burden = scored(rois(), box((2, 4), (5, 9), (46, 49)), box(slices, (5, 9), (46, 49)))
    (said,) = burden.disagreements
    assert words in said


def test_no_edema_needs_no_words() -> None:
    assert scored(rois()).disagreements == ()
