"""What the estimated reader looks at: joints by slice, edema, and how bright it is."""

from dataclasses import replace

import numpy as np
import pytest
from scoring_scenes import SPACING_MM, box, grid, rois, segmentation

from mri_bme.findings import EdemaSegmentation
from mri_bme.sacroiliac import JointPart, Side
from mri_bme.score_edema.reader_view import (
    intense_level,
    is_seen,
    reader_view,
    reason_against_reading,
)
from mri_bme.settings import ScoreSettings
from mri_bme.volume import Mask, Volume, VolumeGeometry

LESION = box((2, 4), (5, 9), (46, 50))


def view(where=None, within=None):
    where = where or rois()
    return reader_view(
        segmentation(LESION, where=where), where, within=within, settings=ScoreSettings()
    )


def test_intense_means_as_bright_as_the_brightest_tissue_around_the_marrow() -> None:
    geometry = VolumeGeometry(shape=(10, 40, 200), lps_from_index=grid().lps_from_index)
    wide = rois(geometry)
    quadrants = np.array(wide.quadrants)
    quadrants[:, :, 61:] = 0
    surroundings = np.full(geometry.shape, 1.0)
    surroundings[:, :, 61:70] = 5.0  # a vessel, 6 % of the surroundings
    seen = segmentation(where=wide)
    seen = EdemaSegmentation(
        **{f: getattr(seen, f) for f in ("mask", "edema_fraction", "lesion_labels", "threshold")},
        lesions=(),
        relative_intensity=Volume(geometry=geometry, voxels=surroundings),
    )
    where = replace(wide, quadrants=quadrants)
    assert intense_level(seen, where, ScoreSettings()) == pytest.approx(5.0)
    assert intense_level(seen, where, ScoreSettings(intense_rule="fixed")) == 2.0


def test_a_joint_is_as_high_as_both_bones_lie_at_it() -> None:
    """On slice 1 the left ilium lacks its upper ten rows, on slice 2 the whole left ilium."""
    quadrants = np.array(rois().quadrants)
    left_ilium = np.isin(quadrants, (1, 2))
    quadrants[1, :10][left_ilium[1, :10]] = 0
    quadrants[2][left_ilium[2]] = 0
    joint_mm = view(replace(rois(), quadrants=quadrants)).joint_mm
    assert joint_mm[Side.LEFT][:3] == pytest.approx(np.array([40, 30, 0]) * SPACING_MM[1])
    assert joint_mm[Side.RIGHT][:3] == pytest.approx(np.full(3, 40 * SPACING_MM[1]))


def test_the_ligamentous_part_is_no_joint_of_the_reader() -> None:
    part = np.where(rois().quadrants > 0, JointPart.CARTILAGINOUS, 0)
    part[:, :25][part[:, :25] > 0] = JointPart.LIGAMENTOUS
    joint_mm = view(replace(rois(), joint_part=part)).joint_mm
    assert joint_mm[Side.LEFT] == pytest.approx(np.full(10, 15 * SPACING_MM[1]))
    assert view(replace(rois(), joint_part=part)).shows_joint.all()


def test_what_only_one_visit_covers_is_not_looked_at() -> None:
    voxels = np.ones(grid().shape, bool)
    voxels[3:] = False
    seen = view(within=Mask(geometry=grid(), voxels=voxels))
    assert seen.edema.any(axis=(1, 2)).tolist() == [False, False, True] + [False] * 7
    assert seen.shows_joint.tolist() == [True] * 3 + [False] * 7
    assert not seen.lesions[3:].any()


@pytest.mark.parametrize(
    ("n_pixels", "least", "seen"),
    [(0, 0.0, False), (1, 0.0, True), (2, 2.5, False), (3, 2.5, True)],
)
def test_a_reader_sees_edema_of_some_size_and_never_none(n_pixels, least, seen) -> None:
    plane = np.zeros((4, 4), bool)
    plane.flat[:n_pixels] = True
    assert is_seen(plane, least) is seen


def test_the_least_that_is_seen_is_an_area_whatever_the_pixel() -> None:
    settings = ScoreSettings(min_visible_mm2=10.0)
    assert view().least_pixels(settings) == pytest.approx(10 / (SPACING_MM[1] * SPACING_MM[2]))


@pytest.mark.parametrize(("spacing_mm", "readable"), [(2.4, False), (2.5, True), (6.0, True)])
def test_slices_as_readers_know_them_can_be_read(spacing_mm: float, readable: bool) -> None:
    matrix = np.array(grid().lps_from_index)
    matrix[:, 0] *= spacing_mm / SPACING_MM[0]
    geometry = VolumeGeometry(shape=grid().shape, lps_from_index=matrix)
    assert (reason_against_reading(geometry, ScoreSettings()) == "") is readable
