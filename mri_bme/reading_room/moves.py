"""Anatomy that a reader moves: joint lines, borders of quadrants, marrow, normal marrow.

Cut-off, candidates and lesions follow, by the code of `run`. A mask that started from the
program's outlines follows too, except for the voxels that the reader put on or took off.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidVoxels
from mri_bme.reading_room.open_case import OpenCase
from mri_bme.reading_room.room import Room
from mri_bme.readings.layers import (
    MASK,
    OUTLINE,
    QUADRANTS,
    REFERENCE,
    Anatomy,
    LayerChange,
    Moved,
    layer_change,
    moved_entry,
)
from mri_bme.readings.move_anatomy import is_movable, moved_border, moved_joint
from mri_bme.readings.reading import anatomy_entry
from mri_bme.readings.strokes import places_from_runs
from mri_bme.sacroiliac import QUADRANTS as QUADRANT_OF_LABEL
from mri_bme.sacroiliac import Side
from mri_bme.volume import VolumeGeometry

Act = Mapping[str, Any]
MOST_POINTS = 100  # of a joint line


def may_move(room: Room, case: OpenCase, visit: str) -> bool:
    """Tell whether the reader can move the anatomy of a visit."""
    return room.task.anatomy and "masks" in room.task.ask and case.anatomy(visit) is not None


def moved(room: Room, case: OpenCase, act: Act, visit: str) -> dict[str, Any]:
    """Move the anatomy of a visit; gives the line of the log.

    Parameters
    ----------
    room, case
        Where, and what is read.
    act : mapping
        ``what`` is ``joint`` (with ``side``, ``slice``, ``line`` of (row, column) and ``reach``),
        ``border`` (``side``, ``slice``, ``row``, ``reach``), ``marrow`` (``label`` 0 to 8, ``on``)
        or ``reference`` (``on``, ``off``).
    visit : str
        Label of the visit.

    Raises
    ------
    InvalidVoxels
        If there is nothing to move, or nothing moves.
    OutputRefused
        If the reading is signed, or the disk does not take it.
    """
    if not may_move(room, case, visit):
        raise InvalidVoxels("the anatomy of this visit cannot be moved here")
    case.kept.reading.check_open()
    held, geometry = case.anatomy(visit), case.subject.grids[visit].geometry
    assert held is not None  # noqa: S101  (may_move)
    after = MOVED[str(act["what"])](held, geometry, act)
    own = [
        layer_change(visit, QUADRANTS, held.quadrants, after.quadrants),
        layer_change(visit, REFERENCE, held.reference, after.reference),
    ]
    if not any(len(change.places) for change in own):
        raise InvalidVoxels("nothing moves by this")
    followed = _followed(case, {**case.kept.reading.moved, visit: after})
    tool = str(act["what"])
    if case.kept.reading.anatomy.get(visit) is not held:
        case.kept.add(anatomy_entry(visit, held))
    return moved_entry(Moved(visit=visit, tool=tool, changes=(*own, *followed)))


def _followed(case: OpenCase, anatomy: Mapping[str, Anatomy]) -> Iterator[LayerChange]:
    """Let masks follow the program's outlines, where the reader did not decide otherwise."""
    reading = case.kept.reading
    if not reading.from_outlines:
        return
    for visit in case.subject.measured_on(anatomy).visits:
        if visit.segmentation is None or visit.label not in reading.outlines:
            continue
        outline, mask = reading.outlines[visit.label], reading.masks[visit.label]
        found = visit.segmentation.mask.voxels
        by_hand = mask != outline
        yield layer_change(visit.label, OUTLINE, outline, found)
        yield layer_change(visit.label, MASK, mask, np.where(by_hand, mask, found))


def _joint(held: Anatomy, geometry: VolumeGeometry, act: Act) -> Anatomy:
    line = act.get("line")
    if not isinstance(line, list) or not 2 <= len(line) <= MOST_POINTS:
        raise InvalidVoxels(f"a joint is a line of 2 to {MOST_POINTS} points")
    points = [(_number(point, 0), _number(point, 1)) for point in line]
    quadrants = moved_joint(
        held.quadrants,
        geometry,
        side=_side(act, geometry),
        index=_whole(act, "slice"),
        line=points,
        reach=_whole(act, "reach"),
    )
    return replace(held, quadrants=quadrants)


def _border(held: Anatomy, geometry: VolumeGeometry, act: Act) -> Anatomy:
    quadrants = moved_border(
        held.quadrants,
        geometry,
        side=_side(act, geometry),
        index=_whole(act, "slice"),
        row=_number(act, "row"),
        reach=_whole(act, "reach"),
    )
    return replace(held, quadrants=quadrants)


def _marrow(held: Anatomy, geometry: VolumeGeometry, act: Act) -> Anatomy:
    del geometry
    label = _whole(act, "label")
    if label and label not in QUADRANT_OF_LABEL:
        raise InvalidVoxels("there is no such quadrant")
    return replace(held, quadrants=_painted(held.quadrants, act.get("on", []), label))


def _reference(held: Anatomy, geometry: VolumeGeometry, act: Act) -> Anatomy:
    del geometry
    put_on = _painted(held.reference, act.get("on", []), 1)
    return replace(held, reference=_painted(put_on, act.get("off", []), 0))


MOVED: Mapping[str, Callable[[Anatomy, VolumeGeometry, Act], Anatomy]] = {
    "joint": _joint,
    "border": _border,
    "marrow": _marrow,
    "reference": _reference,
}
"""Acts that end in another anatomy."""


def _painted(labels: NDArray[Any], runs: Any, label: int) -> NDArray[Any]:
    if not isinstance(runs, list):
        raise InvalidVoxels("a stroke is a list of starts and lengths in whole numbers")
    painted = labels.copy()
    painted.reshape(-1)[places_from_runs(runs, painted.size)] = label
    return painted


def _side(act: Act, geometry: VolumeGeometry) -> Side:
    if not is_movable(geometry):
        raise InvalidVoxels("lines move on slices that show both joints side by side")
    try:
        return Side(str(act.get("side")))
    except ValueError as error:
        raise InvalidVoxels("an act says which joint it moves: left or right") from error


def _whole(act: Act, name: str) -> int:
    value = act.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidVoxels(f"{name} is a whole number")
    return value


def _number(held: Any, name: Any) -> float:
    try:
        value = held[name]
    except (KeyError, IndexError, TypeError) as error:
        raise InvalidVoxels("a place is a row and a column") from error
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e5:
        raise InvalidVoxels("a place is a row and a column in numbers")
    return float(value)
