"""Small synthetic DICOM files, made awkward on purpose."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MR_CLASS = "1.2.840.10008.5.1.4.1.1.4"
SEMICORONAL = (1.0, 0.0, 0.0, 0.0, 0.6, -0.8)
ROWS, COLUMNS, SPACING_MM = 12, 10, 5.0
STUDY_UID = "1.2.826.0.1.3680043.8.498.1"


def uid(*parts: int) -> str:
    return generate_uid(entropy_srcs=[str(part) for part in parts])


def stored_voxels(index: int, shape: tuple[int, int] = (ROWS, COLUMNS)) -> NDArray[np.uint16]:
    """A different image for every slice."""
    values = np.arange(shape[0] * shape[1]).reshape(shape) + 1000 * index
    return (values % 4096).astype(np.uint16)


def slice_position(index: int, orientation: tuple[float, ...] = SEMICORONAL) -> NDArray[np.float64]:
    normal = np.cross(orientation[:3], orientation[3:])
    return np.array([-50.0, 20.0, 30.0]) + index * SPACING_MM * normal


def one_slice(index: int, *, series: int = 1, copy: int = 0, **values: Any) -> Dataset:
    """One classic MR slice; keyword values are DICOM keywords, None removes one."""
    ds = Dataset()
    ds.SOPClassUID = MR_CLASS
    ds.SOPInstanceUID = uid(series, index, copy)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
    ds.Modality, ds.Manufacturer = "MR", "ACME"
    ds.StudyDate, ds.StudyTime = "20240101", "120000"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = STUDY_UID, uid(series)
    ds.FrameOfReferenceUID = uid(99)
    ds.PatientID, ds.PatientName = "TRIAL-007", "TRIAL-007"
    ds.PatientIdentityRemoved = "YES"
    ds.SeriesDescription, ds.SeriesNumber = "STIR cor", series
    ds.InstanceNumber, ds.AcquisitionNumber = index + 1, index + 1
    ds.ScanningSequence, ds.ScanOptions = ["SE", "IR"], "IR"
    ds.EchoTime, ds.RepetitionTime, ds.InversionTime = 60, 4000, 150
    ds.MagneticFieldStrength, ds.SliceThickness = 1.5, 4
    ds.ImagePositionPatient = [round(float(v), 8) for v in slice_position(index)]
    ds.ImageOrientationPatient = list(SEMICORONAL)
    ds.PixelSpacing = [0.8, 0.9]
    pixels = stored_voxels(index)
    ds.Rows, ds.Columns = pixels.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.PixelData = pixels.tobytes()
    for keyword, value in values.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def save(ds: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write a proper file of this transfer syntax."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", MR_CLASS)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID", uid(0))
    ds.file_meta.TransferSyntaxUID = syntax
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pydicom.dcmwrite(path, ds, enforce_file_format=True)
    return path


def save_bare(ds: Dataset, path: Path, *, implicit: bool, little: bool) -> Path:
    """Write the data set alone: no preamble, no meta header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(path, ds, implicit_vr=implicit, little_endian=little)
    return path


def save_series(folder: Path, n: int = 6, **values: Any) -> list[Path]:
    """Write slices 0 to n-1."""
    return [save(one_slice(i, **values), folder / f"IM{i:04d}") for i in range(n)]


def enhanced(frames: list[dict[str, Any]], **values: Any) -> Dataset:
    """An enhanced multi-frame object; each frame gives position, pixels and what differs."""
    ds = one_slice(0)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "EchoTime"):
        delattr(ds, keyword)
    ds.SOPClassUID = MR_CLASS + ".1"
    ds.NumberOfFrames = len(frames)
    shared = Dataset()
    shared.PixelMeasuresSequence = [_item(PixelSpacing=[0.8, 0.9], SliceThickness=4)]
    ds.SharedFunctionalGroupsSequence = [shared]
    ds.PerFrameFunctionalGroupsSequence = [_functional_group(frame) for frame in frames]
    ds.PixelData = b"".join(np.asarray(frame["pixels"], dtype="<u2").tobytes() for frame in frames)
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def _functional_group(frame: dict[str, Any]) -> Dataset:
    group = Dataset()
    group.PlanePositionSequence = [
        _item(ImagePositionPatient=[round(float(v), 8) for v in frame["position"]])
    ]
    orientation = list(frame.get("orientation", SEMICORONAL))
    group.PlaneOrientationSequence = [_item(ImageOrientationPatient=orientation)]
    group.FrameContentSequence = [
        _item(StackID=frame.get("stack", "1"), TemporalPositionIndex=frame.get("time", 1))
    ]
    group.MREchoSequence = [_item(EffectiveEchoTime=float(frame.get("echo", 60.0)))]
    group.MRImageFrameTypeSequence = [
        _item(FrameType=["ORIGINAL", "PRIMARY", frame.get("kind", "M"), "NONE"])
    ]
    group.PixelValueTransformationSequence = [
        _item(RescaleSlope=frame.get("slope", 1), RescaleIntercept=frame.get("intercept", 0))
    ]
    return group


def _item(**values: Any) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item
