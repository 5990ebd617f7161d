"""Scores of a mask against reads, on masks whose scores are known."""

import numpy as np
import pytest

from lab.benchmark.edema_scores import (
    dice,
    found_lesions,
    mean_dice,
    readers_own_dice,
    surface_dice,
)

VOXEL_ML = 0.01


def box(*where: slice) -> np.ndarray:
    mask = np.zeros((6, 20, 20), dtype=bool)
    mask[where] = True
    return mask


SQUARE = box(slice(1, 4), slice(2, 8), slice(2, 8))
ASIDE = box(slice(1, 4), slice(2, 8), slice(5, 11))
ELSEWHERE = box(slice(1, 4), slice(12, 18), slice(12, 18))
NOTHING = box(slice(0, 0))


def test_overlap_is_that_of_sets() -> None:
    assert dice(SQUARE, SQUARE) == 1
    assert dice(SQUARE, ASIDE) == pytest.approx(0.5)
    assert dice(SQUARE, ELSEWHERE) == 0
    assert dice(NOTHING, NOTHING) == 1


def test_readers_own_is_over_every_two_of_them() -> None:
    reads = (SQUARE, SQUARE, ASIDE)
    assert readers_own_dice(reads) == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert mean_dice(SQUARE, reads) == pytest.approx((1 + 1 + 0.5) / 3)


def test_surfaces_within_a_millimetre_are_the_same() -> None:
    moved = np.roll(SQUARE, 1, axis=2)
    assert surface_dice(SQUARE, moved, (3.0, 1.0, 1.0)) == 1
    assert surface_dice(SQUARE, moved, (3.0, 2.0, 2.0)) < 1
    assert surface_dice(SQUARE, NOTHING, (1, 1, 1)) == 0
    assert surface_dice(NOTHING, NOTHING, (1, 1, 1)) == 1


def test_lesions_that_two_reads_have_must_be_found_and_what_none_has_is_false() -> None:
    reads = (SQUARE | ELSEWHERE, SQUARE, SQUARE, NOTHING)
    assert found_lesions(SQUARE, reads, VOXEL_ML) == (1, 1, 0)
    assert found_lesions(ELSEWHERE, reads, VOXEL_ML) == (1, 0, 0)
    assert found_lesions(ELSEWHERE, (SQUARE, SQUARE), VOXEL_ML) == (1, 0, 1)
    speck = box(slice(5, 6), slice(0, 1), slice(0, 2))
    assert found_lesions(SQUARE | speck, reads, VOXEL_ML) == (1, 1, 0)
