"""An export without MR series is answered with what it holds and what to do about it."""

import pytest

from mri_bme.intake.dicom.nothing import counted, no_series_message


@pytest.mark.parametrize(
    ("skipped", "told", "advice"),
    [
        ({"PDF": 2, "ECG": 1}, "3 files (2 PDF, 1 ECG)", "name the folder"),
        ({"archive": 1}, "1 file (1 archive)", "unpack it"),
        ({"archive": 2, "empty file": 2}, "4 files (2 archives, 2 empty files)", "unpack it"),
        ({"DICOMDIR": 1}, "1 file (1 DICOMDIR)", "copy the whole disc"),
        ({"empty file": 1}, "1 file (1 empty file)", "export them again"),
        ({}, "0 files (of other kinds)", "name the folder"),
    ],
)
def test_it_is_said_what_there_was_and_what_to_do(
    skipped: dict[str, int], told: str, advice: str
) -> None:
    words = no_series_message(sum(skipped.values()), skipped)
    assert words.startswith(f"no MR series among {told}; ")
    assert advice in words


def test_kinds_that_are_names_have_no_plural() -> None:
    kinds = {"not DICOM": 3, "link to a folder outside": 2, "empty DICOM": 2, "archive": 1}
    assert counted(kinds) == "3 not DICOM, 2 links to a folder outside, 2 empty DICOM, 1 archive"
