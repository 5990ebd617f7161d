"""The viewer is told what was acquired: each visit on its own grid, and how visits lie."""

import json
from dataclasses import replace

import numpy as np
import pytest
from drawn_subject import semicoronal

from mri_bme.pipeline import SubjectResult
from mri_bme.report import SubjectPage, subject_page
from mri_bme.report.charts.subject import shown_visits
from mri_bme.report.display import display_of
from mri_bme.report.outlines import change_circles
from mri_bme.report.viewer import Scene, viewer_scene
from mri_bme.report.viewer.scene import display_steps
from mri_bme.report.words import main_change
from mri_bme.study import ShownSeries


@pytest.fixture(scope="module")
def scene(drawn_page: SubjectPage) -> Scene:
    visits = shown_visits(drawn_page)
    display = display_of(drawn_page, visits)
    assert display is not None
    return viewer_scene(visits, display, main_change(drawn_page))


def test_every_visit_lies_on_the_grid_it_was_acquired_on(scene: Scene) -> None:
    for visit in scene.told["visits"]:
        assert visit["grid"]["shape"] == list(semicoronal().shape)
        np.testing.assert_array_equal(visit["grid"]["lps_from_index"], semicoronal().lps_from_index)
        assert visit["fluid"]["unit"] == pytest.approx(200, rel=0.02)


def test_the_ways_to_both_visits_are_those_of_the_registration(
    scene: Scene, drawn_page: SubjectPage
) -> None:
    first, last = (np.array(v["visit_from_display"]) for v in scene.told["visits"])
    moved = drawn_page.registrations["week14"].moving_from_fixed.b_from_a
    np.testing.assert_allclose(last @ np.linalg.inv(first), moved, atol=1e-9)


def test_the_display_holds_both_scans_and_its_circles_stay_where_they_were(
    scene: Scene, drawn_page: SubjectPage
) -> None:
    display = display_of(drawn_page, shown_visits(drawn_page))
    assert display is not None
    grid = scene.told["display"]["grid"]
    index_from_lps = np.linalg.inv(np.array(grid["lps_from_index"]))
    for visit in scene.told["visits"]:
        to_grid = index_from_lps @ np.linalg.inv(np.array(visit["visit_from_display"]))
        corners = semicoronal().corners_lps_mm @ to_grid[:3, :3].T + to_grid[:3, 3]
        assert corners.min() >= -0.51
        assert np.all(corners.max(axis=0) <= np.array(grid["shape"]) - 0.49)
    k, circle = next(
        (k, circle) for k, found in enumerate(change_circles(display)) for circle in found
    )
    point = display.geometry.points_lps([k, circle.y - 0.5, circle.x - 0.5])
    there = index_from_lps[:3, :3] @ point + index_from_lps[:3, 3]
    told = scene.told["display"]["circles"][round(there[0])]
    assert any(np.allclose([one["y"], one["x"]], there[1:], atol=1e-6) for one in told)


def test_lesions_are_told_with_the_voxel_in_their_middle(scene: Scene) -> None:
    lesion = scene.told["visits"][0]["lesions"][0]
    assert lesion["name"] == "L1"
    assert lesion["voxel"] == pytest.approx([3.5, 28, 68], abs=1.0)


def test_the_text_ends_no_element_and_is_json(scene: Scene) -> None:
    assert "<" not in scene.json
    assert json.loads(scene.json) == scene.told


def test_whole_numbers_that_fit_a_byte_are_shown_as_they_are() -> None:
    voxels = np.arange(-5, 250, dtype=np.float32).reshape(5, 3, 17)
    assert display_steps(voxels, 255) == (-5.0, 1.0)


def test_a_few_voxels_far_above_all_others_do_not_darken_them() -> None:
    voxels = np.linspace(0, 1000, 100_000, dtype=np.float32).reshape(10, 100, 100)
    spiked = voxels.copy()
    spiked[0, 0, :3] = 50_000
    low, step = display_steps(spiked, 255)
    assert low == 0
    assert 990 < 255 * step < 1100


@pytest.mark.parametrize("is_laid", [False, True])
def test_images_of_t1w_are_numbered_unless_it_was_laid_on_other_slices(
    drawn_result: SubjectResult, is_laid: bool
) -> None:
    first = drawn_result.visits[0]
    told = ShownSeries(words="T1 cor, series 3", images=tuple(range(8)), is_laid=is_laid)
    visit = replace(first.visit, t1=first.visit.volume, shown={"t1": told})
    page = subject_page(SubjectResult(visits=(replace(first, visit=visit),)), subject_id="s")
    display = display_of(page, page.visits)
    assert display is not None
    (shown,) = viewer_scene(page.visits, display).told["visits"]
    assert shown["t1"]["images"] == (None if is_laid else list(range(8)))
    assert shown["t1"]["is_laid"] == is_laid
    assert shown["t1"]["words"] == "T1 cor, series 3"
    assert shown["t1"]["unit"] == pytest.approx(200, rel=0.02)
