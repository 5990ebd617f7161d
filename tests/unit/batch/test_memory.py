"""A subject's peak of memory is its own, not that of a larger one before it."""

import sys

import numpy as np
import pytest

from mri_bme.batch.memory import forget_peak, give_back_memory, peak_memory_mb

LARGE_MB = 200


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a peak start again")
def test_a_peak_does_not_outlive_its_subject() -> None:
    forget_peak()
    before = peak_memory_mb()
    large = np.ones(LARGE_MB << 17)
    with_large = peak_memory_mb()
    assert with_large > before + LARGE_MB * 0.9
    del large
    assert peak_memory_mb() > with_large - 1  # it stays until it is forgotten
    forget_peak()
    assert peak_memory_mb() < with_large - LARGE_MB * 0.9


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is asked")
def test_small_arrays_that_were_freed_go_back_to_the_system() -> None:
    small = [np.ones(1 << 13) for _ in range(LARGE_MB << 4)]
    last = np.ones(1 << 13)  # above them on the heap, so that it cannot shrink by itself
    del small
    forget_peak()
    held = peak_memory_mb()
    give_back_memory()
    forget_peak()
    assert peak_memory_mb() < held - LARGE_MB * 0.8
    assert last.all()
