"""Zeros that nobody wrote take no memory, even beside rows that somebody did."""

import sys
from pathlib import Path

import numpy as np
import pytest

from mri_bme.sparse import sparse_zeros

KILOBYTES_PER_MB = 1024


def resident_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    (found,) = (line for line in lines if line.startswith("RssAnon:"))
    return int(found.split()[1]) / KILOBYTES_PER_MB


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is resident")
def test_rows_written_in_every_slice_take_their_own_memory_alone() -> None:
    before = resident_mb()
    array = sparse_zeros((100, 512, 512), np.float32)  # 100 MB
    array[:, 100:110] = 1
    assert resident_mb() - before < 10
    assert array.sum() == 100 * 10 * 512


@pytest.mark.parametrize("shape", [(0, 3), (2, 3), (5, 1000, 1001)])
def test_they_are_zeros_of_their_type(shape: tuple[int, ...]) -> None:
    array = sparse_zeros(shape, np.int16)
    assert array.dtype == np.int16
    assert array.shape == shape
    assert not array.any()
