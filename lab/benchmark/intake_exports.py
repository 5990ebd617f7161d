"""Exports made to be timed: series of slices and enhanced objects, with usual headers."""

import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

SLICES_PER_SERIES = 25
MR_CLASS = "1.2.840.10008.5.1.4.1.1.4"


def write_export(folder: Path, n_files: int, *, side: int) -> Path:
    """Write an export of series of 25 slices with headers of the usual length."""
    folder.mkdir(parents=True)
    template = slice_template(side)
    slices = [slice_bytes(template, index) for index in range(min(n_files, SLICES_PER_SERIES))]
    for number in range(n_files):
        series, index = divmod(number, SLICES_PER_SERIES)
        content = slices[index].replace(series_uid(0), series_uid(series))
        (folder / f"IM{number:06d}").write_bytes(content)
    return folder


def write_enhanced(folder: Path, n_objects: int, n_frames: int, *, undefined: bool = False) -> Path:
    """Write enhanced objects of one stack each, with the functional groups of a scanner."""
    folder.mkdir(parents=True)
    template = enhanced_template(n_frames)
    if undefined:
        leave_lengths_open(template)
    for number in range(n_objects):
        template.SeriesInstanceUID = series_uid(number).decode()
        template.SOPInstanceUID = f"{template.SeriesInstanceUID}.1"
        template.file_meta.MediaStorageSOPInstanceUID = template.SOPInstanceUID
        template.SeriesNumber, template.InstanceNumber = number + 1, 1
        (folder / f"IM{number:06d}").write_bytes(written(template))
    return folder


def enhanced_template(n_frames: int) -> Dataset:
    """Make an enhanced object of semicoronal STIR slices of 64 x 64."""
    ds = slice_template(64)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID(f"{MR_CLASS}.1")
    ds.NumberOfFrames = n_frames
    ds.SharedFunctionalGroupsSequence = [
        _item(
            PixelMeasuresSequence=[_item(PixelSpacing=[0.8, 0.8], SliceThickness=4)],
            MRTimingAndRelatedParametersSequence=[_item(RepetitionTime=4000, FlipAngle=150)],
            MRModifierSequence=[_item(InversionRecovery="YES", InversionTimes=150.0)],
        )
    ]
    ds.PerFrameFunctionalGroupsSequence = [_frame_group(k) for k in range(n_frames)]
    ds.PixelData = ds.PixelData * n_frames
    return ds


def _frame_group(index: int) -> Dataset:
    return _item(
        FrameContentSequence=[
            _item(StackID="1", InStackPositionNumber=index + 1, DimensionIndexValues=[1, index + 1])
        ],
        PlanePositionSequence=[_item(ImagePositionPatient=list(position_of(index)))],
        PlaneOrientationSequence=[_item(ImageOrientationPatient=[1, 0, 0, 0, 0.6, -0.8])],
        MREchoSequence=[_item(EffectiveEchoTime=60.0)],
        MRImageFrameTypeSequence=[_item(FrameType=["ORIGINAL", "PRIMARY", "M", "NONE"])],
        PixelValueTransformationSequence=[_item(RescaleSlope=1, RescaleIntercept=0)],
        FrameVOILUTSequence=[_item(WindowCenter=500, WindowWidth=1000)],
    )


def _item(**values: Any) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def leave_lengths_open(ds: Dataset) -> None:
    """Let every sequence and item end at a delimiter instead of telling its length."""
    for element in ds:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                leave_lengths_open(item)


def series_uid(series: int) -> bytes:
    """UID of a series, always of the same length."""
    return b"1.2.826.0.1.3680043.8.498.%d" % (10_000_000 + series)


def slice_template(side: int) -> Dataset:
    """Make a semicoronal STIR slice with about a hundred elements before its pixels."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = UID(MR_CLASS)
    ds.SOPClassUID = MR_CLASS
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
    ds.Modality, ds.Manufacturer, ds.StudyDate = "MR", "ACME", "20240101"
    ds.PatientID = ds.PatientName = "TRIAL-001"
    ds.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    ds.FrameOfReferenceUID = generate_uid(entropy_srcs=["frame"])
    ds.SeriesDescription, ds.ScanningSequence = "STIR", ["SE", "IR"]
    ds.EchoTime, ds.RepetitionTime, ds.InversionTime = 60, 4000, 150
    ds.SliceThickness, ds.PixelSpacing = 4, [0.8, 0.8]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 0.6, -0.8]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows = ds.Columns = side
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    block = ds.private_block(0x0019, "ACME PROTOCOL", create=True)
    for element in range(60):
        block.add_new(element, "LO", "a protocol parameter")
    ds.PixelData = np.arange(side * side, dtype=np.uint16).tobytes()
    return ds


def slice_bytes(template: Dataset, index: int) -> bytes:
    """Content of the file of one slice of the first series."""
    template.SeriesInstanceUID = series_uid(0).decode()
    template.SOPInstanceUID = f"{template.SeriesInstanceUID}.{index + 1}"
    template.file_meta.MediaStorageSOPInstanceUID = template.SOPInstanceUID
    template.SeriesNumber, template.InstanceNumber = 1, index + 1
    template.ImagePositionPatient = position_of(index)
    return written(template)


def written(ds: Dataset) -> bytes:
    """Content of a file."""
    stream = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pydicom.dcmwrite(stream, ds, enforce_file_format=True)
    return stream.getvalue()


def position_of(index: int) -> Sequence[float]:
    """Position of a slice, 4.4 mm apart along the normal."""
    return [-100.0, round(20 + 0.8 * 4.4 * index, 6), round(30 + 0.6 * 4.4 * index, 6)]
