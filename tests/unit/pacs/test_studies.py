"""A study is measured once it is quiet, and again when an image comes late."""

import os
from pathlib import Path

from mri_bme.files import UNFINISHED
from mri_bme.pacs.listener import ARRIVING
from mri_bme.pacs.studies import (
    JOURNAL_NAME,
    STUDIES,
    due_studies,
    read_journal,
    settle_studies,
    write_journal,
)


def arrive(inbox: Path, study: str, name: str, at: float) -> None:
    path = inbox / ARRIVING / study / "series" / f"{name}.dcm"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(name.encode())
    os.utime(path, (at, at))


def test_only_what_has_been_quiet_is_moved(tmp_path: Path) -> None:
    arrive(tmp_path, "done", "1", 100)
    arrive(tmp_path, "busy", "1", 100)
    arrive(tmp_path, "busy", "2", 155)
    assert settle_studies(tmp_path, quiet_s=50, now=160) == 1
    assert [s.name for s in due_studies(tmp_path)] == ["done"]
    assert not (tmp_path / ARRIVING / "done").exists()
    assert settle_studies(tmp_path, quiet_s=50, now=210) == 1
    assert [(s.name, s.n_files) for s in due_studies(tmp_path)] == [("busy", 2), ("done", 1)]


def test_a_late_image_makes_its_study_due_again(tmp_path: Path) -> None:
    arrive(tmp_path, "a", "1", 100)
    settle_studies(tmp_path, quiet_s=1, now=200)
    write_journal(tmp_path, due_studies(tmp_path))
    assert due_studies(tmp_path) == ()
    arrive(tmp_path, "a", "2", 300)
    settle_studies(tmp_path, quiet_s=1, now=400)
    (found,) = due_studies(tmp_path)
    assert found.n_files == 2


def test_a_move_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    arrive(tmp_path, "a", "1", 100)
    arrive(tmp_path, "a", "2", 100)
    half = tmp_path / STUDIES / "a" / "series"
    half.mkdir(parents=True)
    (tmp_path / ARRIVING / "a" / "series" / "1.dcm").replace(half / "1.dcm")
    settle_studies(tmp_path, quiet_s=1, now=200)
    (found,) = due_studies(tmp_path)
    assert found.n_files == 2


def test_what_is_being_written_is_neither_moved_nor_counted(tmp_path: Path) -> None:
    arrive(tmp_path, "a", "1", 100)
    arrive(tmp_path, "a", f"{UNFINISHED}x", 100)
    settle_studies(tmp_path, quiet_s=1, now=200)
    (found,) = due_studies(tmp_path)
    assert found.n_files == 1
    assert (tmp_path / ARRIVING / "a" / "series" / f"{UNFINISHED}x.dcm").is_file()


def test_a_damaged_journal_is_none(tmp_path: Path) -> None:
    for text in ("{", "[]", ""):
        (tmp_path / JOURNAL_NAME).write_text(text)
        assert read_journal(tmp_path) == {}
    assert due_studies(tmp_path / "nowhere") == ()
