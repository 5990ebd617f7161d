"""One run at a time holds an output, and a folder that takes no file is said to."""

from pathlib import Path

import pytest

from mri_bme.batch.lock import locked, waiting_lock
from mri_bme.errors import OutputRefused


def test_a_second_run_is_refused_with_the_process_that_holds_the_folder(tmp_path: Path) -> None:
    refused = pytest.raises(OutputRefused, match=r"in use by process \d+")
    with locked(tmp_path), refused, locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def test_shards_share_a_folder_but_not_a_part(tmp_path: Path) -> None:
    with locked(tmp_path, shard="1of2"), locked(tmp_path, shard="2of2"):
        with pytest.raises(OutputRefused, match="in use"), locked(tmp_path, shard="1of2"):
            pass
        with pytest.raises(OutputRefused, match="in use"), locked(tmp_path):
            pass


def test_a_folder_that_takes_no_lock_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    refused = pytest.raises(OutputRefused, match="cannot write to the output folder")
    with refused, waiting_lock(tmp_path / "file", name=".lock"):
        pass
