"""Anatomy that is moved in the room is measured as `run` measures anatomy that was corrected."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from read_study import GEOMETRY, LESION, SHAPE, no_motion
from room_client import BLIND, KEY, Browser, with_edema

from mri_bme import pipeline
from mri_bme.batch.read_by import first_readings
from mri_bme.errors import UnreadableInput
from mri_bme.intake.labels import read_labels
from mri_bme.reading_room.room import Room
from mri_bme.readings.layers import QUADRANTS
from mri_bme.readings.measured import numbers_of
from mri_bme.readings.shelf import Place
from mri_bme.readings.strokes import runs_from_places
from mri_bme.readings.task import Task
from mri_bme.settings import AppearanceSettings

pytest.importorskip("starlette")

MOVE = {"what": "joint", "visit": 0, "side": "left", "slice": 3, "reach": 4,
        "line": [[5, 68], [54, 68]]}  # fmt: skip


def numbers(browser: Browser, code: str) -> dict:
    return browser.get(f"/api/case/{code}/numbers").json()


@pytest.fixture(autouse=True)
def _registers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find no motion; `tests/system/test_moved_anatomy.py` looks for it."""
    monkeypatch.setattr(pipeline, "register_visits", no_motion)


def test_moving_changes_the_numbers_of_its_visit(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    before = numbers(browser, code)
    assert browser.act(code, {**MOVE, "version": 0}).json()["moved"] is True
    after = numbers(browser, code)
    assert after["visits"][0]["edema_ml"] < 0.8 * before["visits"][0]["edema_ml"]
    assert after["visits"][1] == before["visits"][1]


def test_anatomy_that_is_refused_is_shown_with_why_and_can_be_moved_on(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    case = room.case("R1", code)
    strict = case.subject.settings.model_copy(update={"appearance": AppearanceSettings()})
    case.subject = replace(case.subject, settings=strict)
    bright = np.zeros(SHAPE, dtype=bool)
    bright[LESION] = True
    normal = case.anatomy("baseline").reference
    runs = {"on": runs_from_places(np.flatnonzero(bright)),
            "off": runs_from_places(np.flatnonzero(normal))}  # fmt: skip
    assert browser.act(code, {"what": "reference", "visit": 0, "version": 0, **runs}).is_success
    told, found = browser.case(code)["visits"][0], numbers(browser, code)["visits"][0]
    assert not found["evaluable"]
    assert "reference marrow is" in found["reason"]
    assert any("reference marrow is" in doubt for doubt in told["doubts"])
    assert told["lines"]["left"]["joint"][3]
    shown = np.frombuffer(browser.get(told["reference"]).content, np.uint8).reshape(SHAPE)
    assert np.array_equal(shown > 0, bright)
    back = {"what": "reference", "visit": 0, "version": 1, "on": runs["off"], "off": runs["on"]}
    assert browser.act(code, back).is_success
    assert "reference marrow is" not in numbers(browser, code)["visits"][0].get("reason", "")


def test_taking_it_back_gives_the_digits_of_the_run(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    before, told = numbers(browser, code), browser.case(code)["visits"][0]["lines"]
    browser.act(code, {**MOVE, "version": 0})
    moved = numbers(browser, code)
    assert browser.case(code)["visits"][0]["lines"] != told
    assert browser.act(code, {"what": "undo", "version": 1}).json()["moved"] is True
    assert numbers(browser, code)["visits"] == before["visits"]
    assert browser.case(code)["visits"][0]["lines"] == told
    assert not list((room.out / "readings" / "R1" / "sub-01").glob("*dseg*"))
    browser.act(code, {"what": "redo", "version": 2})
    assert numbers(browser, code)["visits"] == moved["visits"]


def test_what_was_drawn_by_hand_stays_where_outlines_follow(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    by_hand = (6 * SHAPE[1] + 40) * SHAPE[2] + 70
    browser.act(code, {"what": "stroke", "visit": 0, "version": 0, "on": [by_hand, 3], "off": []})
    browser.act(code, {**MOVE, "version": 1})
    reading = room.case("R1", code).kept.reading
    assert reading.masks["baseline"].reshape(-1)[by_hand : by_hand + 3].all()
    crossed = np.zeros(SHAPE, dtype=bool)
    crossed[LESION] = True
    crossed[:, :, 70:] = False  # what the joint went over is no marrow, or the other bone
    assert reading.masks["baseline"][crossed].mean() < 0.75


def test_moved_anatomy_comes_back_after_the_room_was_killed(room: Room, study: Path) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    browser.act(code, {**MOVE, "version": 0})
    border = {"what": "border", "visit": 0, "side": "right", "slice": 3, "row": 20, "reach": 1}
    browser.act(code, {**border, "version": 1})
    erase = {"what": "marrow", "visit": 0, "label": 0, "on": [3 * SHAPE[1] * SHAPE[2] + 830, 9]}
    browser.act(code, {**erase, "version": 2})
    before = numbers(browser, code)
    held = room.case("R1", code).kept.reading.anatomy["baseline"]
    again = Browser(Room(study, Task(), key=KEY))
    assert again.case(code)["version"] == 3
    assert numbers(again, code)["visits"] == before["visits"]
    path = Place(out=study, reader="R1", folder="sub-01", name="sub-01").anatomy_path(
        "baseline", QUADRANTS
    )
    assert np.array_equal(read_labels(path, GEOMETRY, what="the map"), held.quadrants)
    assert path.name == "sub-01_ses-baseline_desc-quadrants_dseg.nii.gz"


def test_normal_marrow_that_is_too_little_says_so_and_comes_back(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    everything = [0, int(np.prod(SHAPE))]
    act = {"what": "reference", "visit": 0, "version": 0, "off": everything}
    assert browser.act(code, act).status_code == 200
    visit = numbers(browser, code)["visits"][0]
    assert visit["evaluable"] is False
    assert "reference" in visit["reason"]
    assert browser.case(code)["visits"][0]["program"]["reason"]
    browser.act(code, {"what": "undo", "version": 1})
    assert numbers(browser, code)["visits"][0]["evaluable"]


def test_a_signed_reading_is_measured_on_its_anatomy(room: Room, study: Path) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    browser.act(code, {**MOVE, "version": 0})
    for visit in range(2):
        read = {"what": "score", "visit": visit, "version": 1 + visit, "name": "read"}
        browser.act(code, {**read, "value": True})
    shown = numbers(browser, code)
    assert browser.act(code, {"what": "sign", "version": 3}).status_code == 200
    ((reader, result),) = first_readings(study, "sub-01")
    found = numbers_of(result)["visits"]
    assert reader == "R1"
    assert list(found.values()) == shown["visits"]
    next((study / "readings" / "R1" / "sub-01").glob("*baseline*dseg.nii.gz")).unlink()
    with pytest.raises(UnreadableInput):
        list(first_readings(study, "sub-01"))


def test_a_blind_reader_moves_anatomy_and_learns_nothing(blind: Room) -> None:
    browser = Browser(blind)
    for code in browser.codes:
        changed = browser.act(code, {**MOVE, "version": 0})
        assert changed.status_code == 200
        assert changed.json()["masks"] == {}
        assert set(numbers(browser, code)) == {"version", "written", "trouble", "scores"}
        assert "program" not in browser.case(code)["visits"][0]


@pytest.mark.parametrize(
    "act",
    [
        {**MOVE, "side": "middle"},
        {**MOVE, "slice": 99},
        {**MOVE, "line": [[1, 2]]},
        {**MOVE, "line": [["<b>", 2], [3, 4]]},
        {**MOVE, "line": [[5, 1e9], [54, 1e9]]},
        {**MOVE, "line": [[5, 60], [54, 60]]},
        {**MOVE, "reach": "all"},
        {"what": "marrow", "visit": 0, "label": 9, "on": [0, 5]},
        {"what": "marrow", "visit": 0, "label": 1, "on": [10**9, 5]},
        {"what": "marrow", "visit": 0, "label": 1, "on": "all"},
        {"what": "reference", "visit": 0, "on": [], "off": []},
    ],
)
def test_moves_without_meaning_change_nothing(room: Room, act: dict) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    assert browser.act(code, {**act, "version": 0}).status_code == 422
    assert browser.case(code)["version"] == 0


def test_a_task_can_keep_anatomy_as_it_is(study: Path) -> None:
    browser = Browser(Room(study, BLIND.model_copy(update={"anatomy": False}), key=KEY))
    code = browser.codes[0]
    assert "lines" not in browser.case(code)["visits"][0]
    assert "cannot be moved" in browser.act(code, {**MOVE, "version": 0}).json()["error"]
