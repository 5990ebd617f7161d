"""Both visits are shown at the same place, in the same grey."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_subject import moved_week14

from mri_bme.report import (
    SubjectPage,
)
from mri_bme.report.charts.subject import shown_visits
from mri_bme.report.display import acquired_slice, display_of, show_visits
from mri_bme.volume import Volume


def test_same_anatomy_lies_on_the_same_pixel_in_both_visits(drawn_page: SubjectPage) -> None:
    pixels = [visit.pixels for visit in drawn_page.visits if visit.pixels is not None]
    first, last = show_visits(pixels, moved_week14()).panes
    both = (first.quadrants > 0) & (last.quadrants > 0)
    overlap = 2 * both.sum() / ((first.quadrants > 0).sum() + (last.quadrants > 0).sum())
    unmoved = show_visits(pixels, type(moved_week14()).identity()).panes
    apart = (unmoved[0].quadrants > 0) & (unmoved[1].quadrants > 0)
    assert overlap > 0.88  # nearest neighbour between 5 mm slices loses some at the ends
    assert apart.sum() < 0.97 * both.sum()


def test_swapping_the_visits_swaps_the_pictures(drawn_page: SubjectPage) -> None:
    pixels = [visit.pixels for visit in drawn_page.visits if visit.pixels is not None]
    there = show_visits(pixels, moved_week14())
    back = show_visits(pixels[::-1], moved_week14().inverse())
    assert there.geometry.shape == back.geometry.shape
    difference = there.panes[0].grey.astype(int) - back.panes[1].grey.astype(int)
    assert np.abs(difference).mean() < 1


@pytest.mark.parametrize("gain", [0.02, 1.0, 50.0])
def test_contrast_does_not_depend_on_receiver_gain(drawn_page: SubjectPage, gain: float) -> None:
    pixels = drawn_page.visits[0].pixels
    assert pixels is not None
    brighter = replace(
        pixels, volume=Volume(geometry=pixels.volume.geometry, voxels=pixels.volume.voxels * gain)
    )
    expected = show_visits([pixels], None).panes[0].grey.astype(int)
    shown = show_visits([brighter], None).panes[0].grey.astype(int)
    assert np.abs(shown - expected).max() <= 1


def test_the_acquired_slice_is_the_nearest_one(drawn_page: SubjectPage) -> None:
    display = display_of(drawn_page, shown_visits(drawn_page))
    assert display is not None
    for number, visit in enumerate(shown_visits(drawn_page)):
        assert visit.pixels is not None
        geometry = visit.pixels.volume.geometry
        nearest = [
            acquired_slice(display, number, visit.pixels, k)
            for k in range(display.geometry.shape[0])
        ]
        assert nearest == sorted(nearest)
        assert set(nearest) <= set(range(geometry.shape[0]))
        middle = display.visit_from_display[number].apply(display.geometry.centre_lps_mm)
        k = round(float(display.geometry.indices_of(display.geometry.centre_lps_mm)[0]))
        apart = geometry.indices_of(middle)[0] - nearest[k]
        assert abs(apart) <= 1.0
