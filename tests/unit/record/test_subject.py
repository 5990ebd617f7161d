"""Everything told of a subject apart from its images."""

from dataclasses import replace

import numpy as np
import pytest
from compared_boxes import boxes_subject
from scoring_scenes import rois
from toy_kind import TOY

from mri_bme.finding_kind import KindFindings
from mri_bme.record.subject import HISTOGRAM_BINS, HISTOGRAM_TOP, subject_findings
from mri_bme.volume import Mask, Volume

TOP_BIN = HISTOGRAM_BINS - 1


def first_visit(**changes):
    """What is told of the first visit, of which some of the findings are others."""
    result = boxes_subject()
    visit = replace(result.visits[0], **changes)
    result = replace(result, visits=(visit, *result.visits[1:]), kinds=(TOY,))
    return subject_findings(result, subject_id="01").visits[0]


def test_every_voxel_of_the_rois_and_of_normal_marrow_is_in_the_histogram_once() -> None:
    marrow = rois().quadrants > 0
    reference = Mask(geometry=rois().geometry, voxels=marrow & (rois().quadrants == 3))
    told = first_visit(rois=replace(rois(), reference=reference)).histogram
    assert sum(told.roi) == np.count_nonzero(marrow)
    assert sum(told.reference) == np.count_nonzero(reference.voxels)
    assert len(told.roi) == len(told.reference) == HISTOGRAM_BINS


@pytest.mark.parametrize(
    ("intensity", "where"),
    [(-1.0, 0), (0.0, 0), (1.0, 20), (HISTOGRAM_TOP, TOP_BIN), (99.0, TOP_BIN)],
)
def test_the_last_bin_of_the_histogram_is_open(intensity: float, where: int) -> None:
    found = boxes_subject().visits[0].segmentation
    flat = Volume(geometry=rois().geometry, voxels=np.full(rois().geometry.shape, intensity))
    told = first_visit(segmentation=replace(found, relative_intensity=flat)).histogram
    assert np.flatnonzero(told.roi).tolist() == [where]


def test_a_doubt_that_two_steps_share_is_told_once_and_in_order() -> None:
    result = boxes_subject().visits[0]
    told = first_visit(
        visit=replace(result.visit, doubts=("motion", "two series")),
        rois=replace(result.rois, notes=("thin ilium", "motion")),
        burden=replace(result.burden, notes=("axial",)),
    )
    assert told.doubts == ("motion", "two series", "thin ilium", "axial")


def test_a_visit_that_was_not_measured_says_why_and_holds_no_number() -> None:
    told = subject_findings(boxes_subject(), subject_id="01").visits[2]
    assert told.reason == "no fluid-sensitive series"
    assert (told.burden, told.threshold, told.histogram, told.roi_confidence) == (None,) * 4
    assert told.lesions == ()


def test_facts_go_to_the_visit_that_they_belong_to() -> None:
    found = subject_findings(
        boxes_subject(),
        subject_id="01",
        facts=(("settings", "default"),),
        visit_facts={"week14": (("series", "5"),)},
    )
    assert [visit.facts for visit in found.visits] == [(), (("series", "5"),), ()]
    assert found.facts == (("settings", "default"),)


def test_a_kind_of_finding_is_told_where_it_was_looked_for() -> None:
    assert first_visit().others == ()
    (told,) = first_visit(others={"toy": KindFindings(reason="no T1W")}).others
    assert (told.words, told.reason, dict(told.regions)) == ("toy lesions", "no T1W", {})
    assert told.meanings == {"toy_ml": "volume of toy lesions, mL"}
