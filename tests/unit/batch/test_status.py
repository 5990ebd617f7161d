"""A status is believed only where it can be this subject's own."""

from pathlib import Path

import pytest

from mri_bme.batch.status import (
    SubjectStatus,
    has_all_outputs,
    outdated,
    read_status,
    read_statuses,
    write_status,
)


def status(folder: str = "sub-01", **more: object) -> SubjectStatus:
    facts = {
        "subject": "01",
        "folder": folder,
        "visits": ("baseline",),
        "unit_sha256": "",
        "status": "ok",
        "code_version": "1",
        "settings_sha256": "",
    }
    return SubjectStatus.model_validate({**facts, **more})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    for folder in ("sub-02", "sub-01"):
        write_status(tmp_path, status(folder, outputs={"report.html": "x"}))
    assert read_status(tmp_path, "sub-02") == status("sub-02", outputs={"report.html": "x"})
    assert [found.folder for found in read_statuses(tmp_path)] == ["sub-01", "sub-02"]
    assert read_status(tmp_path, "sub-03") is None


@pytest.mark.parametrize("name", ["../sub-02/report.html", "/etc/passwd", "a/../../x"])
def test_a_status_that_names_a_file_outside_its_folder_is_not_believed(
    tmp_path: Path, name: str
) -> None:
    write_status(tmp_path, status(outputs={"ses-baseline/mask.nii.gz": "x"}))
    assert read_status(tmp_path, "sub-01") is not None
    write_status(tmp_path, status(outputs={name: "x"}))
    assert read_status(tmp_path, "sub-01") is None


@pytest.mark.parametrize("link", ["ses-baseline", "ses-baseline/mask.nii.gz"])
def test_a_status_whose_file_or_folder_is_a_link_out_of_its_folder_is_not_believed(
    tmp_path: Path, link: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "mask.nii.gz").mkdir(parents=True)
    write_status(tmp_path, status(outputs={"ses-baseline/mask.nii.gz": "x"}))
    assert read_status(tmp_path, "sub-01") is not None
    place = tmp_path / "sub-01" / link
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(elsewhere)
    assert read_status(tmp_path, "sub-01") is None


def test_a_status_of_another_folder_or_cut_short_is_none(tmp_path: Path) -> None:
    write_status(tmp_path, status("sub-01"))
    (tmp_path / "sub-01").rename(tmp_path / "sub-02")
    assert read_status(tmp_path, "sub-02") is None
    write_status(tmp_path, status("sub-01"))
    path = tmp_path / "sub-01" / "status.json"
    path.write_text(path.read_text()[:-20])
    assert read_status(tmp_path, "sub-01") is None


def test_a_deleted_file_is_noticed(tmp_path: Path) -> None:
    found = status(outputs={"report.html": "x"})
    write_status(tmp_path, found)
    assert not has_all_outputs(tmp_path, found)
    (tmp_path / "sub-01" / "report.html").write_text("x")
    assert has_all_outputs(tmp_path, found)


def test_numbers_of_other_code_leave_the_tables_and_the_subject_stays() -> None:
    rows = {"visits": [{"subject": "01", "visit": "baseline", "edema_ml": "8.57"}]}
    old = outdated(status(rows=rows | {"lesions": [{"subject": "01"}]}))
    assert old.status == "not_evaluable"
    (row,) = old.rows["visits"]
    assert row["subject"] == "01"
    assert "edema_ml" not in row
    assert row["evaluable"] is False
    assert "lesions" not in old.rows
