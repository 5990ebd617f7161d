"""Move the joint, the border of quadrants and marrow on a map of quadrants, slice by slice.

Rows run along the height of a joint and columns across it, as in semicoronal and axial slices.
What is moved on one slice is carried to its neighbours, less and less with their distance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidVoxels
from mri_bme.sacroiliac import FACING_MM, QUADRANTS, REGIONS, Bone, Level, Quadrant, Side
from mri_bme.volume import FloatArray, VolumeGeometry

HANDLE_EVERY_MM = 9.0  # along the height of a joint
MIN_JOINT_ROWS = 3
FARTHEST_REACH = 4  # slices

Labels = NDArray[np.uint8]
_LABEL_OF = {quadrant: label for label, quadrant in QUADRANTS.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class JointRows:
    """Rows of one slice in which sacrum and ilium face each other, and their edges.

    Columns count towards the ilium: `sacral` is the last voxel of the sacrum and `iliac` the
    first of the ilium in each row.
    """

    rows: NDArray[np.intp]
    sacral: NDArray[np.intp]
    iliac: NDArray[np.intp]

    @property
    def middle(self) -> FloatArray:
        """Column of the joint in each row, halfway between the bones."""
        return np.asarray((self.sacral + self.iliac) / 2, dtype=np.float64)


def is_movable(geometry: VolumeGeometry) -> bool:
    """Tell whether columns run from side to side, so that rows cross the joints."""
    return int(np.abs(geometry.directions[0]).argmax()) == 2


def joint_rows(labels: Labels, side: Side, geometry: VolumeGeometry) -> JointRows:
    """Find where the bones of a side face each other on a slice, of shape (rows, columns)."""
    outward = _outward(labels, side, geometry)
    sacrum = np.isin(outward, REGIONS[f"{side}_{Bone.SACRUM}"])
    ilium = np.isin(outward, REGIONS[f"{side}_{Bone.ILIUM}"])
    last = outward.shape[1] - 1 - np.argmax(sacrum[:, ::-1], axis=1)
    first = np.argmax(ilium, axis=1)
    gap_mm = (first - last) * geometry.spacing_mm[2]
    facing = sacrum.any(axis=1) & ilium.any(axis=1) & (gap_mm > 0) & (gap_mm <= FACING_MM)
    rows = np.flatnonzero(facing)
    return JointRows(rows=rows, sacral=last[rows], iliac=first[rows])


def _outward(labels: Labels, side: Side, geometry: VolumeGeometry) -> Labels:
    """Turn a slice so that columns run from the midline to the ilium of a side; a view."""
    return labels if _runs_outward(side, geometry) else labels[:, ::-1]


def _runs_outward(side: Side, geometry: VolumeGeometry) -> bool:
    """Whether columns run from the midline to the ilium of a side."""
    return bool((geometry.directions[0, 2] > 0) == (side is Side.LEFT))


def joint_line(labels: Labels, side: Side, geometry: VolumeGeometry) -> list[list[float]]:
    """Give handles (row, column) along the joint on a slice; none where there is no joint."""
    found = joint_rows(labels, side, geometry)
    if len(found.rows) < MIN_JOINT_ROWS:
        return []
    column = found.middle
    if not _runs_outward(side, geometry):
        column = labels.shape[1] - 1 - column
    length_mm = (found.rows[-1] - found.rows[0]) * geometry.spacing_mm[1]
    n_handles = max(2, int(length_mm // HANDLE_EVERY_MM) + 1)
    at = np.linspace(found.rows[0], found.rows[-1], n_handles)
    return [[float(r), float(np.interp(r, found.rows, column))] for r in at]


def border_row(labels: Labels, side: Side, geometry: VolumeGeometry) -> float | None:
    """Give the row between upper and lower quadrants of a side; None where one is missing."""
    if int(np.abs(geometry.directions[:, 1]).argmax()) != 2:  # rows do not run from head to foot
        return None
    upper, lower = (_rows_of(labels, side, level) for level in Level)
    if not upper.any() or not lower.any():
        return None
    first, second = (upper, lower) if _runs_down(geometry) else (lower, upper)
    wrong_above, wrong_below = np.cumsum(second), np.cumsum(first[::-1])[::-1]
    n_wrong = wrong_above[:-1] + wrong_below[1:]
    return float(np.argmin(n_wrong)) + 0.5


def _runs_down(geometry: VolumeGeometry) -> bool:
    """Whether rows run from head to foot."""
    return bool(geometry.directions[2, 1] < 0)


def _rows_of(labels: Labels, side: Side, level: Level) -> NDArray[np.intp]:
    of_level = [n for n, q in QUADRANTS.items() if q.side is side and q.level is level]
    return np.asarray(np.isin(labels, of_level).sum(axis=1), dtype=np.intp)


def moved_joint(
    quadrants: Labels,
    geometry: VolumeGeometry,
    *,
    side: Side,
    index: int,
    line: Sequence[tuple[float, float]],
    reach: int,
) -> Labels:
    """Move the joint of a side to a line on one slice.

    The edges of sacrum and ilium move with the joint by the same number of voxels, so that what
    lies between them stays as wide; marrow that the joint crosses goes to the other bone.

    Parameters
    ----------
    quadrants : uint8 array of shape (slices, rows, columns)
    geometry : VolumeGeometry
        Of the map.
    side : Side
    index : int
        The slice.
    line : sequence of (row, column)
        Where the joint is to lie, at least two points.
    reach : int
        Slices to either side that follow, by a share that falls to nothing beyond the last.

    Raises
    ------
    InvalidVoxels
        If there is no joint on the slice, or the line does not reach along it.
    """
    near = list(_near(index, reach, quadrants.shape[0]))
    found = joint_rows(quadrants[index], side, geometry)
    if len(found.rows) < MIN_JOINT_ROWS:
        raise InvalidVoxels("there is no joint on this slice; draw marrow on both of its sides")
    points = np.array(sorted(line), dtype=np.float64)
    wanted = points[:, 1]
    if not _runs_outward(side, geometry):
        wanted = quadrants.shape[2] - 1 - wanted
    inside = (found.rows >= points[0, 0]) & (found.rows <= points[-1, 0])
    if not inside.any():
        raise InvalidVoxels("the line lies beyond the joint of this slice")
    by = np.interp(found.rows, points[:, 0], wanted) - found.middle
    by_row = dict(zip(found.rows[inside].tolist(), by[inside].tolist(), strict=True))
    moved = quadrants.copy()
    for other, share in near:
        _move_rows(moved[other], side, geometry, {r: share * d for r, d in by_row.items()})
    return moved


def _near(index: int, reach: int, n_slices: int) -> Iterator[tuple[int, float]]:
    """Slices that follow what was done on one, and by what share."""
    if not 0 <= index < n_slices:
        raise InvalidVoxels("there is no such slice")
    reach = min(max(reach, 0), FARTHEST_REACH)
    for other in range(max(index - reach, 0), min(index + reach, n_slices - 1) + 1):
        yield other, 1 - abs(other - index) / (reach + 1)


def _move_rows(
    labels: Labels, side: Side, geometry: VolumeGeometry, by_row: Mapping[int, float]
) -> None:
    found, outward = joint_rows(labels, side, geometry), _outward(labels, side, geometry)
    last = outward.shape[1] - 1
    for row, sacral, iliac in zip(
        found.rows.tolist(), found.sacral.tolist(), found.iliac.tolist(), strict=True
    ):
        by = round(by_row.get(row, 0.0))
        if not by:
            continue
        line = outward[row]
        of_sacrum, of_ilium = int(line[sacral]), int(line[iliac])
        new_sacral, new_iliac = np.clip([sacral + by, iliac + by], 0, last)
        if by > 0:
            line[sacral + 1 : new_sacral + 1] = of_sacrum
        else:
            line[new_iliac:iliac] = of_ilium
        line[new_sacral + 1 : new_iliac] = 0


def moved_border(
    quadrants: Labels,
    geometry: VolumeGeometry,
    *,
    side: Side,
    index: int,
    row: float,
    reach: int,
) -> Labels:
    """Move the border between upper and lower quadrants of a side to a row of one slice.

    Raises
    ------
    InvalidVoxels
        If the slice has no such border.
    """
    near = list(_near(index, reach, quadrants.shape[0]))
    old = border_row(quadrants[index], side, geometry)
    if old is None:
        raise InvalidVoxels("this slice has no border between upper and lower; paint marrow")
    moved = quadrants.copy()
    for other, share in near:
        there = border_row(quadrants[other], side, geometry)
        if there is not None:
            _level_by(moved[other], side, there + share * (row - old), geometry)
    return moved


def _level_by(labels: Labels, side: Side, row: float, geometry: VolumeGeometry) -> None:
    was, downward = labels.copy(), np.arange(labels.shape[0])[:, None]
    below = downward > row if _runs_down(geometry) else downward < row
    for label, quadrant in QUADRANTS.items():
        if quadrant.side is side:
            is_upper = quadrant.level is Level.UPPER
            other = Quadrant(side, quadrant.bone, Level.LOWER if is_upper else Level.UPPER)
            labels[(was == label) & (below if is_upper else ~below)] = _LABEL_OF[other]


def lines_told(quadrants: Labels, geometry: VolumeGeometry) -> dict[str, dict[str, list[object]]]:
    """Tell a page the joints and borders of every slice, by side."""
    if not is_movable(geometry):
        return {}
    return {
        side.value: {
            "joint": [joint_line(labels, side, geometry) for labels in quadrants],
            "border": [border_row(labels, side, geometry) for labels in quadrants],
        }
        for side in Side
    }
