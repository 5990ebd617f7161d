"""Requests under other names, from other sites, or too large go nowhere."""

import pytest
from room_client import HOST, Browser, stroke, with_edema

from mri_bme.reading_room.room import Room


def test_every_answer_forbids_scripts_of_others_and_caches(room: Room) -> None:
    browser = Browser(room)
    for path in ("/", "/room.js", "/api/me", "/nothing", "/enter"):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


def test_another_name_of_this_machine_is_refused(room: Room) -> None:
    browser = Browser(room)
    for host in ("evil.example:8642", "127.0.0.1:80", "evil.example", ""):
        assert browser.get("/api/me", host=host).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": f"https://{HOST}"},
        {"x_reading_room": "forged"},
        {"x_reading_room": ""},
    ],
)
def test_another_site_cannot_change_a_reading(room: Room, headers: dict[str, str]) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    assert browser.act(code, stroke(), **headers).status_code == 403
    assert browser.case(code)["version"] == 0


def test_a_hundred_megabytes_are_not_read(room: Room) -> None:
    browser = Browser(room)
    code = with_edema(browser)
    huge = b"x" * 100_000_000
    headers = {"origin": f"http://{HOST}", "x-reading-room": browser.me["token"]}
    answer = browser.client.post(f"/api/case/{code}/act", content=huge, headers=headers)
    assert answer.status_code == 413

    def drops():
        for _ in range(100):
            yield b"x" * 1_000_000

    answer = browser.client.post(f"/api/case/{code}/act", content=drops(), headers=headers)
    assert answer.status_code == 413
