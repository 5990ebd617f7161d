"""What a browser is told of a case: no more than its reader may know.

A blind reader is told neither subject, visit, date nor arm, nor what the program or another
reader found. It is left out here, on the server: what does not reach the browser cannot be
looked up in its traffic or its memory.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mri_bme.findings import Lesion
from mri_bme.pipeline import VisitResult
from mri_bme.reading_room.calibration import consensus_of, progress
from mri_bme.reading_room.moves import may_move
from mri_bme.reading_room.open_case import OpenCase
from mri_bme.reading_room.room import Room
from mri_bme.reading_room.sent import grey_scale, t1_grey_scale
from mri_bme.readings.deal import Dealt
from mri_bme.readings.measured import numbers_of
from mri_bme.readings.move_anatomy import lines_told
from mri_bme.readings.scores import N_SPARCC_SLICES, berlin_total, sparcc_total
from mri_bme.readings.shelf import find_readings
from mri_bme.readings.strokes import runs_from_places
from mri_bme.sacroiliac import QUADRANTS
from mri_bme.volume import VolumeGeometry

LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))  # towards larger, smaller x, y, z
OBLIQUE = 0.35  # cosine: from 20 degrees on, an edge has the letter of a second axis


def shows_program(room: Room, case: OpenCase) -> bool:
    """Tell whether the reader may see what the program found, as things stand."""
    if room.is_adjudicator(case.dealt.reader):
        return room.task.outlines != "never"
    if room.task.outlines == "after":
        return case.kept.reading.n_signed > 0
    return room.task.outlines == "before"


def tell_list(room: Room, reader: str) -> list[dict[str, Any]]:
    """Tell a reader their cases, in their order."""
    return [
        {
            "code": dealt.code,
            "number": number,
            "name": _name(room, dealt, number),
            "state": room.state_of(dealt),
        }
        for number, dealt in enumerate(room.dealt_to(reader), start=1)
    ]


def _name(room: Room, dealt: Dealt, number: int) -> str:
    return f"Case {number}" if room.task.is_blind else dealt.folder


def tell_case(room: Room, case: OpenCase) -> dict[str, Any]:
    """Tell everything that a page needs to show a case, but its voxels."""
    reading = case.kept.reading
    told: dict[str, Any] = {
        "code": case.dealt.code,
        "version": reading.version,
        "signed": reading.is_signed,
        "can_undo": bool(reading.done),
        "can_redo": bool(reading.undone),
        "shows_program": shows_program(room, case),
        "visits": [
            _tell_visit(room, case, place, visit) for place, visit in enumerate(case.visits)
        ],
    }
    if room.is_adjudicator(case.dealt.reader):
        told["readings"] = _tell_readings(room, case)
        reasons = room.reasons_to_adjudicate().get(case.dealt.folder, ())
        told["reasons"] = [_shown(case, reason) for reason in reasons]
    if room.task.calibration and reading.is_signed:
        held = list(find_readings(room.out, folder=case.dealt.folder))
        truth = consensus_of(held, case.dealt.folder, asked=room.task.ask)
        told["consensus"] = [truth.get(label, {}) for label in case.visits]
    return told


def tell_progress(room: Room, reader: str) -> dict[str, Any] | None:
    """Tell a reader who practises how far they are; None where nobody does."""
    if not room.task.calibration:
        return None
    task = room.task
    return progress(list(find_readings(room.out)), reader, target=task.target_icc, asked=task.ask)


def _shown(case: OpenCase, text: str) -> str:
    """Call visits in a text as the reader knows them."""
    for visit, shown in zip(case.dealt.visits, case.dealt.shown_as, strict=True):
        if text.startswith(f"{visit}:"):
            return shown + text.removeprefix(visit)
    return text


def _tell_visit(room: Room, case: OpenCase, place: int, label: str) -> dict[str, Any]:
    result = case.found(label)
    geometry = case.subject.grids[label].geometry
    reading = case.kept.reading
    shown_as = case.dealt.shown_as[case.dealt.visits.index(label)]
    told: dict[str, Any] = {
        "name": shown_as,
        "shape": list(geometry.shape),
        "spacing_mm": list(geometry.spacing_mm),
        "letters": edges_of(geometry),
        "volume": f"api/case/{case.dealt.code}/volume/{place}",
        "marrow": f"api/case/{case.dealt.code}/marrow/{place}",
        **_tell_t1(case, place, result),
        **_tell_anatomy(room, case, place, label),
        "greys": grey_scale(result),
        "slices_beside": _slices_beside(case, label),
        "mask": runs_from_places(np.flatnonzero(reading.masks[label])),
        "scores": reading.scores.get(label, {}),
        "first_sparcc": _first_sparcc(result),
    }
    if shows_program(room, case):
        told["program"] = _tell_program(case, result, label)
        told["doubts"] = [*result.appearance.impossible, *result.appearance.doubts]
    return told


def _tell_t1(case: OpenCase, place: int, result: VisitResult) -> dict[str, Any]:
    """Where T1W of a visit is, which lies on the same voxels, and how its grey values are sent."""
    t1, volume = result.visit.t1, result.visit.volume
    if t1 is None or volume is None or not t1.geometry.matches(volume.geometry):
        return {}
    return {"t1": f"api/case/{case.dealt.code}/t1/{place}", "t1_greys": t1_grey_scale(t1)}


def _tell_anatomy(room: Room, case: OpenCase, place: int, label: str) -> dict[str, Any]:
    """Joints and borders that can be moved, and where normal marrow is."""
    anatomy = case.anatomy(label)
    if anatomy is None or not may_move(room, case, label):
        return {}
    return {
        "reference": f"api/case/{case.dealt.code}/reference/{place}",
        "lines": lines_told(anatomy.quadrants, case.subject.grids[label].geometry),
        "moved": label in case.kept.reading.moved,
    }


def edges_of(geometry: VolumeGeometry) -> dict[str, str]:
    """Where the edges of a slice lie in the patient: two letters where it is oblique."""

    def towards(axis: int, sign: int) -> str:
        direction = geometry.directions[:, axis] * sign
        mains = sorted(
            np.flatnonzero(np.abs(direction) > OBLIQUE), key=lambda n: -abs(direction[n])
        )
        return "".join(LETTERS[n][0 if direction[n] > 0 else 1] for n in mains)

    return {
        "up": towards(1, -1),
        "down": towards(1, 1),
        "left": towards(2, -1),
        "right": towards(2, 1),
        "next": towards(0, 1),
    }


def _slices_beside(case: OpenCase, label: str) -> list[list[int]]:
    """For every slice, the one of each visit that lies at the same place in the body."""
    own = case.subject.grids[label].geometry
    middle = [(own.shape[1] - 1) / 2, (own.shape[2] - 1) / 2]
    points = own.points_lps([[k, *middle] for k in range(own.shape[0])])
    at_baseline = _baseline_points(case, label, points)
    beside = []
    for other in case.visits:
        grid = case.subject.grids[other].geometry
        there = grid.indices_of(_points_from_baseline(case, other, at_baseline))[:, 0]
        beside.append(np.clip(np.rint(there), 0, grid.shape[0] - 1).astype(int).tolist())
    return [list(slices) for slices in zip(*beside, strict=True)]


def _baseline_points(case: OpenCase, label: str, points: Any) -> Any:
    registration = case.subject.result.registrations.get(label)
    if registration is None or not registration.quality.accepted:
        return points
    return registration.moving_from_fixed.inverse().apply(points)


def _points_from_baseline(case: OpenCase, label: str, points: Any) -> Any:
    registration = case.subject.result.registrations.get(label)
    if registration is None or not registration.quality.accepted:
        return points
    return registration.moving_from_fixed.apply(points)


def _first_sparcc(result: VisitResult) -> int:
    """First of the six slices that are scored: it hangs on the joint alone, not on edema."""
    if result.burden is not None and result.burden.sparcc_slices:
        return result.burden.sparcc_slices[0].index
    n_slices = 0 if result.visit.volume is None else result.visit.volume.geometry.shape[0]
    return max((n_slices - N_SPARCC_SLICES) // 2, 0)


def _tell_program(case: OpenCase, result: VisitResult, label: str) -> dict[str, Any]:
    found = result.segmentation
    if found is None or result.burden is None:
        return {"reason": result.reason}
    lesions = [_tell_lesion(lesion, found.lesion_labels, kept=True) for lesion in found.lesions]
    if found.dropped_labels is not None:
        lesions += [
            _tell_lesion(lesion, found.dropped_labels, kept=False) for lesion in found.dropped
        ]
    return {
        "above": runs_from_places(np.flatnonzero(case.above(label))),
        "mask": runs_from_places(np.flatnonzero(found.mask.voxels)),
        "lesions": lesions,
        "edema_ml": result.burden.regions["total"].edema_ml,
        "sparcc_estimate": result.burden.sparcc_estimate,
        "berlin_estimate": result.burden.berlin_estimate,
        "sparcc_slices": [
            {
                "index": one.index,
                "quadrants": list(one.quadrants),
                "intense": list(one.intense),
                "deep": list(one.deep),
            }
            for one in result.burden.sparcc_slices
        ],
    }


def _tell_lesion(lesion: Lesion, labels: Any, *, kept: bool) -> dict[str, Any]:
    places = np.flatnonzero(labels == lesion.label)
    slices = places // (labels.shape[1] * labels.shape[2])
    return {
        "label": lesion.label,
        "kept": kept,
        "quadrant": QUADRANTS[lesion.quadrant].name.replace("_", " "),
        "volume_ml": lesion.volume_ml,
        "reason": lesion.reason,
        "slice": int(np.bincount(slices).argmax()) if len(slices) else 0,
        "on": runs_from_places(places),
    }


def _tell_readings(room: Room, case: OpenCase) -> list[dict[str, Any]]:
    """Tell the adjudicator what each reader drew and scored, and what it came to when signed."""
    told = []
    signed = {
        place.reader: summary["visits"]
        for place, summary in find_readings(room.out)
        if place.folder == case.dealt.folder and place.is_first and summary["signed"]
    }
    for reader, kept in room.readings_of(case.dealt.folder).items():
        told.append(
            {
                "reader": reader,
                "visits": [
                    {
                        "mask": runs_from_places(np.flatnonzero(kept.reading.masks[label])),
                        "edema_ml": signed[reader][label].get("edema_ml"),
                        "sparcc": sparcc_total(kept.reading.scores.get(label, {}).get("sparcc")),
                    }
                    for label in case.visits
                ],
            }
        )
    return told


def tell_numbers(room: Room, case: OpenCase) -> dict[str, Any]:
    """Tell what a reading comes to; nothing to a blind reader who has not signed."""
    measured = case.measured()
    reading = measured.reading
    told: dict[str, Any] = {
        "version": reading.version,
        "written": case.written,
        "trouble": case.trouble,
        "scores": [_totals(reading.scores.get(label, {})) for label in case.visits],
    }
    if not shows_program(room, case):
        return told
    numbers = numbers_of(measured.result)
    told["visits"] = [numbers["visits"][label] for label in case.visits]
    if room.task.visits == "known":
        told["changes"] = [
            {"name": f"{_place_name(case, c['baseline'])} to {_place_name(case, label)}", **c}
            for label, c in numbers["changes"].items()
        ]
        for change in told["changes"]:
            del change["baseline"]
    return told


def _place_name(case: OpenCase, label: str) -> str:
    return case.dealt.shown_as[case.dealt.visits.index(label)]


def _totals(scores: Mapping[str, Any]) -> dict[str, int | None]:
    return {
        "sparcc": sparcc_total(scores.get("sparcc")),
        "berlin": berlin_total(scores.get("berlin")),
    }
