"""Classic MR DICOM of a volume, tagged as the three large vendors would."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage

from mri_bme.files import replacing
from mri_bme.volume import Volume

UID_ROOT = "2.25."  # UUID-derived UIDs need no registered root (DICOM PS3.5 B.2)
BITS_STORED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyHeader:
    """Who and when: one study of a synthetic subject."""

    patient_id: str
    study_date: date
    key: str  # makes UIDs: same key, same UIDs
    patient_sex: str = "O"
    description: str = "MR Sacroiliac joints"
    patient_name: str | None = None  # a phantom is named after its ID
    deidentification: str = "a phantom: there was no patient"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesHeader:
    """How one series was acquired, in DICOM's words; `elements` are set by keyword."""

    number: int
    description: str
    thickness_mm: float
    elements: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    file_pattern: str = "IM{:06d}"
    interleaved: bool = False
    rescale_slope: float | None = None
    bits_stored: int = BITS_STORED


def uid_for(key: str) -> UID:
    """Make a UID from a key: the same key gives the same UID."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:16], "big")
    return UID(f"{UID_ROOT}{number}")


def write_series(
    folder: Path,
    volumes: tuple[Volume, ...],
    study: StudyHeader,
    series: SeriesHeader,
) -> tuple[Path, ...]:
    """Write stacks as one classic MR series, one file per slice.

    Parameters
    ----------
    folder : Path
        Receives the files; made when missing.
    volumes : tuple of Volume
        One stack, or several (a three-plane localizer). Whole numbers of 0 to 4095.
    study, series : StudyHeader, SeriesHeader
        What stands in the headers.

    Returns
    -------
    tuple of Path
        Files written, in order of their instance number.
    """
    paths = []
    for number, dataset in enumerate(series_instances(volumes, study, series), start=1):
        path = folder / series.file_pattern.format(number)
        with replacing(path) as temporary:
            dataset.save_as(temporary, enforce_file_format=True)
        paths.append(path)
    return tuple(paths)


def series_instances(
    volumes: Iterable[Volume], study: StudyHeader, series: SeriesHeader
) -> Iterator[FileDataset]:
    """Make the instances of a classic MR series, in order of their number.

    Voxels are stored as they are: whole numbers of at most `series.bits_stored` bits.
    """
    number = 0
    for stack in volumes:
        for position in _acquisition_order(stack.geometry.shape[0], series.interleaved):
            number += 1
            yield _instance(stack, position, number, study, series)


def _acquisition_order(n_slices: int, interleaved: bool) -> list[int]:
    every = list(range(n_slices))
    return every[1::2] + every[0::2] if interleaved else every


def _instance(
    volume: Volume, position: int, number: int, study: StudyHeader, series: SeriesHeader
) -> FileDataset:
    meta = FileMetaDataset()
    instance_uid = uid_for(f"{study.key}/{series.number}/{number}")
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = instance_uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = uid_for("mri_bme dicom writer")
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    _set_patient_and_study(dataset, study)
    _set_series(dataset, study, series)
    dataset.SOPClassUID = MRImageStorage
    dataset.SOPInstanceUID = instance_uid
    dataset.InstanceNumber = number
    dataset.AcquisitionNumber = 1
    _set_geometry(dataset, volume, position, series)
    _set_pixels(dataset, volume, position, series)
    return dataset


def _set_patient_and_study(dataset: Dataset, study: StudyHeader) -> None:
    day = study.study_date.strftime("%Y%m%d")
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.PatientID = study.patient_id
    dataset.PatientName = study.patient_name or f"Phantom^{study.patient_id}"
    dataset.PatientBirthDate = ""
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = study.deidentification
    dataset.PatientSex = study.patient_sex
    dataset.PatientPosition = "HFS"
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = day
    dataset.StudyTime = "090000"
    dataset.StudyID = "1"
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = study.description
    dataset.StudyInstanceUID = uid_for(study.key)
    dataset.FrameOfReferenceUID = uid_for(f"{study.key}/frame")
    dataset.PositionReferenceIndicator = ""


def _set_series(dataset: Dataset, study: StudyHeader, series: SeriesHeader) -> None:
    dataset.Modality = "MR"
    dataset.BodyPartExamined = "PELVIS"
    dataset.SeriesInstanceUID = uid_for(f"{study.key}/{series.number}")
    dataset.SeriesNumber = series.number
    dataset.SeriesDescription = series.description
    minute, second = divmod(series.number * 97, 60)
    dataset.SeriesTime = dataset.AcquisitionTime = f"09{minute:02d}{second:02d}"
    dataset.ContentTime = dataset.SeriesTime
    for keyword, value in series.elements.items():
        setattr(dataset, keyword, value)


def _set_geometry(dataset: Dataset, volume: Volume, position: int, series: SeriesHeader) -> None:
    geometry = volume.geometry
    across, down = geometry.directions[:, 2], geometry.directions[:, 1]
    corner = geometry.points_lps((position, 0, 0))
    dataset.ImageOrientationPatient = [_decimal(v) for v in (*across, *down)]
    dataset.ImagePositionPatient = [_decimal(v) for v in corner]
    dataset.PixelSpacing = [_decimal(geometry.spacing_mm[1]), _decimal(geometry.spacing_mm[2])]
    dataset.SliceThickness = _decimal(series.thickness_mm)
    dataset.SpacingBetweenSlices = _decimal(geometry.spacing_mm[0])
    dataset.SliceLocation = _decimal(float(corner @ np.cross(across, down)))


def _decimal(value: float) -> str:
    """Write a number in the 16 characters that a decimal string may have."""
    return f"{value + 0.0:.9f}"[:16].rstrip("0").rstrip(".") or "0"


def _set_pixels(dataset: Dataset, volume: Volume, position: int, series: SeriesHeader) -> None:
    stored = np.ascontiguousarray(np.rint(volume.voxels[position]).astype("<u2"))
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape
    dataset.BitsAllocated = 16
    dataset.BitsStored = series.bits_stored
    dataset.HighBit = series.bits_stored - 1
    dataset.PixelRepresentation = 0
    dataset.SmallestImagePixelValue = int(stored.min())
    dataset.LargestImagePixelValue = int(stored.max())
    dataset.WindowCenter = str(int(np.percentile(stored, 99) / 2) + 1)
    dataset.WindowWidth = str(int(np.percentile(stored, 99)) + 1)
    if series.rescale_slope is not None:
        dataset.RescaleIntercept = "0"
        dataset.RescaleSlope = _decimal(series.rescale_slope)
        dataset.RescaleType = "normalized"
    dataset.PixelData = stored.tobytes()
