"""Moves are told in a log and taken back, to the voxel."""

import json

import numpy as np
import pytest

from mri_bme.errors import InvalidVoxels
from mri_bme.readings.layers import (
    QUADRANTS,
    REFERENCE,
    Moved,
    labels_from_runs,
    layer_change,
    moved_entry,
    moved_of_entry,
    runs_by_label,
)

SHAPE = (2, 5, 6)


def maps() -> tuple[np.ndarray, np.ndarray]:
    before = np.random.default_rng(1).integers(0, 9, SHAPE).astype(np.uint8)
    after = before.copy()
    after[1, 2:4, 1:5] = 3
    return before, after


def move() -> Moved:
    before, after = maps()
    reference = np.zeros(SHAPE, dtype=bool)
    with_voxel = reference.copy()
    with_voxel[0, 0, 5] = True
    return Moved(
        visit="baseline",
        tool="marrow",
        changes=(
            layer_change("baseline", QUADRANTS, before, after),
            layer_change("week14", REFERENCE, reference, with_voxel),
        ),
    )


def test_a_move_comes_back_from_its_line() -> None:
    before, after = maps()
    line = json.loads(json.dumps(moved_entry(move())))
    again = moved_of_entry(line, {"baseline": before.size, "week14": before.size})
    quadrants, reference = again.changes
    assert np.array_equal(quadrants.drawn_on(before), after)
    assert np.array_equal(quadrants.undone().drawn_on(after), before)
    assert np.flatnonzero(reference.drawn_on(np.zeros(SHAPE, dtype=bool))).tolist() == [5]
    assert again.moves_anatomy
    assert again.undone().tool == "marrow"


def test_maps_come_back_from_their_runs() -> None:
    before, _ = maps()
    told = json.loads(json.dumps(runs_by_label(before)))
    assert np.array_equal(labels_from_runs(told, SHAPE), before)


@pytest.mark.parametrize("layers", [{"nerves": []}, {QUADRANTS: [[0, 1, [59, 2]]]}])
def test_a_line_of_another_layer_or_beyond_the_scan_is_refused(layers: dict) -> None:
    line = {"visit": "baseline", "tool": "marrow", "layers": {"baseline": layers}}
    with pytest.raises(InvalidVoxels):
        moved_of_entry(line, {"baseline": 60})
