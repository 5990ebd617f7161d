"""Opening a room: its links, its port, and what it says when it cannot."""

import builtins
import socket
import time
from pathlib import Path

import pytest
from read_study import LESION, drawn, sign

from mri_bme.batch.lock import holding
from mri_bme.errors import InvalidSettings, OutputRefused
from mri_bme.reading_room.links import reader_of_pass
from mri_bme.reading_room.serve import LOCK_NAME, check_installed, links, open_room
from mri_bme.readings.kept_task import kept_task
from mri_bme.readings.task import Task

KEY = b"k" * 32


def test_every_reader_has_a_link_of_their_own() -> None:
    lines = list(links(("R1", "R2"), host="127.0.0.1", port=9000, days=1, key=KEY))
    for reader, line in zip(("R1", "R2"), lines, strict=True):
        name, address = line.split(": ")
        assert name == reader
        assert address.startswith("http://127.0.0.1:9000/enter?link=")
        text = address.split("link=")[1]
        assert reader_of_pass(text, now_s=time.time() + 86_000, key=KEY) == reader


def test_a_room_on_every_address_gives_links_of_this_machine() -> None:
    (line,) = links(("R1",), host="0.0.0.0", port=9000, days=1, key=KEY)
    assert "http://127.0.0.1:9000/" in line


def test_a_port_that_is_taken_is_said(study: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OutputRefused, match="choose another --port"):
            open_room(study, Task(), port=other.getsockname()[1], tell=print)


def test_a_second_room_on_one_folder_is_refused(study: Path) -> None:
    with holding(study / "readings", LOCK_NAME), pytest.raises(OutputRefused, match="in use"):
        open_room(study, Task(), tell=print)


def test_an_address_of_nobody_is_refused(study: Path) -> None:
    with pytest.raises((InvalidSettings, OutputRefused), match=r"--host|--port"):
        open_room(study, Task(), host="192.0.2.1", tell=print)


def test_the_task_of_a_study_is_kept_and_that_of_a_look_or_of_practice_is_not(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uvicorn = pytest.importorskip("uvicorn")
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: None)
    task = Task(readers=("R1", "R2"), adjudicate_beyond_ml=0.2)
    open_room(study, task, is_study=True, tell=lambda _: None)
    open_room(study, Task(readers=("AB",)), tell=lambda _: None)
    practice = Task(readers=("T1",), calibration=True)
    sign(study, "consensus", "sub-01", {"baseline": drawn(LESION)})
    open_room(study, practice, is_study=True, tell=lambda _: None)
    assert kept_task(study) == task


def test_without_the_libraries_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *more: object) -> object:
        if name == "starlette":
            raise ModuleNotFoundError(name=name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(InvalidSettings, match=r"pip install 'mri-bme\[read\]'"):
        check_installed()
