"""Who reads which case, and which cases go to the adjudicator."""

import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from room_client import KEY

from mri_bme.batch.recall import recall_subject
from mri_bme.batch.recalled import RecalledSubject
from mri_bme.errors import NothingUsable, UnreadableInput
from mri_bme.findings import CONSENSUS
from mri_bme.readings.task import Task

pytest.importorskip("starlette")

from mri_bme.reading_room import room as room_module
from mri_bme.reading_room.room import NoSuchCase, Room

TASK = Task(readers=("R1", "R2"), outlines="never", adjudicator="A1", ask=("masks",))


def read(room: Room, reader: str, folder: str, n_voxels: int) -> None:
    """Paint so many voxels of marrow at the first visit, and sign."""
    dealt = next(d for d in room.dealt_to(reader) if d.folder == folder)
    case = room.case(reader, dealt.code)
    marrow = np.flatnonzero(case.subject.result.visits[0].rois.quadrants)[:n_voxels]
    runs = [n for place in marrow.tolist() for n in (place, 1)]
    entry = {"what": "stroke", "visit": "baseline", "tool": "paint", "on": runs, "off": []}
    case.kept.add(entry)
    case.kept.add({"what": "signed"})
    case.write()


def test_readers_who_differ_send_a_case_to_the_adjudicator(study: Path) -> None:
    room = Room(study, TASK, key=KEY)
    assert room.dealt_to("A1") == ()
    for folder, (first, second) in {"sub-01": (10, 200), "sub-02": (10, 12)}.items():
        read(room, "R1", folder, first)
        read(room, "R2", folder, second)
    assert [d.folder for d in room.dealt_to("A1")] == ["sub-01"]
    reasons = room.reasons_to_adjudicate()["sub-01"]
    assert reasons == ("baseline: volume differs by 0.76 mL",)
    readings = room.readings_of("sub-01")
    assert {r: k.reading.masks["baseline"].sum() for r, k in readings.items()} == {
        "R1": 10,
        "R2": 200,
    }


def test_the_adjudicators_cases_are_found_by_one_look_at_the_readings(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of hundreds of subjects a look takes a fraction of a second."""
    looks: list[Path] = []
    find = room_module.find_readings
    monkeypatch.setattr(room_module, "find_readings", lambda out: looks.append(out) or find(out))
    room = Room(study, Task(readers=("R1", "R2"), adjudicator="A1"), key=KEY)
    room.dealt_to("A1")
    assert len(looks) == 1


def test_the_adjudicators_reading_is_the_consensus(study: Path) -> None:
    room = Room(study, TASK, key=KEY)
    read(room, "R1", "sub-01", 10)
    read(room, "R2", "sub-01", 300)
    (dealt,) = room.dealt_to("A1")
    assert room.place_of(dealt).reader == CONSENSUS
    case = room.case("A1", dealt.code)
    assert not case.kept.reading.masks["baseline"].any()
    assert not case.kept.reading.from_outlines


def test_a_case_that_somebody_works_on_is_never_opened_twice(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_module, "MOST_OPEN", 1)
    monkeypatch.setattr(room_module, "WORKED_ON_S", 0.0)
    room = Room(study, TASK, key=KEY)
    first, second = (d.code for d in room.dealt_to("R1"))
    held = room.case("R1", first)
    room.case("R1", second)
    assert room.case("R1", first) is held
    room.case("R1", second)
    forgotten = weakref.ref(held)
    del held
    gc.collect()
    assert forgotten() is None


def test_each_reader_keeps_the_case_that_they_work_on(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise readers who take turns would have every request open a case anew."""
    monkeypatch.setattr(room_module, "MOST_OPEN", 1)
    room = Room(study, TASK, key=KEY)
    held = [weakref.ref(room.case(r, room.dealt_to(r)[0].code)) for r in ("R1", "R2")]
    room.case("R2", room.dealt_to("R2")[1].code)
    gc.collect()
    assert all(one() is not None for one in held)


def test_what_a_reader_opens_next_is_ready(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []

    def counting(out: Path, folder: str, **named: Any) -> RecalledSubject:
        taken.append(folder)
        return recall_subject(out, folder, **named)

    monkeypatch.setattr(room_module, "recall_subject", counting)
    room = Room(study, TASK.model_copy(update={"readers": ("R1",)}), key=KEY)
    first, second = room.dealt_to("R1")
    room.look_ahead_for_all()
    assert room.ahead.rest(60)
    assert taken == [first.folder]
    case = room.case("R1", first.code)
    room.look_ahead(case)
    room.look_ahead(case)
    assert room.ahead.rest(60)
    assert taken == [first.folder, second.folder]
    assert room.state_of(second) == "new"  # nobody has opened it
    room.case("R1", second.code)
    assert taken == [first.folder, second.folder]


def test_a_damaged_reading_stops_no_room_from_opening(study: Path) -> None:
    room = Room(study, TASK, key=KEY)
    read(room, "R1", "sub-01", 10)
    (path,) = study.glob("readings/R1/*/reading.json")
    path.write_text("{")
    room.look_ahead_for_all()
    assert room.ahead.rest(60)
    with pytest.raises(UnreadableInput, match="damaged"):
        room.dealt_to("A1")


def test_states_of_cases(study: Path) -> None:
    room = Room(study, TASK, key=KEY)
    new, other = room.dealt_to("R1")
    assert [room.state_of(d) for d in (new, other)] == ["new", "new"]
    room.case("R1", other.code)
    assert room.state_of(other) == "open"
    read(room, "R1", new.folder, 3)
    assert Room(study, TASK, key=KEY).state_of(new) == "signed"


def test_a_case_of_nobody_is_refused(study: Path) -> None:
    with pytest.raises(NoSuchCase, match="no such case"):
        Room(study, TASK, key=KEY).case("R1", "abcdef123456")


def test_a_task_on_subjects_without_results_is_refused(study: Path) -> None:
    with pytest.raises(NothingUsable, match="sub-77"):
        Room(study, Task(subjects=("sub-77",)), key=KEY)
    assert len(Room(study, Task(subjects=("01",)), key=KEY).dealt_to("R1")) == 1


def test_an_empty_folder_has_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(NothingUsable, match="mri-bme run"):
        Room(tmp_path, Task(), key=KEY)


def test_a_log_that_was_changed_is_not_taken_up(study: Path) -> None:
    room = Room(study, TASK, key=KEY)
    read(room, "R1", "sub-01", 3)
    log = study / "readings" / "R1" / "sub-01" / "audit.jsonl"
    log.write_text(log.read_text().replace('"tool": "paint"', '"tool": "erase"'))
    again = Room(study, TASK, key=KEY)
    dealt = next(d for d in again.dealt_to("R1") if d.folder == "sub-01")
    with pytest.raises(UnreadableInput, match="not what was written"):
        again.case("R1", dealt.code)
