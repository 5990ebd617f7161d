"""What arrives is measured once, and its results go where the sender's entry says."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_archive import archive, images, save

from mri_bme.pacs import serving as module
from mri_bme.pacs.filing import file_object
from mri_bme.pacs.listener import ARRIVING, SENDERS
from mri_bme.pacs.nodes import Node
from mri_bme.pacs.serving import Serving, send_waiting, serve_once
from mri_bme.pacs.studies import due_studies

Lines = list[str]


@pytest.fixture
def said() -> Lines:
    return []


def serving_at(tmp_path: Path, said: Lines, **told: Any) -> Serving:
    return Serving(
        out=tmp_path / "out",
        inbox=tmp_path / "inbox",
        outbox=tmp_path / "outbox",
        quiet_s=0,
        say=said.append,
        **told,
    )


def arrive(tmp_path: Path) -> None:
    for path in save(images(), tmp_path / "made"):
        file_object(tmp_path / "inbox" / ARRIVING, path.read_bytes())


def running(code: int, ran: list[list[str]]) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, code, stdout="", stderr="1 measured\n")

    return run


def test_a_study_is_measured_once(
    tmp_path: Path, said: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:

    ran: list[list[str]] = []
    monkeypatch.setattr(module.subprocess, "run", running(0, ran))
    arrive(tmp_path)
    serving = serving_at(tmp_path, said, run_options=("--jobs", "1"))
    assert serve_once(serving) == 1
    assert serve_once(serving) == 0
    (command,) = ran
    assert command[-3:] == [str(tmp_path / "out"), "--jobs", "1"]
    assert said == ["measuring 1 studies, 5 images", "1 measured"]


def test_a_run_that_broke_leaves_the_study_to_be_measured(
    tmp_path: Path, said: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(module.subprocess, "run", running(1, ran))
    arrive(tmp_path)
    serving = serving_at(tmp_path, said)
    assert serve_once(serving) == 0
    assert len(due_studies(tmp_path / "inbox")) == 1
    monkeypatch.setattr(module.subprocess, "run", running(4, ran))
    assert serve_once(serving) == 1
    assert due_studies(tmp_path / "inbox") == ()


def test_what_waits_is_sent_when_the_node_is_back(tmp_path: Path, said: Lines) -> None:
    save(images(), tmp_path / "outbox" / "archive" / "sub-1")
    with archive(refuse_store=0xA700) as there:
        serving = serving_at(tmp_path, said, nodes={"archive": there.node})
        send_waiting(serving)
        assert "5 objects not confirmed" in said[-1]
        there.refuse_store = None
        send_waiting(serving)
        assert said[-1] == "archive confirmed 5 objects"
        n_said = len(said)
        send_waiting(serving)
        assert len(said) == n_said


def test_a_node_that_does_not_answer_stops_nothing(tmp_path: Path, said: Lines) -> None:
    save(images(), tmp_path / "outbox" / "gone" / "sub-1")
    with archive() as there:
        port = there.port
    gone = Node(ae_title="GONE", host="127.0.0.1", port=port)
    send_waiting(serving_at(tmp_path, said, nodes={"gone": gone}))
    assert said[0].startswith("results wait for gone: ")


def test_results_go_where_the_entry_of_the_sender_says(
    tmp_path: Path, said: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.subprocess, "run", running(0, []))
    exported: list[tuple[Path, Any]] = []

    def export(out: Path, dest: Path, options: Any) -> tuple[()]:
        exported.append((dest, options))
        return ()

    monkeypatch.setattr(module, "export_results", export)
    arrive(tmp_path)
    serving = serving_at(
        tmp_path,
        said,
        nodes={
            "archive": Node(ae_title="A", host="127.0.0.1", identified=True),
            "scanner": Node(ae_title="MR1", host="h", results_to="archive"),
            "other": Node(ae_title="MR2", host="h", results_to="other"),
        },
    )
    (study,) = (tmp_path / "inbox" / ARRIVING).iterdir()
    (tmp_path / "inbox" / SENDERS).mkdir()
    (tmp_path / "inbox" / SENDERS / study.name).write_text("MR1\n")
    results = iter([{}, {"P1": "changed"}])
    monkeypatch.setattr(module, "_results", lambda out: next(results))
    real = module.find_input

    def find(source: Path, **told: Any) -> Any:
        found = real(source, **told)
        return replace(found, units=tuple(replace(u, subject="P1") for u in found.units))

    monkeypatch.setattr(module, "find_input", find)
    serve_once(serving)
    ((dest, options),) = exported
    assert dest == tmp_path / "outbox" / "archive"
    assert options.subjects == ["P1"]
    assert options.units is not None
    assert not options.with_images
