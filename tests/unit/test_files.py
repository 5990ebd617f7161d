"""A file is there whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from mri_bme.errors import InvalidSettings, OutputRefused
from mri_bme.files import (
    UNFINISHED,
    read_toml,
    remove_unfinished,
    replacing,
    replacing_folder,
    write_bytes,
    write_text,
)


def test_what_is_written_is_there_and_nothing_else(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "t.txt", "µm\n")
    write_bytes(tmp_path / "a" / "t.bin", b"\0\1")
    assert (tmp_path / "a" / "t.txt").read_bytes() == "µm\n".encode()
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["t.bin", "t.txt"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    write_text(path, "old")

    def fail_half_way() -> None:
        with replacing(path) as temporary:
            temporary.write_text("ne")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["t.txt"]


def test_both_the_file_and_its_name_reach_the_disk(tmp_path: Path, monkeypatch) -> None:
    synced: list[bool] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    write_text(tmp_path / "t.txt", "x")
    assert synced == [False, True]


def test_an_unwritable_place_is_said_without_its_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputRefused, match=r"cannot write t\.txt") as error:
        write_text(tmp_path / "file" / "t.txt", "x")
    assert str(tmp_path) not in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, r"^there is no file mine\.toml; check the path$"),
        (b"a = ", r"^mine\.toml cannot be read as TOML: "),
        (b"a = '\xff'", r"^mine\.toml cannot be read as TOML: "),
    ],
)
def test_a_toml_file_that_cannot_be_used_says_why_by_its_name_alone(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidSettings, match=words):
        read_toml(path)


def test_a_folder_takes_the_place_of_an_earlier_one_or_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "visits.parquet"
    path.write_text("an earlier kind")
    for content in ("first", "second"):
        with replacing_folder(path) as folder:
            (folder / content).write_text(content)
    assert [found.name for found in path.iterdir()] == ["second"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_could_not_be_made_leaves_the_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "visits.parquet"
    with replacing_folder(path) as folder:
        (folder / "kept").touch()

    def fail_half_way() -> None:
        with replacing_folder(path) as folder:
            (folder / "half").touch()
            raise OSError("disk full")

    with pytest.raises(OutputRefused):
        fail_half_way()
    assert [found.name for found in path.iterdir()] == ["kept"]
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_left_unfinished_is_removed_folders_too(tmp_path: Path) -> None:
    (tmp_path / f"{UNFINISHED}table").mkdir()
    (tmp_path / f"{UNFINISHED}table" / "part").touch()
    remove_unfinished(tmp_path)
    assert not list(tmp_path.iterdir())
