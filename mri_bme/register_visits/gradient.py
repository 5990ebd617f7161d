"""How intensities rise per mm at some points of a box, without an array of it for every axis.

Of a large scan the three arrays of a gradient take more than the scan, and are looked up at some
thousands of points only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.volume import FloatArray, VolumeGeometry

FloatVoxels = NDArray[np.float32]
Box = tuple[slice, slice, slice]
N_SLICES_AT_ONCE = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Gradient:
    """What the gradient within a box is taken from.

    `voxels` are those of the box and, where there are any, their neighbours; `within` is the
    place of the box in them. `slope_mm` (3 x 3) turns differences between neighbours into slopes
    per LPS mm. Differences are central, and one-sided where `voxels` end.
    """

    voxels: FloatVoxels
    within: Box
    slope_mm: FloatVoxels

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the box."""
        return tuple(side.stop - side.start for side in self.within)

    def by_slices(self) -> Iterator[tuple[slice, FloatVoxels]]:
        """Yield the gradient (3, ...) of some slices of the box at a time."""
        first, last = self.within[0].start, self.within[0].stop
        for start in range(first, last, N_SLICES_AT_ONCE):
            part = slice(start, min(start + N_SLICES_AT_ONCE, last)), *self.within[1:]
            around = tuple(
                slice(max(side.start - 1, 0), min(side.stop + 1, n))
                for side, n in zip(part, self.voxels.shape, strict=True)
            )
            middle = tuple(
                slice(p.start - a.start, p.stop - a.start)
                for p, a in zip(part, around, strict=True)
            )
            found: Any = np.gradient(self.voxels[around])  # one array per axis
            steps = [step[middle] for step in found]
            yield slice(start - first, part[0].stop - first), np.stack(self._per_mm(steps))

    def at(self, index: FloatArray) -> FloatArray:
        """Interpolate the gradient linearly at (3, n) indices of the box; 0 beyond it.

        To the last bit what `scipy.ndimage.map_coordinates` makes of the whole gradient.
        """
        below = np.floor(index)
        share = index - below
        low = 1.0 - share
        weights = (low, 1.0 - low)
        lowest = below.astype(np.intp)
        total = np.zeros((3, index.shape[1]))
        sides = np.array(self.shape)[:, None]
        for corner in product((0, 1), repeat=3):
            place = lowest + np.array(corner)[:, None]
            is_inside = ((place >= 0) & (place < sides)).all(axis=0)
            values = np.zeros_like(total)
            values[:, is_inside] = self._at_voxels(place[:, is_inside])
            for axis, side in enumerate(corner):
                values *= weights[side][axis]
            total += values
        return total

    def _at_voxels(self, place: NDArray[np.intp]) -> list[FloatVoxels]:
        slices, rows, columns = (
            row + side.start for row, side in zip(place, self.within, strict=True)
        )
        _, n_rows, n_columns = self.voxels.shape
        at = (slices * n_rows + rows) * n_columns + columns  # in memory: looked up twice as fast
        return self._per_mm(
            [
                self._difference(at, own, n, step)
                for own, n, step in zip(
                    (slices, rows, columns),
                    self.voxels.shape,
                    (n_rows * n_columns, n_columns, 1),
                    strict=True,
                )
            ]
        )

    def _difference(
        self, at: NDArray[np.intp], own: NDArray[np.intp], n: int, step: int
    ) -> FloatVoxels:
        """Difference to the neighbours along an axis, as `numpy.gradient` takes it.

        Voxels lie `at` places in memory, which are `own` of `n` along the axis, `step` apart.
        """
        has_before, has_after = own > 0, own < n - 1
        values = self.voxels.reshape(-1)
        difference = values.take(at + step * has_after) - values.take(at - step * has_before)
        return np.where(has_before & has_after, difference / np.float32(2), difference)

    def _per_mm(self, steps: list[FloatVoxels]) -> list[FloatVoxels]:
        slopes = []
        for axis in range(3):
            total = self.slope_mm[axis, 0] * steps[0] + self.slope_mm[axis, 1] * steps[1]
            total += self.slope_mm[axis, 2] * steps[2]
            slopes.append(total)
        return slopes


def gradient_within(voxels: FloatVoxels, geometry: VolumeGeometry, box: Box) -> Gradient:
    """Keep what is needed of the voxels of a grid to differentiate them within a box."""
    around = tuple(
        slice(max(side.start - 1, 0), min(side.stop + 1, n))
        for side, n in zip(box, voxels.shape, strict=True)
    )
    first, second, third = (
        slice(side.start - a.start, side.stop - a.start)
        for side, a in zip(box, around, strict=True)
    )
    return Gradient(
        voxels=voxels[around].copy(),
        within=(first, second, third),
        slope_mm=np.asarray(geometry.directions / np.array(geometry.spacing_mm), dtype=np.float32),
    )
