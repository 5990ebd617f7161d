"""Simulated readers draw what is true, each with an error of their own, and as a hand would."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from lab.benchmark.study.simulated import READERS, SimulatedReader, sparcc_seen, strokes_of
from lab.benchmark.study.subjects import Truth
from mri_bme.sacroiliac import QUADRANTS

SHAPE = (8, 30, 40)
STEADY = SimulatedReader(
    code="R", edge=0.5, unsteady=0, wavers=0, overlooks_ml=0, overlooks=0
)  # fmt: skip
LABELS = {quadrant.name: label for label, quadrant in QUADRANTS.items()}


def truth() -> Truth:
    """A large lesion whose edge fades, and a small one."""
    share = np.zeros(SHAPE)
    share[2:5, 8:20, 8:20] = 0.4
    share[2:5, 10:18, 10:18] = 1.0
    share[6, 22:24, 30:32] = 1.0
    return Truth(share=share, to_joint_mm=np.full(SHAPE, 3.0), voxel_ml=0.01)


def random() -> np.random.Generator:
    return np.random.default_rng(3)


def test_a_reader_without_error_draws_what_is_true() -> None:
    mask = STEADY.drawn(truth(), random())
    assert np.array_equal(mask, truth().share > 0.5)


def test_wide_and_narrow_outlines_and_what_is_overlooked() -> None:
    wide = replace(STEADY, edge=0.3).drawn(truth(), random())
    assert wide[3].sum() == 12 * 12
    careless = replace(STEADY, overlooks_ml=0.1, overlooks=1.0).drawn(truth(), random())
    assert not careless[6].any()
    assert careless[3].sum() == 8 * 8


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.code)
def test_a_second_reading_is_another_one_and_no_edema_stays_none(reader: SimulatedReader) -> None:
    rng = random()
    first, second = reader.drawn(truth(), rng), reader.drawn(truth(), rng)
    assert 0 < np.sum(first != second) < 0.5 * first.sum()
    healthy = replace(truth(), share=np.zeros(SHAPE))
    assert not reader.drawn(healthy, rng).any()


def test_paths_of_the_mouse_paint_the_mask() -> None:
    mask = truth().share > 0.5
    painted = np.zeros(SHAPE, bool)
    for slice_, paths in strokes_of(mask).items():
        for path in paths:
            for (row, column), (to_row, to_column) in pairwise(path):
                n_steps = max(abs(to_row - row), abs(to_column - column), 1)
                rows = np.linspace(row, to_row, n_steps + 1).round().astype(int)
                columns = np.linspace(column, to_column, n_steps + 1).round().astype(int)
                painted[slice_, rows, columns] = True
    assert np.array_equal(painted, mask)


def test_sparcc_is_scored_where_it_was_drawn() -> None:
    shown = np.full(SHAPE, LABELS["left_ilium_upper"], np.uint8)
    shown[..., 14:] = LABELS["left_sacrum_upper"]
    deep = replace(truth(), to_joint_mm=np.full(SHAPE, 12.0))
    mask = truth().share > 0.5
    seen = sparcc_seen(mask, deep, shown, 1)
    assert sorted(seen) == [2, 3, 4, 6]
    assert sorted(seen[3].quadrants) == ["left_ilium_upper", "left_sacrum_upper"]
    assert (seen[3].deep, seen[3].intense) == (("left",), ("left",))
    assert all(mask[(3, *place)] for place in seen[3].quadrants.values())
    assert sorted(sparcc_seen(mask, truth(), shown, 5)) == [6]
    assert seen[3].deep != sparcc_seen(mask, truth(), shown, 1)[3].deep
