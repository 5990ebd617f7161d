"""A reading of one case, as its log tells it: masks, scores, signature, and the way back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidVoxels, OutputRefused, UnreadableInput
from mri_bme.readings.layers import (
    MASK,
    OUTLINE,
    QUADRANTS,
    REFERENCE,
    Anatomy,
    Moved,
    labels_from_runs,
    moved_of_entry,
    runs_by_label,
)
from mri_bme.readings.strokes import Stroke, places_from_runs, runs_from_places
from mri_bme.volume import Shape

IDLE_S = 60.0  # between two acts; a longer pause is no reading
CHANGES = frozenset({"stroke", "moved", "undo", "redo", "score", "signed", "amended"})
"""Kinds of log lines that change a reading, and count as a version of it."""

Bools = NDArray[np.bool_]
Entry = Mapping[str, Any]


class Signed(OutputRefused):
    """A change to a reading that is signed."""


@dataclass(kw_only=True, eq=False)
class Reading:
    """What a reader has drawn and scored of one case so far.

    Parameters
    ----------
    from_outlines : bool
        Whether masks started from the program's outlines, or empty.
    masks : dict
        Mask of each visit, by label.
    outlines : dict
        The program's outline of each visit that the mask started from and follows when anatomy
        is moved; empty for masks that started empty.
    anatomy : dict
        Quadrants and normal marrow of visits where the reader ever moved them.
    scores : dict
        By visit, then by name (`scores.KINDS`).
    version : int
        Changes so far. Whoever changes a reading says which version they saw.
    is_signed : bool
        Locked; an amendment opens it again.
    last_id : str
        Name that whoever made the last change gave it, to know it again when it is sent twice.
    """

    from_outlines: bool
    masks: dict[str, Bools]
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)
    version: int = 0
    is_signed: bool = False
    n_signed: int = 0
    seconds: float = 0.0
    last_id: str = ""
    done: list[Stroke | Moved] = field(default_factory=list)
    undone: list[Stroke | Moved] = field(default_factory=list)
    outlines: dict[str, Bools] = field(default_factory=dict)
    anatomy: dict[str, Anatomy] = field(default_factory=dict)

    @property
    def moved(self) -> dict[str, Anatomy]:
        """Anatomy of the visits at which the reader has moved it, and not taken it back."""
        visits = {act.visit for act in self.done if isinstance(act, Moved) and act.moves_anatomy}
        return {visit: held for visit, held in self.anatomy.items() if visit in visits}

    @property
    def has_masks(self) -> bool:
        """Whether masks were read: not where a reader only scored, and left scans empty.

        Who is asked for masks says of each visit that it was read, also where nothing is drawn.
        """
        if self.from_outlines or self.done or any(mask.any() for mask in self.masks.values()):
            return True
        given = {name: value for told in self.scores.values() for name, value in told.items()}
        given.pop("comment", None)
        return not given or "read" in given

    def as_it_is(self) -> "Reading":
        """Give the reading as it is now, which no later change touches."""
        return replace(
            self,
            masks=dict(self.masks),
            scores={visit: dict(scores) for visit, scores in self.scores.items()},
            done=list(self.done),
            undone=list(self.undone),
            outlines=dict(self.outlines),
            anatomy=dict(self.anatomy),
        )

    def check_open(self) -> None:
        """Raise `Signed` when the reading is locked."""
        if self.is_signed:
            raise Signed("this reading is signed; amend it, with a reason, to change it")


def opening(masks: Mapping[str, Bools], *, from_outlines: bool) -> dict[str, Any]:
    """Give the first line of a log: the masks that a reading starts from."""
    return {
        "what": "opened",
        "from_outlines": from_outlines,
        "start": {
            visit: {"shape": list(mask.shape), "on": runs_from_places(np.flatnonzero(mask))}
            for visit, mask in masks.items()
        },
    }


def anatomy_entry(visit: str, anatomy: Anatomy) -> dict[str, Any]:
    """Give the line of the anatomy that moves start from, as the program has it."""
    return {
        "what": "anatomy",
        "visit": visit,
        QUADRANTS: runs_by_label(anatomy.quadrants),
        REFERENCE: runs_from_places(np.flatnonzero(anatomy.reference)),
    }


def stroke_entry(stroke: Stroke) -> dict[str, Any]:
    """Give the line of a stroke."""
    return {
        "what": "stroke",
        "visit": stroke.visit,
        "tool": stroke.tool,
        "on": runs_from_places(stroke.on),
        "off": runs_from_places(stroke.off),
        **({"reason": stroke.reason} if stroke.reason else {}),
    }


def replayed(lines: Iterable[Entry]) -> Reading | None:
    """Take up a reading from its log; None when it was never opened.

    Raises
    ------
    UnreadableInput
        If a line cannot follow the ones before it.
    """
    reading: Reading | None = None
    before: datetime | None = None
    for line in lines:
        try:
            now = datetime.fromisoformat(line["at"])
            if reading is None:
                reading = _opened(line)
            else:
                follow(reading, line)
                reading.seconds += _active(before, now)
        except (KeyError, TypeError, ValueError, IndexError, InvalidVoxels) as error:
            raise UnreadableInput(
                f"a log of a reading holds a line ({line.get('what')}) that does not follow from "
                "those before; take it from a backup"
            ) from error
        before = now
    return reading


def _active(before: datetime | None, now: datetime) -> float:
    gap = (now - before).total_seconds() if before is not None else 0.0
    return gap if 0 <= gap <= IDLE_S else 0.0


def _opened(line: Entry) -> Reading:
    if line["what"] != "opened":
        raise ValueError("a log starts with its opening")
    masks = {}
    for visit, start in line["start"].items():
        mask = np.zeros(_shape(start["shape"]), dtype=bool)
        mask.reshape(-1)[places_from_runs(start["on"], mask.size)] = True
        masks[visit] = mask
    from_outlines = bool(line["from_outlines"])
    outlines = dict(masks) if from_outlines else {}
    return Reading(from_outlines=from_outlines, masks=masks, outlines=outlines)


def _shape(numbers: Iterable[int]) -> Shape:
    slices, rows, columns = (int(n) for n in numbers)
    return slices, rows, columns


def follow(reading: Reading, line: Entry) -> None:
    """Do to a reading what a line of its log says."""
    what = line["what"]
    if what in ("stroke", "moved"):
        act = _stroke(reading, line) if what == "stroke" else _moved(reading, line)
        _draw(reading, act)
        reading.done.append(act)
        reading.undone.clear()
    elif what == "undo":
        act = reading.done.pop()
        _draw(reading, act.undone())
        reading.undone.append(act)
    elif what == "redo":
        act = reading.undone.pop()
        _draw(reading, act)
        reading.done.append(act)
    elif what == "anatomy":
        reading.anatomy[line["visit"]] = _anatomy(reading, line)
    elif what == "score":
        reading.scores.setdefault(line["visit"], {})[line["name"]] = line["value"]
    elif what in ("signed", "amended"):
        reading.is_signed = what == "signed"
        reading.n_signed += what == "signed"
    if what in CHANGES:
        reading.version += 1
        reading.last_id = str(line.get("id", ""))


def _stroke(reading: Reading, line: Entry) -> Stroke:
    n_voxels = reading.masks[line["visit"]].size
    return Stroke(
        visit=line["visit"],
        tool=line["tool"],
        on=places_from_runs(line["on"], n_voxels),
        off=places_from_runs(line["off"], n_voxels),
        reason=line.get("reason", ""),
    )


def _moved(reading: Reading, line: Entry) -> Moved:
    return moved_of_entry(line, {visit: mask.size for visit, mask in reading.masks.items()})


def _anatomy(reading: Reading, line: Entry) -> Anatomy:
    mask = reading.masks[line["visit"]]
    reference = np.zeros(mask.shape, dtype=bool)
    reference.reshape(-1)[places_from_runs(line[REFERENCE], mask.size)] = True
    shape = _shape(mask.shape)
    return Anatomy(quadrants=labels_from_runs(line[QUADRANTS], shape), reference=reference)


def _draw(reading: Reading, act: Stroke | Moved) -> None:
    if isinstance(act, Stroke):
        reading.masks[act.visit] = act.drawn_on(reading.masks[act.visit])
        return
    for change in act.changes:
        visit, anatomy = change.visit, reading.anatomy.get(change.visit)
        if change.layer == MASK:
            reading.masks[visit] = change.drawn_on(reading.masks[visit])
        elif change.layer == OUTLINE:
            reading.outlines[visit] = change.drawn_on(reading.outlines[visit])
        elif anatomy is not None:
            held = change.drawn_on(getattr(anatomy, change.layer))
            reading.anatomy[visit] = replace(anatomy, **{change.layer: held})
