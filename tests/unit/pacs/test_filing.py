"""Objects are filed under names that no sender chooses, or refused."""

from io import BytesIO
from pathlib import Path

import pytest
from pydicom.dataset import FileDataset
from small_archive import images

from mri_bme.errors import UnreadableInput
from mri_bme.intake.dicom.datasets import quietly
from mri_bme.pacs.filing import file_object, object_of, uid_name


def content(dataset: FileDataset) -> bytes:
    buffer = BytesIO()
    with quietly():
        dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def test_an_object_lies_in_the_folder_of_its_series_byte_by_byte(tmp_path: Path) -> None:
    (one, *_) = images()
    path = file_object(tmp_path, content(one), expected=one.SOPInstanceUID)
    assert path.read_bytes() == content(one)
    assert path.relative_to(tmp_path).as_posix() == (
        f"{uid_name(one.StudyInstanceUID)}/{uid_name(one.SeriesInstanceUID)}/"
        f"{uid_name(one.SOPInstanceUID)}.dcm"
    )


@pytest.mark.parametrize("uid", ["../../etc/passwd", "/tmp/x", "1.2/../3", "con", "x" * 60])
def test_a_uid_that_is_a_path_leads_nowhere(tmp_path: Path, uid: str) -> None:
    (one, *_) = images()
    with quietly():
        one.StudyInstanceUID = one.SOPInstanceUID = uid
    path = file_object(tmp_path / "inbox", content(one))
    assert (tmp_path / "inbox") in path.parents
    assert [p.name for p in tmp_path.iterdir()] == ["inbox"]


def test_what_is_no_mr_image_is_refused(tmp_path: Path) -> None:
    (one, *_) = images()
    one.Modality = "CT"
    with pytest.raises(UnreadableInput, match="only MR"):
        object_of(content(one))


@pytest.mark.parametrize("damage", [b"", b"no DICOM at all", b"\0" * 200])
def test_what_is_no_dicom_is_refused(damage: bytes) -> None:
    with pytest.raises(UnreadableInput):
        object_of(damage)


def test_an_object_without_a_uid_or_with_another_is_refused(tmp_path: Path) -> None:
    (one, other, *_) = images()
    with pytest.raises(UnreadableInput, match="announced"):
        file_object(tmp_path, content(one), expected=other.SOPInstanceUID)
    del one.SeriesInstanceUID
    with pytest.raises(UnreadableInput, match="SeriesInstanceUID"):
        object_of(content(one))
    assert not list(tmp_path.iterdir())
