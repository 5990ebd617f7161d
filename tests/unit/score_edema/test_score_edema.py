"""Volumes are always measured; reader scores only where their rules apply."""

from dataclasses import replace

import numpy as np
import pytest
from scoring_scenes import box, grid, rois, segmentation

from mri_bme.errors import GeometryMismatch
from mri_bme.score_edema import score_edema
from mri_bme.volume import Mask, VolumeGeometry

EVERYWHERE = box((0, 10), (0, 40), (0, 61))
LEFT_ILIUM = box((2, 4), (18, 22), (46, 50))


def test_fewer_than_six_slices_with_a_joint_give_no_sparcc_and_say_so() -> None:
    quadrants = np.array(rois().quadrants)
    quadrants[5:] = 0
    where = replace(rois(), quadrants=quadrants)
    burden = score_edema(segmentation(EVERYWHERE, where=where), where)
    assert burden.sparcc_estimate is None
    assert "fewer than 6" in burden.notes[0]
    assert burden.berlin_estimate == 24


@pytest.mark.parametrize(("spacing_mm", "word"), [(1.0, "every 1.0 mm"), (9.0, "every 9.0 mm")])
def test_slices_unlike_those_of_the_sources_are_not_scored(spacing_mm, word) -> None:
    matrix = np.array(grid().lps_from_index)
    matrix[:, 0] *= spacing_mm / 5
    where = rois(VolumeGeometry(shape=grid().shape, lps_from_index=matrix))
    burden = score_edema(segmentation(EVERYWHERE, where=where), where)
    assert burden.sparcc_estimate is burden.berlin_estimate is burden.asas_positive_estimate is None
    assert word in burden.notes[0]


def test_axial_slices_are_not_scored() -> None:
    turned = np.array(grid().lps_from_index)[[0, 2, 1, 3]]
    where = rois(VolumeGeometry(shape=grid().shape, lps_from_index=turned))
    assert score_edema(segmentation(where=where), where).notes == (
        "reader scores need semicoronal slices",
    )


def test_rois_of_another_grid_are_refused() -> None:
    with pytest.raises(GeometryMismatch, match="ROIs"):
        score_edema(segmentation(LEFT_ILIUM), rois(grid((9, 40, 61))))


def test_common_marrow_of_another_grid_is_refused() -> None:
    other = grid(shift_mm=(1.0, 0.0, 0.0))
    within = Mask(geometry=other, voxels=np.ones(other.shape, bool))
    with pytest.raises(GeometryMismatch, match="the common marrow"):
        score_edema(segmentation(LEFT_ILIUM), rois(), within=within)


def test_where_readers_rules_do_not_apply_volumes_are_measured_all_the_same() -> None:
    turned = np.array(grid().lps_from_index)[[0, 2, 1, 3]]
    where = rois(VolumeGeometry(shape=grid().shape, lps_from_index=turned))
    axial = score_edema(segmentation(LEFT_ILIUM, where=where), where)
    semicoronal = score_edema(segmentation(LEFT_ILIUM), rois())
    assert axial.regions == semicoronal.regions
    assert axial.bands == semicoronal.bands


def test_edema_counts_in_the_quadrant_that_two_visits_have_in_common() -> None:
    common = np.where(rois().quadrants == 1, 2, rois().quadrants).astype(np.uint8)
    own = score_edema(segmentation(LEFT_ILIUM), rois()).regions
    both = score_edema(segmentation(LEFT_ILIUM), rois(), quadrants=common).regions
    assert both["left_ilium_upper"].edema_ml == 0
    assert both["left_ilium_lower"].edema_ml == pytest.approx(own["left_ilium"].edema_ml)
    assert both["total"].edema_ml == pytest.approx(own["total"].edema_ml)
