"""A browser is told what its reader may know, and no more."""

import json

from read_study import LESION, SHAPE
from room_client import Browser, stroke, with_edema

from mri_bme.reading_room.room import Room

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
