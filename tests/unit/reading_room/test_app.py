"""The room answers its readers, and nobody else."""

import time

import pytest
from room_client import BLIND, HOST, KEY, Browser, stroke, with_edema

from mri_bme.reading_room.app import make_app
from mri_bme.reading_room.links import signed_pass
from mri_bme.reading_room.room import Room

testclient = pytest.importorskip("starlette.testclient")


def test_a_link_leads_to_the_page_and_leaves_the_address(room: Room) -> None:
    browser = Browser(room)
    assert browser.entered.status_code == 303
    cookie = browser.entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert browser.get("/").status_code == 200
    assert browser.me["reader"] == "R1"


@pytest.mark.parametrize("path", ["/api/me", "/api/case/x", "/api/case/x/volume/0"])
def test_without_a_link_nothing_is_told(room: Room, path: str) -> None:
    client = testclient.TestClient(make_app(room, hosts=[HOST]), base_url=f"http://{HOST}")
    answer = client.get(path)
    assert answer.status_code == 403
    assert "link" in answer.json()["error"]


def test_an_expired_link_and_one_of_a_stranger_are_refused(room: Room) -> None:
    client = testclient.TestClient(make_app(room, hosts=[HOST]), base_url=f"http://{HOST}")
    for reader, until_s in (("R1", time.time() - 1), ("R9", time.time() + 100)):
        text = signed_pass(reader, until_s=until_s, key=KEY)
        assert client.get("/enter", params={"link": text}).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/../app.py",
        "/%2e%2e/app.py",
        "/..%2fapp.py",
        "/static/room.js",
        "/room.html%00",
        "/etc/passwd",
        "//etc/passwd",
        "/api/case/..%2f..%2fsettings.toml",
        "/api/case/sub-01",
    ],
)
def test_no_path_leads_out_of_the_room(room: Room, path: str) -> None:
    answer = Browser(room).client.get(path)
    assert answer.status_code in (403, 404)
    assert "root:" not in answer.text
    assert "import" not in answer.text


def test_a_link_that_expires_while_one_reads_is_good_for_nothing_more(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    assert browser.act(code, stroke()).status_code == 200
    later = time.time() + 2000
    monkeypatch.setattr("mri_bme.reading_room.app.time.time", lambda: later)
    refused = browser.act(code, stroke(version=1, on=[50, 3]))
    assert refused.status_code == 403
    assert "expired" in refused.json()["error"]
    for path in ("/api/me", f"/api/case/{code}", f"/api/case/{code}/volume/0"):
        assert browser.get(path).status_code == 403
    monkeypatch.undo()
    assert browser.case(code)["version"] == 1


def test_a_blind_reader_is_told_no_name_where_a_file_is_damaged(blind: Room) -> None:
    """What is damaged names subject and visit, to whoever runs the room alone."""
    browser = Browser(blind)
    for code in browser.codes:
        browser.act(code, stroke())
    for log in blind.out.glob("readings/R1/*/audit.jsonl"):
        log.write_text(log.read_text().replace('"opened"', '"forged"'))
    for page in blind.out.glob("sub-02/page.json"):
        page.write_text("{")
    again = Browser(Room(blind.out, BLIND, key=KEY))
    for code in again.codes:
        answer = again.get(f"/api/case/{code}")
        assert answer.status_code == 422
        for name in ("sub-", "01", "02", "baseline", "week14"):
            assert name not in answer.json()["error"]


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[]", b"{", b'{"what": NaN}', b"\xff\xfe", b""])
def test_what_is_no_act_is_refused(room: Room, body: bytes) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    headers = {"origin": f"http://{HOST}", "x-reading-room": browser.me["token"]}
    answer = browser.client.post(f"/api/case/{code}/act", content=body, headers=headers)
    assert answer.status_code == 422
    assert browser.case(code)["version"] == 0


def test_a_comment_is_text_whatever_it_holds(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    script = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    act = {"what": "score", "visit": 0, "version": 0, "name": "comment", "value": script}
    assert browser.act(code, act).status_code == 200
    answer = browser.get(f"/api/case/{code}")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["visits"][0]["scores"]["comment"] == script


def test_a_reader_cannot_open_the_case_of_another(blind: Room) -> None:
    first, second = Browser(blind, "R1"), Browser(blind, "R2")
    assert not set(first.codes) & set(second.codes)
    assert first.get(f"/api/case/{second.codes[0]}").status_code == 404
    assert first.get(f"/api/case/{second.codes[0]}/volume/0").status_code == 404
