"""Strokes name voxels, and are undone to the voxel."""

import numpy as np
import pytest

from mri_bme.errors import InvalidVoxels
from mri_bme.readings.strokes import (
    Stroke,
    places_from_runs,
    runs_from_places,
    stroke_between,
)

MASK = np.random.default_rng(1).random((3, 5, 7)) > 0.5


def test_a_stroke_between_two_masks_turns_one_into_the_other_and_back() -> None:
    other = np.random.default_rng(2).random(MASK.shape) > 0.5
    stroke = stroke_between(MASK, other, visit="baseline", tool="paint")
    assert np.array_equal(stroke.drawn_on(MASK), other)
    assert np.array_equal(stroke.undone().drawn_on(other), MASK)


def test_drawing_leaves_the_mask_that_it_is_drawn_on() -> None:
    before = MASK.copy()
    Stroke(visit="v", tool="paint", on=np.arange(9), off=np.zeros(0, np.int64)).drawn_on(MASK)
    assert np.array_equal(MASK, before)


def test_a_place_is_slice_by_slice_row_by_row() -> None:
    mask = np.zeros((3, 5, 7), bool)
    stroke = Stroke(
        visit="v", tool="paint", on=np.array([1 * 35 + 2 * 7 + 4]), off=np.zeros(0, int)
    )
    assert np.argwhere(stroke.drawn_on(mask)).tolist() == [[1, 2, 4]]


@pytest.mark.parametrize("places", [[], [3], [3, 4, 5, 9], [0, 1, 104]])
def test_runs_tell_the_same_places(places: list[int]) -> None:
    runs = runs_from_places(np.array(places, np.int64))
    assert places_from_runs(runs, 105).tolist() == places


@pytest.mark.parametrize(
    "runs", [[1], [-1, 2], [0, 0], [100, 6], [0, 106], [1.5, 2], ["0", 1], [True, 1], [0, 10**30]]
)
def test_runs_out_of_the_scan_or_without_meaning_are_refused(runs: list) -> None:
    with pytest.raises((InvalidVoxels, OverflowError)):
        places_from_runs(runs, 105)


def test_between_equal_masks_nothing_is_painted_or_erased() -> None:
    stroke = stroke_between(MASK, MASK, visit="v", tool="paint")
    assert (len(stroke.on), len(stroke.off)) == (0, 0)
