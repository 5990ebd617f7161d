"""What rests takes less memory, and comes back to the last bit."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mri_bme.resting import as_whole_numbers, without_margins

RNG = np.random.default_rng(3)


def distances(shape: tuple[int, int, int], margins: tuple[tuple[int, int], ...]) -> NDArray:
    inner = RNG.normal(size=shape).astype(np.float32)
    return np.ascontiguousarray(np.pad(inner, margins, mode="edge"))


@pytest.mark.parametrize("margins", [((2, 3), (4, 1), (0, 5)), ((0, 0), (0, 0), (0, 0))])
@pytest.mark.parametrize("flip", [False, True])
def test_margins_that_repeat_the_edge_are_not_held(margins, *, flip: bool) -> None:
    values = distances((6, 7, 8), margins)
    if flip:
        values = np.ascontiguousarray(values[::-1].transpose(0, 2, 1))
    unpack = without_margins(values)
    assert unpack is not None
    assert sorted(unpack.packed.shape) == [6, 7, 8]
    assert np.array_equal(unpack(), values)
    assert unpack().dtype == np.float32


def test_an_array_all_of_one_value_is_one_voxel() -> None:
    unpack = without_margins(np.full((4, 5, 6), 2.5, dtype=np.float32))
    assert unpack is not None
    assert unpack.packed.size == 1
    assert np.array_equal(unpack(), np.full((4, 5, 6), 2.5))


def test_margins_that_differ_anywhere_are_held() -> None:
    values = distances((6, 7, 8), ((2, 3), (4, 1), (0, 5)))
    values[0, 0, -1] += 1
    unpack = without_margins(values)
    assert unpack is None or np.array_equal(unpack(), values)


@pytest.mark.parametrize("odd", [0.5, 32768.0, -32769.0])
def test_numbers_that_16_bits_do_not_hold_stay(odd: float) -> None:
    whole = RNG.integers(-32768, 32768, (3, 4, 5)).astype(np.float32)
    unpack = as_whole_numbers(whole)
    assert unpack is not None
    assert np.array_equal(unpack(), whole)
    whole[1, 2, 3] = odd
    assert as_whole_numbers(whole) is None
