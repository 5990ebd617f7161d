"""A reader at the room's door, without a browser: requests and answers."""

import time
from pathlib import Path
from typing import Any

import pytest

from mri_bme.reading_room.links import signed_pass
from mri_bme.readings.task import Task

HOST = "127.0.0.1:8642"
KEY = b"k" * 32
BLIND = Task(readers=("R1", "R2"), visits="hidden", outlines="after", ask=("masks", "sparcc"))


class Browser:
    """Somebody who came by a link."""

    def __init__(self, room: Any, reader: str = "R1") -> None:
        # imported so, a warning of which client it will use one day fails no test
        client_class = pytest.importorskip("starlette.testclient").TestClient
        from mri_bme.reading_room.app import make_app  # noqa: PLC0415

        self.client = client_class(
            make_app(room, hosts=[HOST]), base_url=f"http://{HOST}", follow_redirects=False
        )
        text = signed_pass(reader, until_s=time.time() + 1000, key=KEY)
        self.entered = self.client.get("/enter", params={"link": text})
        self.me = self.client.get("/api/me").json()
        self.codes = [case["code"] for case in self.me.get("cases", [])]

    def get(self, path: str, **headers: str):
        return self.client.get(path, headers=headers)

    def case(self, code: str) -> dict:
        return self.get(f"/api/case/{code}").json()

    def act(self, code: str, act: dict, **headers: str):
        given = {
            "origin": f"http://{HOST}",
            "x-reading-room": self.me["token"],
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.client.post(f"/api/case/{code}/act", json=act, headers=given)


@pytest.fixture
def room(study: Path) -> Any:
    """Give a room in which one reader corrects."""
    return _room(study, Task(), key=KEY)


@pytest.fixture
def blind(study: Path) -> Any:
    """Give a room in which two readers read blind."""
    return _room(study, BLIND, key=KEY)


def with_edema(browser: Browser) -> str:
    """Code of the case that has edema."""
    codes = {case["name"]: case["code"] for case in browser.me["cases"]}
    return codes["sub-01"]


def stroke(version: int = 0, **more) -> dict:
    return {"what": "stroke", "visit": 0, "version": version, "on": [5, 3], "off": [], **more}


def _room(out: Path, task: Task, *, key: bytes) -> Any:
    pytest.importorskip("starlette")
    from mri_bme.reading_room.room import Room  # noqa: PLC0415

    return Room(out, task, key=key)
