"""How far a run is, for people and for machines."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from mri_bme.batch.progress import ProgressDisplay, RunLog
from mri_bme.batch.work import Summary
from mri_bme.errors import OutputRefused


def summary(status: str, reason: str = "") -> Summary:
    return Summary(subject="01", status=status, reason=reason, stage="read baseline")


def test_a_failure_is_said_at_once_and_the_last_subject_ends_the_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with ProgressDisplay(2, console=Console(file=io.StringIO(), force_terminal=False)) as shown:
        shown.finished(summary("failed", "the file is cut"))
        assert "01 failed at read baseline: the file is cut" in capsys.readouterr().err
        shown.finished(summary("ok"))
    assert "2 of 2 subjects, 0 not evaluable, 1 failed" in capsys.readouterr().err


def test_a_log_that_cannot_be_written_is_refused_without_its_folder(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log.jsonl")
    log.write("started", n=3)
    log.close()
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["event"] == "started"
    with pytest.raises(OutputRefused, match=r"cannot write log\.jsonl") as refused:
        RunLog(tmp_path / "absent" / "log.jsonl")
    assert str(tmp_path) not in str(refused.value)
