"""A browser is told what its reader may know, and no more."""

import json
from pathlib import Path

import numpy as np
import pytest
from read_study import LESION, SHAPE, add_t1
from room_client import BLIND, KEY, Browser, stroke, with_edema

from mri_bme.reading_room.room import Room
from mri_bme.reading_room.told import edges_of
from mri_bme.readings.task import Task
from mri_bme.volume import VolumeGeometry

UNBLINDING = ("sub-", "01", "02", "baseline", "week14", "day", "program", "lesion", "edema_ml",
              "verdict", "above", "R2")  # fmt: skip


def test_a_blind_browser_is_told_nothing_that_unblinds(blind: Room) -> None:
    browser = Browser(blind)
    told = [json.dumps({name: v for name, v in browser.me.items() if name != "token"})]
    for code in browser.codes:
        case = browser.case(code)
        assert case["shows_program"] is False
        assert [visit["name"] for visit in case["visits"]] == ["visit A", "visit B"]
        told.append(json.dumps({**case, "code": ""}).replace(code, ""))
        browser.act(code, stroke())
        told.append(browser.get(f"/api/case/{code}/numbers").text)
        refused = browser.act(code, {"what": "grow", "visit": 0, "version": 1, "at": 5})
        assert "not shown" in refused.json()["error"]
    words = set("".join(c if c.isalnum() or c in "_-" else " " for c in " ".join(told)).split())
    assert not words & set(UNBLINDING)
    assert not any(word.startswith("sub-") for word in words)


def test_what_the_program_gives_is_shown_once_a_case_is_signed(blind: Room) -> None:
    browser = Browser(blind)
    code = browser.codes[0]
    for n in range(2):
        browser.act(code, {"what": "score", "visit": n, "version": 2 * n, "name": "read",
                           "value": True})  # fmt: skip
        browser.act(code, {"what": "score", "visit": n, "version": 2 * n + 1, "name": "sparcc",
                           "value": {"first": 1}})  # fmt: skip
    assert browser.act(code, {"what": "sign", "version": 4}).json()["signed"] is True
    case = browser.case(code)
    assert case["shows_program"] is True
    assert "edema_ml" in case["visits"][0]["program"]
    other = browser.case(browser.codes[1])
    assert "program" not in other["visits"][0]


def test_voxels_come_in_the_order_in_which_strokes_name_them(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    grey = browser.get(f"/api/case/{code}/volume/0").content
    assert len(grey) == 2 * SHAPE[0] * SHAPE[1] * SHAPE[2]
    brightest = max(range(len(grey) // 2), key=lambda n: grey[2 * n] + 256 * grey[2 * n + 1])
    row, column = brightest // SHAPE[2] % SHAPE[1], brightest % SHAPE[2]
    assert LESION[1].start <= row < LESION[1].stop
    assert LESION[2].start <= column < LESION[2].stop
    marrow = browser.get(f"/api/case/{code}/marrow/0").content
    assert marrow[brightest] == 1  # left ilium, upper
    assert browser.get(f"/api/case/{code}/volume/9").status_code == 404


def test_t1w_lies_on_the_same_voxels_also_for_a_blind_reader(study: Path) -> None:
    voxels = add_t1(study, "sub-01", "baseline")
    for task in (Task(), BLIND):
        browser = Browser(Room(study, task, key=KEY))
        visits = [v for code in browser.codes for v in browser.case(code)["visits"]]
        ((address, scale),) = [(v["t1"], v["t1_greys"]) for v in visits if "t1" in v]
        grey = np.frombuffer(browser.get(f"/{address}").content, "<u2").reshape(SHAPE)
        assert np.unravel_index(grey.argmax(), SHAPE)[1:] == (3, 7)
        assert np.array_equal(grey > 20000, voxels > 300)
        assert 0 < scale["zero"] + scale["unit"] * scale["white"] < 65535
        other = address[:-1] + str(1 - int(address[-1]))
        assert browser.get(f"/{other}").content == b""


@pytest.mark.parametrize(
    ("tilt_degrees", "up", "left"),
    [(0, "H", "R"), (15, "H", "R"), (40, "HA", "R"), (50, "AH", "R")],
)
def test_edges_of_an_oblique_slice_have_two_letters(
    tilt_degrees: float, up: str, left: str
) -> None:
    """As on DICOM viewers: a semicoronal slice reaches up and to the front at its upper edge."""
    cos, sin = np.cos(np.radians(tilt_degrees)), np.sin(np.radians(tilt_degrees))
    axes = np.eye(4)
    axes[:3, :3] = np.array([[0, 0, 1.0], [cos, sin, 0], [sin, -cos, 0]])
    letters = edges_of(VolumeGeometry(shape=(4, 5, 6), lps_from_index=axes))
    assert (letters["up"], letters["left"]) == (up, left)
    assert letters["down"] == up.translate(str.maketrans("HA", "FP"))
