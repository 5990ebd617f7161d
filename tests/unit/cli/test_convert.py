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
    assert "no MR series among 1 file (1 not DICOM); name the folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_into_the_export(tmp_path: Path) -> None:
    save_series(tmp_path / "in")
    before = sorted(tmp_path.rglob("*"))
    assert call(tmp_path / "in", tmp_path / "in") == 2
    assert sorted(tmp_path.rglob("*")) == before


def test_a_table_and_a_picture_that_were_edited_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_series(tmp_path / "in")
    out = tmp_path / "out"
    assert call(tmp_path / "in", out) == 0
    (picture,) = out.rglob("*.nii.gz")
    table, whole = out / "series.csv", picture.read_bytes()
    header = table.read_text().splitlines()[0]
    table.write_text(header + "\nmine")
    picture.write_bytes(b"drawn by hand")
    capsys.readouterr()
    assert call(tmp_path / "in", out) == 0
    assert (out / "series.csv.changed").read_text() == header + "\nmine"
    assert picture.with_name(picture.name + ".changed").read_bytes() == b"drawn by hand"
    assert picture.read_bytes() == whole
    assert capsys.readouterr().err.count("was edited since it was written") == 2


def test_a_picture_of_somebody_else_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_series(tmp_path / "in")
    assert call(tmp_path / "in", tmp_path / "out") == 0
    (picture,) = (tmp_path / "out").rglob("*.nii.gz")
    foreign = tmp_path / "other" / picture.relative_to(tmp_path / "out")
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"mine")
    assert call(tmp_path / "in", tmp_path / "other") == 2
    assert "pictures that mri-bme did not make" in capsys.readouterr().err
    assert foreign.read_bytes() == b"mine"
    assert [p for p in (tmp_path / "other").rglob("*") if p.is_file()] == [foreign]
