"""How far a run is, for people and for machines."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from mri_bme.batch.inputs import SubjectUnit, VisitUnit
from mri_bme.batch.progress import ProgressDisplay, RunLog
from mri_bme.batch.stages import MARKER_NAME
from mri_bme.batch.underway import Underway, Watch
from mri_bme.batch.work import Summary
from mri_bme.errors import OutputRefused
from mri_bme.loudness import Loudness


def summary(status: str, reason: str = "") -> Summary:
    return Summary(subject="01", status=status, reason=reason, stage="read baseline")


def plain(total: int, **more: object) -> ProgressDisplay:
    console = Console(file=io.StringIO(), force_terminal=False)
    return ProgressDisplay(total, console=console, **more)


def watch(tmp_path: Path, stage: str) -> Watch:
    visits = (VisitUnit(label="baseline", day=0, volume=None),)
    (tmp_path / "sub-01").mkdir()
    (tmp_path / "sub-01" / MARKER_NAME).write_text(stage)
    return Watch([SubjectUnit(subject="01", folder="sub-01", visits=visits)], tmp_path, n_workers=1)


def test_a_failure_is_said_at_once_and_the_last_subject_ends_the_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with plain(2) as shown:
        shown.finished(summary("failed", "the file is cut"), 0)
        assert "01 failed at read baseline: the file is cut" in capsys.readouterr().err
        shown.finished(summary("ok"), 1)
    assert "2 of 2 subjects, 1 failed" in capsys.readouterr().err


def test_the_bar_of_one_subject_tells_its_stage_and_moves(tmp_path: Path) -> None:
    drawn = io.StringIO()
    console = Console(file=drawn, force_terminal=True, width=120, color_system=None)
    shown = ProgressDisplay(1, console=console, watch=watch(tmp_path, "rois baseline"))
    with shown:
        shown.tick()
        assert shown._bar is not None
        (task,) = shown._bar.tasks
        assert 0 < task.completed < 1
        assert task.description == "01: rois baseline"
        assert task.fields["tally"].endswith("left")


def test_time_left_is_what_was_expected_until_more_is_known(tmp_path: Path) -> None:
    shown = plain(1, expected_s=60.0)
    assert shown._left_s(()) == pytest.approx(60, abs=5)
    half = (Underway(subject="01", stage="", share=0.5),)
    shown._started -= 10  # half is done in ten seconds: ten more are seen, thirty expected
    assert shown._left_s(half) == pytest.approx(0.5 * (0.5 * 20 + 0.5 * 60), abs=2)


def test_a_quiet_run_says_nothing_but_failures(capsys: pytest.CaptureFixture[str]) -> None:
    with plain(2, loudness=Loudness.QUIET) as shown:
        shown.finished(summary("ok"), 0, detail="3 s")
        assert capsys.readouterr().err == ""
        shown.finished(summary("failed", "the file is cut"), 1)
    assert "the file is cut" in capsys.readouterr().err


@pytest.mark.parametrize(("loudness", "is_said"), [("verbose", True), ("normal", False)])
def test_stages_are_told_to_who_asks(loudness: str, is_said: bool, capsys) -> None:
    with plain(1, loudness=Loudness(loudness)) as shown:
        shown.finished(summary("ok"), 0, detail="6.6 s (rois baseline 2.2 s)")
    assert ("rois baseline 2.2 s" in capsys.readouterr().err) == is_said


def test_a_log_that_cannot_be_written_is_refused_without_its_folder(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log.jsonl")
    log.write("started", n=3)
    log.close()
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["event"] == "started"
    with pytest.raises(OutputRefused, match=r"cannot write log\.jsonl") as refused:
        RunLog(tmp_path / "absent" / "log.jsonl")
    assert str(tmp_path) not in str(refused.value)
