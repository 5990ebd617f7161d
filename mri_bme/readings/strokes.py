"""What a reader draws: sets of voxels put on or taken off, and the way back.

A stroke names voxels by their place in a visit's grid, slice by slice, row by row, from 0: the
place in the array in the order in which slices are shown. Only voxels that change are kept, so
that a stroke undone leaves the mask as it was, to the voxel.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidVoxels

Bools = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stroke:
    """Voxels of one visit that were put on or taken off, by a tool."""

    visit: str
    tool: str
    on: Places
    off: Places
    reason: str = ""

    def undone(self) -> "Stroke":
        """Give the stroke that takes this one back."""
        return Stroke(visit=self.visit, tool=self.tool, on=self.off, off=self.on)

    def drawn_on(self, mask: Bools) -> Bools:
        """Draw it on a mask."""
        drawn = mask.copy()
        flat = drawn.reshape(-1)
        flat[self.on], flat[self.off] = True, False
        return drawn


def stroke_between(before: Bools, after: Bools, *, visit: str, tool: str, **more: str) -> Stroke:
    """Find the stroke that turns one mask into another."""
    return Stroke(
        visit=visit,
        tool=tool,
        on=np.flatnonzero(after & ~before),
        off=np.flatnonzero(before & ~after),
        **more,
    )


def places_from_runs(runs: Sequence[Any], n_voxels: int) -> Places:
    """Turn ``[start, length, start, length, ...]`` into places.

    Raises
    ------
    InvalidVoxels
        If a run is no pair of whole numbers, or leads out of the grid.
    """
    if not isinstance(runs, Sequence) or len(runs) % 2 or not all(type(n) is int for n in runs):
        raise InvalidVoxels("a stroke is a list of starts and lengths in whole numbers")
    if not all(0 <= n <= n_voxels for n in runs):
        raise InvalidVoxels("a stroke leads out of the scan; load the case again")
    starts, lengths = np.array(runs[::2], np.int64), np.array(runs[1::2], np.int64)
    if len(starts) and (
        lengths.min() < 1 or (starts + lengths).max() > n_voxels or lengths.sum() > n_voxels
    ):  # fmt: skip
        raise InvalidVoxels("a stroke leads out of the scan; load the case again")
    ends = np.cumsum(lengths)
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(lengths.sum(), dtype=np.int64)


def runs_from_places(places: Iterable[int] | Places) -> list[int]:
    """Turn places into ``[start, length, ...]``, sorted."""
    found = np.asarray(places, np.int64)
    if np.any(found[1:] <= found[:-1]):
        found = np.unique(found)
    if not len(found):
        return []
    first = np.concatenate([[0], np.flatnonzero(np.diff(found) > 1) + 1])
    lengths = np.diff(first, append=len(found))
    runs: list[int] = np.stack([found[first], lengths], axis=1).reshape(-1).tolist()
    return runs
