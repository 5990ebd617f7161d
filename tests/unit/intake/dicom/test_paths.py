"""Listing an export: what may not be listed is counted, not passed over."""

import os
from pathlib import Path

import pytest

from mri_bme.intake.dicom.paths import list_files


def test_a_folder_that_may_not_be_listed_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made by hand, because root may list every folder."""
    (tmp_path / "closed").mkdir()
    (tmp_path / "IM0001").write_bytes(b"x")
    scandir = os.scandir

    def guarded(folder: str) -> object:
        if folder.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", guarded)
    files = list_files(tmp_path)
    assert len(files) == 1
    assert files.n_closed_folders == 1


def test_a_link_that_leads_to_itself_costs_no_file_beside_it(tmp_path: Path) -> None:
    """Whatever order the folder is listed in: links lie before and behind the rest."""
    for name in ("0", "9"):
        (tmp_path / name).symlink_to(tmp_path / name)
    (tmp_path / "IM0001").write_bytes(b"x")
    (tmp_path / "visit").mkdir()
    (tmp_path / "visit" / "IM0002").write_bytes(b"x")
    files = list_files(tmp_path)
    assert [path.name for path in files] == ["IM0001", "IM0002"]
    assert (files.n_dead_links, files.n_closed_folders) == (2, 0)
