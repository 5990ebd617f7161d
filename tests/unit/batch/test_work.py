"""One subject is done and recorded, whatever goes wrong, and never with a value of the input."""

import errno
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_cohort import analyze, make_units, rows_of_failed

from mri_bme.batch.lock import LOCK_NAME
from mri_bme.batch.stages import MARKER_NAME
from mri_bme.batch.status import STATUS_NAME, read_status
from mri_bme.batch.work import Job, do_subject, remove_outputs
from mri_bme.errors import OutputRefused
from mri_bme.files import write_text
from mri_bme.settings import Settings


def job_of(folder: Path, text: str, **changes) -> Job:
    """Describe a subject whose input is some text."""
    (unit,) = make_units(folder / "in", {"01": text})
    job = Job(
        unit=unit,
        out=folder / "out",
        settings=Settings(),
        settings_sha256="s",
        code_version="1",
        run_id="first",
        analyze=analyze,
        rows_of_failed=rows_of_failed,
    )
    return replace(job, **changes)


def status_of(job: Job):
    status = read_status(job.out, job.unit.folder)
    assert status is not None
    return status


def test_a_subject_is_recorded_with_its_files_by_content_and_its_rows(tmp_path: Path) -> None:
    job = job_of(tmp_path, "3 4")
    summary = do_subject(job)
    status = status_of(job)
    assert (summary.status, summary.recorded, status.run_id) == ("ok", True, "first")
    assert [row["edema_ml"] for row in status.rows["visits"]] == [14.0, 14.0]
    assert {len(sha256) for sha256 in status.outputs.values()} == {64}
    assert not (job.folder / MARKER_NAME).exists()
    assert status.effort.seconds > 0


@pytest.mark.parametrize(
    ("orders", "kind", "reason"),
    [
        ("raise", "error", "unexpected ValueError in fake_cohort.obey"),
        ("refuse", "error", "the slab misses the joint"),
        ("memory", "memory", "the memory of the machine was not enough"),
    ],
)
def test_what_goes_wrong_is_a_kind_a_stage_and_a_reason(
    tmp_path: Path, orders: str, kind: str, reason: str
) -> None:
    job = job_of(tmp_path, orders)
    do_subject(job)
    status = status_of(job)
    assert (status.status, status.kind, status.stage) == ("failed", kind, "read baseline")
    assert status.reason.startswith(reason)
    assert {row["reason"] for row in status.rows["visits"]} == {status.reason}
    written = b"".join(p.read_bytes() for p in job.out.rglob("*") if p.is_file())
    assert b"secret" not in written
    assert str(tmp_path).encode() not in written


def test_an_input_that_is_gone_is_a_fault_of_the_input(tmp_path: Path) -> None:
    job = job_of(tmp_path, "1")
    (tmp_path / "in" / "01.txt").unlink()
    assert do_subject(job).kind == "input"
    assert status_of(job).reason == "a file could not be used (No such file or directory)"


def test_a_full_disk_gives_back_what_the_subject_wrote_and_keeps_its_status(tmp_path: Path) -> None:
    def fill(unit, folder, settings, stages):
        write_text(folder / "ses-baseline" / "big.txt", "x" * 1000)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    job = job_of(tmp_path, "1", analyze=fill)
    summary = do_subject(job)
    assert (summary.kind, summary.recorded) == ("disk", True)
    left = sorted(p.name for p in job.folder.rglob("*") if p.is_file())
    assert left == [LOCK_NAME, STATUS_NAME]


def test_an_output_that_cannot_be_written_is_a_summary_all_the_same(tmp_path: Path) -> None:
    job = job_of(tmp_path, "1")
    write_text(job.out, "a file where the folder should be")
    summary = do_subject(job)
    assert (summary.status, summary.kind, summary.recorded) == ("failed", "disk", False)


def test_a_touched_input_keeps_its_result_and_a_changed_one_does_not(tmp_path: Path) -> None:
    do_subject(job_of(tmp_path, "1"))
    again = job_of(tmp_path, "1", run_id="second")  # written again: same bytes, later
    do_subject(again)
    assert status_of(again).run_id == "first"
    do_subject(replace(again, is_fresh=True))
    assert status_of(again).run_id == "second"
    do_subject(job_of(tmp_path, "2", run_id="third"))
    assert status_of(again).run_id == "third"


@pytest.mark.parametrize("changed", [{"code_version": "2"}, {"settings_sha256": "t"}])
def test_other_code_or_settings_do_not_keep_a_result(tmp_path: Path, changed) -> None:
    do_subject(job_of(tmp_path, "1"))
    again = job_of(tmp_path, "1", run_id="second", **changed)
    do_subject(again)
    assert status_of(again).run_id == "second"


def test_a_file_that_somebody_changed_is_set_aside_and_the_rest_deleted(tmp_path: Path) -> None:
    job = job_of(tmp_path, "1")
    do_subject(job)
    first, second = (job.folder / f"ses-{visit}/edema.txt" for visit in ("baseline", "week14"))
    write_text(first, "corrected by hand")
    write_text(job.folder / "notes.txt", "mine")
    remove_outputs(job.out, job.unit.folder)
    assert first.with_name("edema.txt.changed").read_text() == "corrected by hand"
    assert not first.exists()
    assert not second.exists()
    assert (job.folder / "notes.txt").read_text() == "mine"
    assert read_status(job.out, job.unit.folder) is None


def test_a_full_disk_takes_nothing_of_others_from_the_folder_of_its_subject(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(tmp_path, "3")
    do_subject(job)
    comments = job.folder / "ses-baseline" / "comments.txt"
    comments.write_text("seen on Monday")
    stranger = job.folder / ".stages" / "mine.zip"
    stranger.write_text("not of the program")

    def write_or_fail(path: Path, text: str) -> None:
        if "week14" in path.parent.name:
            raise OutputRefused("cannot write") from OSError(errno.ENOSPC, "full")
        write_text(path, text)

    monkeypatch.setattr("fake_cohort.write_text", write_or_fail)
    again = do_subject(job_of(tmp_path, "4"))
    assert (again.status, again.kind, again.recorded) == ("failed", "disk", True)
    assert comments.read_text() == "seen on Monday"
    assert stranger.exists()
    left = {path.name for path in job.folder.rglob("*") if path.is_file()}
    assert left == {STATUS_NAME, LOCK_NAME, "comments.txt", "mine.zip"}


def greedy(unit, folder, settings, stages):
    """Take a fifth of a gigabyte for a subject whose input is 9."""
    held = np.ones(25 << 20) if unit.visits[0].volume.path.read_text() == "9" else np.ones(1)
    assert held.all()
    return analyze(unit, folder, settings, stages)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a peak start again")
def test_the_peak_of_a_subject_is_not_that_of_a_larger_one_before_it(tmp_path: Path) -> None:
    large = do_subject(job_of(tmp_path / "large", "9", analyze=greedy))
    small = do_subject(job_of(tmp_path / "small", "1", analyze=greedy))
    assert large.status == small.status == "ok"
    assert 0 < small.peak_memory_mb < large.peak_memory_mb - 180
