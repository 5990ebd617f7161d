"""`mri-bme read` opens a room for the readers that it is told."""

from pathlib import Path
from typing import Any

import pytest

from mri_bme.cli import main, read


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []

    def keep(out: Path, task: Any, **more: Any) -> None:
        calls.append({"out": out, "task": task, **more})

    monkeypatch.setattr(read, "open_room", keep)
    return calls


def run(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as ending:
        main(["read", *arguments])
    return ending.value.code


def test_this_machine_only_unless_told_otherwise(opened: list, tmp_path: Path) -> None:
    assert not run(str(tmp_path))
    assert (opened[0]["host"], opened[0]["task"].readers) == ("127.0.0.1", ("R1",))
    assert not opened[0]["is_study"]  # a look leaves the limits of a study as they are


def test_readers_without_a_task(opened: list, tmp_path: Path) -> None:
    assert not run(str(tmp_path), "--reader", "AB", "--reader", "CD", "--port", "0")
    assert opened[0]["task"].readers == ("AB", "CD")
    assert not opened[0]["task"].is_blind


def test_a_task_file(opened: list, tmp_path: Path) -> None:
    task = tmp_path / "TASK.toml"
    task.write_text('readers = ["R1", "R2"]\noutlines = "never"\nask = ["sparcc"]\n')
    assert not run(str(tmp_path), "--task", str(task))
    assert opened[0]["task"].is_blind
    assert opened[0]["is_study"]


@pytest.mark.parametrize(
    "more", [["--reader", "auto"], ["--reader", "../x"], ["--task", "no.toml"]]
)
def test_what_cannot_be_meant_is_a_usage_error(
    opened: list, tmp_path: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(tmp_path), *more) == 2
    assert capsys.readouterr().err
    assert opened == []
