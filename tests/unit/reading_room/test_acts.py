"""What a reader does is done once, to that voxel, and is in the log."""

import json
from pathlib import Path
from typing import get_args

import pytest
from read_study import LESION, SHAPE
from room_client import Browser, stroke, with_edema

from mri_bme.reading_room.acts import ASKED_WORDS
from mri_bme.reading_room.room import Room
from mri_bme.readings.task import Ask


def test_a_stroke_is_that_voxel_and_is_measured_by_the_code_of_the_run(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    before = browser.get(f"/api/case/{code}/numbers").json()
    assert before["changes"][0]["verdict"] == "resolved"
    start = (3 * SHAPE[1] + 40) * SHAPE[2] + 65
    changed = browser.act(code, stroke(on=[start, 4])).json()
    assert changed["version"] == 1
    assert changed["can_undo"] is True
    after = browser.get(f"/api/case/{code}/numbers").json()
    added = after["visits"][0]["edema_ml"] - before["visits"][0]["edema_ml"]
    assert added == pytest.approx(4 * 0.004)
    undone = browser.act(code, {"what": "undo", "version": 1}).json()
    assert undone["can_redo"] is True
    again = browser.get(f"/api/case/{code}/numbers").json()
    assert again["visits"] == before["visits"]


def test_two_tabs_cannot_overwrite_each_other(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    assert browser.act(code, stroke(id="first")).status_code == 200
    refused = browser.act(code, stroke(on=[90, 1], id="second"))
    assert refused.status_code == 409
    assert "another tab" in refused.json()["error"]
    assert browser.case(code)["version"] == 1


def test_an_act_whose_answer_got_lost_is_done_once(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    for _ in range(2):
        answer = browser.act(code, stroke(id="same"))
        assert answer.status_code == 200
        assert answer.json()["version"] == 1


@pytest.mark.parametrize(
    "act",
    [
        {"what": "stroke", "visit": 7, "on": [], "off": []},
        {"what": "stroke", "visit": 0, "on": [10**9, 5], "off": []},
        {"what": "stroke", "visit": 0, "on": ["<script>", 1], "off": []},
        {"what": "grow", "visit": 0, "at": 0},
        {"what": "reject", "visit": 0, "at": 0, "reason": "vessel"},
        {"what": "accept", "visit": 0, "label": 99, "kept": True},
        {"what": "take", "visit": 0, "whose": "R1"},
        {"what": "score", "visit": 0, "name": "sparcc", "value": {"first": -3}},
        {"what": "undo"},
        {"what": "format the disk"},
        {"what": ["stroke"]},
        {"what": {"stroke": 1}, "visit": 0},
        {"what": "stroke", "visit": 0, "on": 5},
        {"what": "stroke", "visit": 0, "on": [10**30, 1]},
        {"what": "stroke", "visit": 0, "on": [-1, 1]},
        {"what": "stroke", "visit": 0, "on": [0, 10**30]},
        {"what": "stroke", "visit": 0, "on": [[0], [1]]},
        {"what": "stroke", "visit": 0, "on": None},
        {"what": "stroke", "visit": 0, "on": {"0": 1, "1": 2}},
        {"what": "grow", "visit": 0, "at": 10**30},
        {"what": "grow", "visit": 0, "at": -1},
        {"what": "reject", "visit": 0, "at": 10**30, "reason": "vessel"},
        {"what": "reject", "visit": 0, "at": -1, "reason": ["vessel"]},
        {"what": "accept", "visit": 0, "label": 10**30, "kept": True},
        {"what": "take", "visit": 0, "whose": []},
        {"what": "score", "visit": 0, "name": ["read"], "value": True},
        {"what": "score", "visit": 0, "name": "sparcc", "value": {"first": 10**30}},
        {"what": "score", "visit": 0, "name": "berlin", "value": [[]]},
        {"what": "sign"},
    ],
)
def test_acts_without_meaning_change_nothing(room: Room, act: dict) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    assert browser.act(code, {"version": 0, **act}).status_code == 422
    assert browser.case(code)["version"] == 0


def test_rejecting_says_why_in_the_log(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    lesion = browser.case(code)["visits"][0]["program"]["lesions"][0]
    act = {"what": "reject", "visit": 0, "version": 0, "at": lesion["on"][0], "reason": "vessel"}
    assert browser.act(code, act).status_code == 200
    numbers = browser.get(f"/api/case/{code}/numbers").json()
    assert numbers["visits"][0]["edema_ml"] == 0
    log = [json.loads(line) for line in _log(room).read_text().splitlines()]
    assert [line["what"] for line in log] == ["opened", "stroke", "measured"]
    assert (log[1]["tool"], log[1]["reason"]) == ("reject", "vessel")
    assert log[2]["to_ml"]["baseline"] == 0
    taken_back = {"what": "accept", "visit": 0, "version": 1, "label": 1, "kept": True}
    assert browser.act(code, taken_back).status_code == 200
    again = browser.get(f"/api/case/{code}/numbers").json()
    assert again["visits"][0]["edema_ml"] > 1


def _log(room: Room) -> Path:
    return room.out / "readings" / "R1" / "sub-01" / "audit.jsonl"


def test_growing_from_a_click_takes_the_lesion(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    browser.act(code, {"what": "clear", "visit": 0, "version": 0})
    inside = (3 * SHAPE[1] + 20) * SHAPE[2] + 68
    grown = browser.act(code, {"what": "grow", "visit": 0, "version": 1, "at": inside}).json()
    n_grown = sum(grown["masks"]["0"][1::2])
    n_lesion = 3 * (LESION[1].stop - LESION[1].start) * (LESION[2].stop - LESION[2].start)
    assert n_grown == pytest.approx(n_lesion, rel=0.4)


def test_whatever_a_task_asks_has_words_for_who_forgot_it() -> None:
    assert set(ASKED_WORDS) - {"read"} == set(get_args(Ask)) - {"masks"}


def test_signing_needs_every_visit_read_and_locks(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    refused = browser.act(code, {"what": "sign", "version": 0})
    missing = "the tick that all edema is drawn"
    assert refused.json()["error"] == f"not read yet: baseline: {missing}; week14: {missing}"
    for n in range(2):
        done = {"what": "score", "visit": n, "version": n, "name": "read", "value": True}
        assert browser.act(code, done).status_code == 200
    assert browser.act(code, {"what": "sign", "version": 2}).json()["signed"] is True
    assert browser.act(code, stroke(3)).status_code == 423
    amended = {"what": "amend", "version": 3, "reason": "wrong side"}
    assert browser.act(code, amended).json()["signed"] is False
    assert browser.act(code, stroke(4)).status_code == 200
