"""File objects that arrive: whole or not at all, under names that no sender chooses."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError

from mri_bme.errors import UnreadableInput
from mri_bme.files import write_bytes
from mri_bme.intake.dicom.datasets import quietly

NAME_DIGITS = 24
SUFFIX = ".dcm"
NEEDED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality")


def uid_name(uid: str) -> str:
    """Name a UID for the disk: a hash, since a UID from outside may be any text."""
    return hashlib.sha256(uid.strip().encode()).hexdigest()[:NAME_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledObject:
    """Where an object belongs below an inbox."""

    study: str
    series: str
    instance: str

    @property
    def name(self) -> str:
        """Path below the inbox."""
        return f"{uid_name(self.study)}/{uid_name(self.series)}/{uid_name(self.instance)}{SUFFIX}"


def object_of(content: bytes, *, expected: str = "") -> FiledObject:
    """Read from an object's header where it belongs.

    Parameters
    ----------
    content : bytes
        A DICOM file.
    expected : str
        The SOP Instance UID that the sender announced.

    Raises
    ------
    UnreadableInput
        If it is no DICOM object, no MR image, or another than was announced.
    """
    try:
        with quietly():
            head = pydicom.dcmread(
                BytesIO(content), stop_before_pixels=True, specific_tags=list(NEEDED)
            )
            told = {keyword: str(head.get(keyword, "")) for keyword in NEEDED}
    except (InvalidDicomError, EOFError, ValueError, TypeError, KeyError, OSError) as error:
        raise UnreadableInput("the object cannot be read as DICOM") from error
    if told["Modality"] != "MR":
        raise UnreadableInput("only MR images are taken")
    missing = [keyword for keyword in NEEDED if not told[keyword]]
    if missing:
        raise UnreadableInput(f"the object has no {missing[0]}")
    if expected and told["SOPInstanceUID"] != expected:
        raise UnreadableInput("the object is another than the one that was announced")
    return FiledObject(
        study=told["StudyInstanceUID"],
        series=told["SeriesInstanceUID"],
        instance=told["SOPInstanceUID"],
    )


def file_object(inbox: Path, content: bytes, *, expected: str = "") -> Path:
    """Write an object to its place; it is on the disk when this returns.

    Raises
    ------
    UnreadableInput
        As `object_of`.
    OutputRefused
        If it cannot be written.
    """
    path = inbox / object_of(content, expected=expected).name
    write_bytes(path, content)
    return path
