"""The key of the pseudonyms: whole or not there, and for its owner only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mri_bme.errors import OutputRefused
from mri_bme.intake.dicom.key import KEY_BYTES, make_key, passing_key, read_key

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes of files")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "deep" / "pseudonym.key"
    monkeypatch.setenv("MRI_BME_KEY_FILE", str(found))
    return found


def test_a_key_is_made_once_and_only_its_owner_can_read_it(path: Path) -> None:
    assert read_key() is None
    key = make_key()
    assert make_key() == read_key() == passing_key() == key
    assert len(key) == KEY_BYTES
    assert path.stat().st_mode & 0o077 == 0
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_refused(path: Path, mode: int) -> None:
    make_key()
    path.chmod(mode)
    for ask in (read_key, make_key, passing_key):
        with pytest.raises(OutputRefused, match="chmod 600"):
            ask()


def test_a_short_key_is_refused_and_kept(path: Path) -> None:
    make_key()
    path.write_bytes(b"short")
    with pytest.raises(OutputRefused, match="damaged"):
        make_key()
    assert path.read_bytes() == b"short"


def test_a_passing_key_is_kept_nowhere_and_holds_for_the_process(path: Path) -> None:
    assert passing_key() == passing_key()
    assert not path.exists()


def test_runs_that_start_together_find_one_key(path: Path) -> None:
    program = "from mri_bme.intake.dicom.key import make_key; print(make_key().hex())"
    for _ in range(3):
        started = [
            subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        keys = {process.communicate()[0] for process in started}
        assert [process.returncode for process in started] == [0] * 4
        assert len(keys) == 1
        path.unlink()


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MRI_BME_KEY_FILE", str(tmp_path / "file" / "key"))
    with pytest.raises(OutputRefused, match="cannot be kept"):
        make_key()
