"""Arrays of zeros that take memory only where somebody writes into them.

The system gives a page of memory when it is first written to. Large arrays of numpy ask it for
pages of 2 MB, so that a few rows of every slice of a map would take the whole map.
"""

import ctypes
import mmap
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGE_BYTES = 1 << 22  # numpy asks for large pages from here on


def sparse_zeros(shape: Sequence[int], dtype: Any) -> NDArray[Any]:
    """Make an array of zeros, most of which will never be written.

    Examples
    --------
    >>> sparse_zeros((2, 3), np.uint8).any()
    np.False_
    """
    zeros = np.zeros(shape, dtype=dtype)
    if _madvise is not None and zeros.nbytes >= LARGE_BYTES:
        first = -(-zeros.ctypes.data // mmap.PAGESIZE) * mmap.PAGESIZE
        length = zeros.ctypes.data + zeros.nbytes - first
        _madvise(first, length // mmap.PAGESIZE * mmap.PAGESIZE, mmap.MADV_NOHUGEPAGE)
    return zeros


def _madvise_of_the_system() -> Any:
    """Find the function of the C library, on Linux alone; advice that fails does no harm."""
    if sys.platform != "linux":
        return None
    with suppress(AttributeError, OSError):
        found = ctypes.CDLL(None).madvise
        found.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        return found
    return None


_madvise = _madvise_of_the_system()
