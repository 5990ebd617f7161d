"""A command keeps the caches of its libraries to itself, unless the user chose a folder."""

import os
from pathlib import Path

import pytest

from mri_bme.cli.caches import MATPLOTLIB_CACHE, caches_of_its_own


def test_the_cache_lives_as_long_as_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MATPLOTLIB_CACHE, raising=False)
    with caches_of_its_own():
        folder = Path(os.environ[MATPLOTLIB_CACHE])
        assert folder.is_dir()
    assert not folder.exists()
    assert MATPLOTLIB_CACHE not in os.environ


def test_a_folder_of_the_users_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(MATPLOTLIB_CACHE, str(tmp_path))
    with caches_of_its_own():
        assert os.environ[MATPLOTLIB_CACHE] == str(tmp_path)
    assert tmp_path.is_dir()
