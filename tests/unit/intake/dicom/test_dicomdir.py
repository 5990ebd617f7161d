"""A DICOMDIR tells what should be there."""

from contextlib import suppress
from pathlib import Path

import pytest
from dicom_files import one_slice
from pydicom.fileset import FileSet

from mri_bme.cli import main
from mri_bme.intake.dicom import index_study

N_SLICES = 5


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """Two series of five slices, listed by pydicom's own writer of discs."""
    files = FileSet()
    for series in (3, 4):
        for index in range(N_SLICES):
            ds = one_slice(index, series=series, SOPInstanceUID=f"1.2.{series}.{index + 1}")
            ds.StudyID, ds.AccessionNumber = "1", ""
            ds.ensure_file_meta()
            ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
            files.add(ds)
    files.write(tmp_path / "disc")
    files._stage["t"].cleanup()  # it would warn of it when it is forgotten
    return tmp_path / "disc"


def series_files(disc: Path) -> dict[int | None, list[Path]]:
    found = index_study(disc, keep_key=False).series
    return {s.number: [i.path for i in s.instances] for s in found}


def test_a_whole_disc_has_no_defect(disc: Path) -> None:
    index = index_study(disc, keep_key=False)
    assert index.defects == ()
    assert index.skipped == {"DICOMDIR": 1}
    assert all(s.defects == () for s in index.series)


def test_files_that_are_listed_and_missing_are_counted_with_their_series(
    disc: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last slices are missing, which no spacing gives away."""
    for path in series_files(disc)[4][-2:]:
        path.unlink()
    index = index_study(disc, keep_key=False)
    (note,) = index.defects
    assert note.startswith("series 4: 2 of 5 files that the DICOMDIR lists are missing (IM")
    third, fourth = sorted(index.series, key=lambda s: s.number or 0)
    assert third.defects == ()
    assert "2 of 5 files" in fourth.defects[0]
    with suppress(SystemExit):
        main(["inspect", str(disc)])
    assert "2 of 5 files" in capsys.readouterr().out


def test_a_series_that_is_missing_whole_is_named(disc: Path) -> None:
    for path in series_files(disc)[3]:
        path.unlink()
    assert "series 3: 5 of 5 files" in index_study(disc, keep_key=False).defects[0]


def test_files_under_other_names_are_found_by_what_they_hold(disc: Path) -> None:
    for number, paths in series_files(disc).items():
        for k, path in enumerate(paths):
            path.rename(disc / f"moved{number}_{k}")
    assert index_study(disc, keep_key=False).defects == ()


def test_lower_case_copies_count(disc: Path) -> None:
    for k, path in enumerate(series_files(disc)[3]):
        path.rename(path.with_name(path.name.lower() + (".dcm" if k else "")))
    assert index_study(disc, keep_key=False).defects == ()


def test_a_damaged_dicomdir_lists_nothing(disc: Path) -> None:
    path = disc / "DICOMDIR"
    path.write_bytes(path.read_bytes()[:900])
    assert len(index_study(disc, keep_key=False).series) == 2
