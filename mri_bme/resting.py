"""Large arrays that nobody looks at now, held in less memory, without losing a bit.

Of a subject with several large scans one is measured at a time, while those of other visits wait.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

LARGE_VOXELS = 1 << 23  # 32 MB as float32; smaller ones are not worth the time

Unpack = Callable[[], NDArray[Any]]
Pack = Callable[[NDArray[Any]], Unpack | None]


class Resting:
    """An object whose large arrays take less memory from `rest` on until they are asked for.

    `PACKED_BY` says for each field how: a function that gives what brings the array back, or None
    where it would lose anything. For frozen dataclasses without slots.
    """

    PACKED_BY: ClassVar[Mapping[str, Pack]] = {}

    def rest(self) -> None:
        """Take less memory until the arrays are asked for again, where nothing is lost by it."""
        for name, pack in self.PACKED_BY.items():
            array = self.__dict__.get(name)
            unpack = None if array is None or array.size < LARGE_VOXELS else pack(array)
            if unpack is not None:
                self.__dict__[f"{name} at rest"] = unpack
                self.__dict__.pop(name, None)

    if not TYPE_CHECKING:  # which knows the fields

        def __getattr__(self, name: str) -> Any:
            """Give an array at rest; called where an attribute is not there."""
            unpack = self.__dict__.get(f"{name} at rest")
            if unpack is not None:
                array = unpack()
                array.setflags(write=False)
                self.__dict__[name] = array
                self.__dict__.pop(f"{name} at rest", None)
            if name not in self.__dict__:
                raise AttributeError(f"a {type(self).__name__} has no {name!r}")
            return self.__dict__[name]  # by now, or from another thread


def as_whole_numbers(voxels: NDArray[np.float32]) -> Unpack | None:
    """Hold whole numbers of 16 bits, as scanners store them, in half the memory."""
    limits = np.iinfo(np.int16)
    packed = np.empty(voxels.shape, dtype=np.int16)
    for target, plane in zip(packed, voxels, strict=True):
        if plane.min() < limits.min or plane.max() > limits.max:
            return None
        target[...] = plane
        if not np.array_equal(target, plane):
            return None
    return _WholeNumbers(packed)


def without_margins(values: NDArray[Any]) -> Unpack | None:
    """Hold an array without the margins in which its edge is only repeated."""
    sides = [_side(values, axis) for axis in range(values.ndim)]
    packed = values[tuple(sides)].copy()
    margins = [(side.start, n - side.stop) for side, n in zip(sides, values.shape, strict=True)]
    unpack = _Margins(packed, margins)
    if not all(np.array_equal(unpack.plane(n), plane) for n, plane in enumerate(values)):
        return None
    return unpack


class _WholeNumbers:
    def __init__(self, packed: NDArray[np.int16]) -> None:
        self.packed = packed

    def __call__(self) -> NDArray[np.float32]:
        return self.packed.astype(np.float32)


class _Margins:
    def __init__(self, packed: NDArray[Any], margins: list[tuple[int, int]]) -> None:
        self.packed, self.margins = packed, margins

    def __call__(self) -> NDArray[Any]:
        n_planes = len(self.packed) + sum(self.margins[0])
        first = self.plane(0)
        values = np.empty((n_planes, *first.shape), dtype=first.dtype)
        for n in range(n_planes):
            values[n] = self.plane(n)
        return values

    def plane(self, n: int) -> NDArray[Any]:
        """One plane of the whole array."""
        held = min(max(n - self.margins[0][0], 0), len(self.packed) - 1)
        return np.pad(self.packed[held], self.margins[1:], mode="edge")


def _side(values: NDArray[Any], axis: int) -> slice:
    """Where along an axis neighbouring planes begin to differ, and end to."""
    along = np.moveaxis(values, axis, 0)
    start, stop = 0, len(along)
    while start < stop - 1 and np.array_equal(along[start], along[start + 1]):
        start += 1
    while stop - 1 > start and np.array_equal(along[stop - 1], along[stop - 2]):
        stop -= 1
    return slice(start, stop)
