"""`mri-bme convert` counts what it wrote, and its exit code says whether that was all."""

from pathlib import Path

import pytest
from dicom_files import save_series

from mri_bme.cli import main


def call(source: Path, out: Path) -> object:
    with pytest.raises(SystemExit) as ended:
        main(["convert", str(source), str(out)])
    return ended.value.code or 0


def test_a_whole_export_is_written_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_series(tmp_path / "in" / "a")
    save_series(tmp_path / "in" / "b", series=2)
    assert call(tmp_path / "in", tmp_path / "out") == 0
    assert capsys.readouterr().out.startswith("2 of 2 series written")
    assert len(list((tmp_path / "out").rglob("*.nii.gz"))) == 2


def test_a_series_that_is_refused_is_counted_and_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_series(tmp_path / "in" / "a")
    save_series(tmp_path / "in" / "b", series=2)
    (tmp_path / "in" / "b" / "IM0002").unlink()  # a slice in the middle
    assert call(tmp_path / "in", tmp_path / "out") == 4
    assert capsys.readouterr().out.startswith("1 of 2 series written")


def test_an_export_without_mr_is_nothing_usable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "letter.txt").write_text("Dear colleague")
    assert call(tmp_path / "in", tmp_path / "out") == 3
    assert "no MR series among 1 file(s)" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_into_the_export(tmp_path: Path) -> None:
    save_series(tmp_path / "in")
    before = sorted(tmp_path.rglob("*"))
    assert call(tmp_path / "in", tmp_path / "in") == 2
    assert sorted(tmp_path.rglob("*")) == before
