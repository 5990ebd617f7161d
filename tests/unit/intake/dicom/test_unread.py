"""Files and folders that gave nothing: counted, with their subject where that can be told."""

import os
from pathlib import Path

import pytest
from dicom_files import one_slice, save, uid

from mri_bme.intake.dicom import StudyIndex, index_study
from mri_bme.intake.dicom.header import find_frames


def visit(folder: Path, patient: str, number: int = 1, date: str = "20200106") -> list[Path]:
    values = {"PatientID": patient, "PatientName": patient, "StudyDate": date}
    values |= {"StudyInstanceUID": uid(7, number), "SeriesInstanceUID": uid(8, number)}
    return [save(one_slice(i, copy=number, **values), folder / f"IM{i:04d}") for i in range(4)]


def told(index: StudyIndex) -> list[tuple[str, int]]:
    return [(one.subject, one.n_files) for one in index.unread]


def place_of(path: Path, tag: bytes) -> int:
    return path.read_bytes().index(tag)


STUDY_UID_TAG, PATIENT_TAG = b"\x20\0\x0d\0UI", b"\x10\0\x20\0LO"


def test_a_whole_export_leaves_nothing_unread(tmp_path: Path) -> None:
    visit(tmp_path, "TRIAL-007")
    (tmp_path / "readme.txt").write_text("")
    (tmp_path / ".hidden").write_text("")
    (tmp_path / "notes").write_text("some words")
    assert told(index_study(tmp_path)) == []


def test_files_cut_behind_the_patient_are_the_patients(tmp_path: Path) -> None:
    visit(tmp_path / "a", "TRIAL-007")
    for path in visit(tmp_path / "b", "TRIAL-007", 2, "20200413"):
        path.write_bytes(path.read_bytes()[: place_of(path, STUDY_UID_TAG)])
    assert told(index_study(tmp_path)) == [("TRIAL-007", 4)]


@pytest.mark.parametrize("n_kept", [0, 100, 132, 140, 200, 400])
def test_files_cut_before_it_belong_to_whose_images_lie_around(tmp_path: Path, n_kept: int) -> None:
    visit(tmp_path / "one" / "a", "TRIAL-007")
    visit(tmp_path / "two" / "a", "TRIAL-008", 3)
    for path in visit(tmp_path / "one" / "b", "TRIAL-007", 2, "20200413"):
        assert n_kept < place_of(path, PATIENT_TAG)
        path.write_bytes(path.read_bytes()[:n_kept])
    assert told(index_study(tmp_path)) == [("TRIAL-007", 4)]


def test_files_among_those_of_several_are_nobodys(tmp_path: Path) -> None:
    visit(tmp_path / "one", "TRIAL-007")
    visit(tmp_path / "two", "TRIAL-008", 3)
    (tmp_path / "IM0001").write_bytes(b"")
    assert told(index_study(tmp_path)) == [("", 1)]


def test_a_subject_of_whom_nothing_can_be_read_is_named(tmp_path: Path) -> None:
    visit(tmp_path / "a", "TRIAL-007")
    for path in visit(tmp_path / "b", "Doe-Jane", 2):
        path.write_bytes(path.read_bytes()[: place_of(path, STUDY_UID_TAG)])
    ((subject, n),) = told(index_study(tmp_path))
    assert n == 4
    assert subject.startswith("P")
    assert "Doe" not in subject


def test_files_of_a_refused_series_are_not_counted_again(tmp_path: Path) -> None:
    path = visit(tmp_path, "TRIAL-007")[2]
    path.write_bytes(path.read_bytes()[:-30])
    index = index_study(tmp_path)
    assert index.series[0].refused
    assert told(index) == []


def test_links_and_archives_are_counted(tmp_path: Path) -> None:
    visit(tmp_path / "in" / "a", "TRIAL-007")
    visit(tmp_path / "elsewhere", "TRIAL-008", 2)
    (tmp_path / "in" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "dead").symlink_to(tmp_path / "nowhere")
    (tmp_path / "in" / "more.zip").write_bytes(b"PK")
    index = index_study(tmp_path / "in")
    reasons = [one.reason for one in index.unread]
    assert told(index) == [("", 1)] * 3
    assert any("archives" in reason for reason in reasons)
    assert any("outside the input" in reason for reason in reasons)
    assert any("links to nothing" in reason for reason in reasons)
    assert set(index.defects) >= {f"1 {reason}" for reason in reasons}


@pytest.mark.parametrize(
    ("name", "head", "is_lost"),
    [
        ("IM0001.dcm", b"PK\x03\x04", True),
        ("week14", b"Rar!\x1a\x07\x01", True),
        ("scan", b"name".ljust(257, b"\0") + b"ustar", True),
        ("letter.docx", b"PK\x03\x04", False),
        ("week14", b"anything", False),
    ],
)
def test_an_archive_is_known_by_what_it_holds(
    tmp_path: Path, name: str, head: bytes, is_lost: bool
) -> None:
    """By its name as well, and then whatever it holds; a letter of an office is packed, too."""
    visit(tmp_path / "a", "TRIAL-007")
    (tmp_path / name).write_bytes(head.ljust(600, b"\1"))
    assert told(index_study(tmp_path)) == ([("", 1)] if is_lost else [])


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_may_not_be_listed_is_counted(tmp_path: Path) -> None:
    visit(tmp_path / "a", "TRIAL-007")
    visit(tmp_path / "b", "TRIAL-008", 2)
    (tmp_path / "b").chmod(0)
    try:
        index = index_study(tmp_path)
    finally:
        (tmp_path / "b").chmod(0o700)
    assert told(index) == [("", 1)]


def test_other_objects_that_are_cut_are_no_loss(tmp_path: Path) -> None:
    report = one_slice(0, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", Modality="SR")
    path = save(report, tmp_path / "sr")
    path.write_bytes(path.read_bytes()[: place_of(path, PATIENT_TAG)])
    assert find_frames(str(path)).damage is None
