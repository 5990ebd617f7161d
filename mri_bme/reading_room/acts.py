"""What a reader does to a case: every act is one line of its log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.agreement import majority, staple
from mri_bme.errors import InvalidVoxels
from mri_bme.findings import EdemaSegmentation
from mri_bme.reading_room.moves import MOVED, moved
from mri_bme.reading_room.open_case import OpenCase, is_same_anatomy
from mri_bme.reading_room.room import Room
from mri_bme.reading_room.told import shows_program
from mri_bme.readings.layers import Anatomy
from mri_bme.readings.reading import stroke_entry
from mri_bme.readings.scores import LONGEST_COMMENT, checked_score
from mri_bme.readings.strokes import places_from_runs, runs_from_places, stroke_between
from mri_bme.readings.tools import filled_between, grown, without_part
from mri_bme.volume import Mask

Bools = NDArray[np.bool_]
Act = Mapping[str, Any]
MOST_REASON = 300  # characters
LONGEST_ID = 64


def do(room: Room, case: OpenCase, act: Act) -> dict[str, Any]:
    """Do what a page asks for, and tell what changed.

    Parameters
    ----------
    act : mapping
        ``what`` (``stroke``, ``grow``, ``reject``, ``accept``, ``fill``, ``clear``, ``take``,
        ``joint``, ``border``, ``marrow``, ``reference``, ``undo``, ``redo``, ``score``, ``sign``,
        ``amend``), ``version`` that the page saw, and what the act needs.

    Raises
    ------
    Outrun
        If the case has changed since the page saw it.
    OutputRefused
        If the reading is signed, or the disk does not take the change.
    InvalidVoxels
        If the act has no meaning.
    """
    what = act.get("what")
    if not isinstance(what, str):
        raise InvalidVoxels("there is no such act")
    version = act.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise InvalidVoxels("an act says which version of the case it saw")
    name = act.get("id", "")
    if not isinstance(name, str) or len(name) > LONGEST_ID:
        raise InvalidVoxels("the name of an act is a short text")
    with case.lock:
        changed = _done(room, case, act, name)
    if what == "sign":
        case.write()  # also where its answer got lost: who reads "signed" finds the files signed
    return changed


def _done(room: Room, case: OpenCase, act: Act, name: str) -> dict[str, Any]:
    before, anatomy = dict(case.kept.reading.masks), case.kept.reading.moved
    if name and name == case.kept.reading.last_id:
        return _changed(case, {}, {})  # sent twice: its answer got lost
    case.kept.check_seen(act["version"])
    entry = _entry(room, case, act)
    case.kept.add({**entry, **({"id": name} if name else {})}, seen=act["version"])
    return _changed(case, before, anatomy)


def _entry(room: Room, case: OpenCase, act: Act) -> dict[str, Any]:
    """Line of the log that an act becomes."""
    what = act.get("what")
    if what in DRAWN:
        return _drawn(room, case, act)
    if what in MOVED:
        return moved(room, case, act, _visit(case, act))
    if what in ("undo", "redo"):
        return {"what": what}
    if what == "score":
        return _scored(case, act)
    if what == "sign":
        _check_read(room, case)
        return {"what": "signed"}
    if what == "amend":
        return {"what": "amended", "reason": _text(act, "reason", MOST_REASON)}
    raise InvalidVoxels("there is no such act")


def _changed(
    case: OpenCase, before: Mapping[str, Bools], anatomy: Mapping[str, Anatomy]
) -> dict[str, Any]:
    reading = case.kept.reading
    changed = {
        place: runs_from_places(np.flatnonzero(reading.masks[label]))
        for place, label in enumerate(case.visits)
        if label not in before or not np.array_equal(before[label], reading.masks[label])
    }
    return {
        "version": reading.version,
        "signed": reading.is_signed,
        "can_undo": bool(reading.done),
        "can_redo": bool(reading.undone),
        "masks": changed,
        "moved": not is_same_anatomy(anatomy, reading.moved),
    }


def _visit(case: OpenCase, act: Act) -> str:
    place = act.get("visit")
    if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < len(case.visits):
        raise InvalidVoxels("an act says which visit it is on")
    return case.visits[place]


def _place(act: Act) -> int:
    place = act.get("at")
    if not isinstance(place, int) or isinstance(place, bool):
        raise InvalidVoxels("an act says which voxel was clicked")
    return place


def _text(act: Act, name: str, longest: int) -> str:
    text = act.get(name)
    if not isinstance(text, str) or not text.strip() or len(text) > longest:
        raise InvalidVoxels(f"a {name} of 1 to {longest} characters is needed")
    return text.strip()


def _drawn(room: Room, case: OpenCase, act: Act) -> dict[str, Any]:
    visit, what = _visit(case, act), str(act["what"])
    mask = case.kept.reading.masks[visit]
    drawn = DRAWN[what](_Asked(room=room, case=case, act=act, visit=visit, mask=mask))
    reason = _text(act, "reason", MOST_REASON) if act.get("reason") else ""
    tool = str(act.get("tool") or what)[:20]
    stroke = stroke_between(mask, drawn, visit=visit, tool=tool, reason=reason)
    return stroke_entry(stroke)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Asked:
    """What is drawn on, and how."""

    room: Room
    case: OpenCase
    act: Act
    visit: str
    mask: Bools

    def check_shown(self, what: str) -> None:
        """Refuse what would tell a blind reader what the program found."""
        if not shows_program(self.room, self.case):
            raise InvalidVoxels(f"{what} is not shown in this task")

    @property
    def found(self) -> EdemaSegmentation | None:
        return self.case.found(self.visit).segmentation


def _stroke(asked: _Asked) -> Bools:
    on = places_from_runs(asked.act.get("on", []), asked.mask.size)
    off = places_from_runs(asked.act.get("off", []), asked.mask.size)
    if asked.act.get("only_above"):
        asked.check_shown("the cut-off")
        on = on[asked.case.above(asked.visit).reshape(-1)[on]]
    drawn = asked.mask.copy()
    flat = drawn.reshape(-1)
    flat[on], flat[off] = True, False
    return drawn


def _grow(asked: _Asked) -> Bools:
    asked.check_shown("the cut-off")
    return grown(asked.mask, asked.case.above(asked.visit), _place(asked.act))


def _reject(asked: _Asked) -> Bools:
    _text(asked.act, "reason", MOST_REASON)
    return without_part(asked.mask, _place(asked.act))


def _accept(asked: _Asked) -> Bools:
    """Take over a lesion or a dropped candidate of the program."""
    asked.check_shown("the program's outlines")
    label, found = asked.act.get("label"), asked.found
    is_kept = asked.act.get("kept")
    labels = None if found is None else (found.lesion_labels if is_kept else found.dropped_labels)
    if labels is None or not isinstance(label, int) or label < 1 or not np.any(labels == label):
        raise InvalidVoxels("there is no such lesion")
    return np.asarray(asked.mask | (labels == label))


def _fill(asked: _Asked) -> Bools:
    geometry = asked.case.subject.grids[asked.visit].geometry
    return filled_between(Mask(geometry=geometry, voxels=asked.mask))


def _clear(asked: _Asked) -> Bools:
    return np.zeros_like(asked.mask)


def _take(asked: _Asked) -> Bools:
    """Take over a reader's mask, or a consensus of all; for the adjudicator."""
    dealt = asked.case.dealt
    if not asked.room.is_adjudicator(dealt.reader):
        raise InvalidVoxels("only the adjudicator takes over readings")
    geometry = asked.case.subject.grids[asked.visit].geometry
    masks = {
        reader: Mask(geometry=geometry, voxels=kept.reading.masks[asked.visit])
        for reader, kept in asked.room.readings_of(dealt.folder).items()
    }
    whose = asked.act.get("whose")
    if not isinstance(whose, str):
        raise InvalidVoxels("there is no such reading")
    if whose in COMBINED:
        return COMBINED[whose](list(masks.values())).voxels.copy()
    if whose not in masks:
        raise InvalidVoxels("there is no such reading")
    return masks[whose].voxels.copy()


COMBINED = {"majority": majority, "staple": staple}

DRAWN: Mapping[str, Callable[[_Asked], Bools]] = {
    "stroke": _stroke,
    "grow": _grow,
    "reject": _reject,
    "accept": _accept,
    "fill": _fill,
    "clear": _clear,
    "take": _take,
}
"""Acts that end in another mask."""


def _scored(case: OpenCase, act: Act) -> dict[str, Any]:
    visit = _visit(case, act)
    name = _text(act, "name", LONGEST_COMMENT)
    value = checked_score(name, act.get("value"))
    before = case.kept.reading.scores.get(visit, {}).get(name)
    return {"what": "score", "visit": visit, "name": name, "value": value, "from": before}


def _check_read(room: Room, case: OpenCase) -> None:
    missing = {
        label: [
            ASKED_WORDS[name]
            for name in _asked(room)
            if _is_missing(name, case.kept.reading.scores.get(label, {}).get(name))
        ]
        for label in case.visits
    }
    told = [
        f"{case.dealt.shown_as[case.dealt.visits.index(label)]}: {', '.join(words)}"
        for label, words in missing.items()
        if words
    ]
    if told:
        raise InvalidVoxels(f"not read yet: {'; '.join(told)}")


ASKED_WORDS = {
    "read": "the tick that all edema is drawn",
    "sparcc": "SPARCC",
    "berlin": "Berlin",
    "asas": "ASAS",
    "impression": "global impression",
    "quality": "image quality",
}
"""What is asked of a visit, as the page calls it."""


def _asked(room: Room) -> list[str]:
    """Scores without which a case is not read; a mask is read when the reader says so."""
    return ["read" if name == "masks" else name for name in room.task.ask]


def _is_missing(name: str, value: Any) -> bool:
    return value is None or (name == "read" and value is False)
