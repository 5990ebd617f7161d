"""Lesions as contours of an RT Structure Set, for software that reads nothing else.

Contours are drawn half-way between a voxel inside and one outside, slice by slice, so the
volume that they enclose is not the millilitres of the tables.
"""

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import RTStructureSetStorage
from skimage.measure import find_contours

from mri_bme.export.objects.equipment import MAKER, MODEL, bare_object, settle, versions
from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.export.objects.segmentation import NO_LESION, lesion_labels
from mri_bme.export.objects.source_images import SourceImages

STRUCTURE_SERIES = 930
ORANGE = [230, 159, 0]
MM_DIGITS = 3


def structure_set(visit: MeasuredVisit, source: SourceImages) -> Dataset:
    """Draw every lesion; one structure without contours where there is no edema."""
    uid = source.uid(f"{visit.result_key}/contours")
    made = bare_object(RTStructureSetStorage, uid, source)
    made.SeriesInstanceUID = source.uid(f"{visit.result_key}/contours/series")
    made.Modality, made.SeriesNumber, made.InstanceNumber = "RTSTRUCT", STRUCTURE_SERIES, 1
    made.SeriesDescription = "mri_bme contours"
    made.Manufacturer, made.ManufacturerModelName = MAKER, MODEL
    made.SoftwareVersions = versions(visit)
    made.OperatorsName = ""
    made.StructureSetLabel = "EDEMA"
    made.ApprovalStatus = "UNAPPROVED"
    made.FrameOfReferenceUID = source.first.FrameOfReferenceUID
    made.PositionReferenceIndicator = ""
    made.ReferencedFrameOfReferenceSequence = Sequence([_frame_of_reference(source)])
    labels: list[int | None] = [*lesion_labels(visit)] or [None]
    made.StructureSetROISequence = Sequence(
        [_roi(visit, source, number, label) for number, label in enumerate(labels, start=1)]
    )
    made.ROIContourSequence = Sequence(
        [_contours(visit, source, number, label) for number, label in enumerate(labels, start=1)]
    )
    made.RTROIObservationsSequence = Sequence(
        [_observation(number) for number, _ in enumerate(labels, start=1)]
    )
    settle(made, source)
    made.StructureSetDate, made.StructureSetTime = made.ContentDate, made.ContentTime
    return made


def _frame_of_reference(source: SourceImages) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = source.first.SeriesInstanceUID
    series.ContourImageSequence = Sequence([_image(d) for d in source.datasets])
    study = Dataset()
    study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"  # detached study (retired, asked for)
    study.ReferencedSOPInstanceUID = source.first.StudyInstanceUID
    study.RTReferencedSeriesSequence = Sequence([series])
    frame = Dataset()
    frame.FrameOfReferenceUID = source.first.FrameOfReferenceUID
    frame.RTReferencedStudySequence = Sequence([study])
    return frame


def _image(dataset: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = dataset.SOPClassUID
    item.ReferencedSOPInstanceUID = dataset.SOPInstanceUID
    return item


def _roi(visit: MeasuredVisit, source: SourceImages, number: int, label: int | None) -> Dataset:
    item = Dataset()
    item.ROINumber = number
    item.ReferencedFrameOfReferenceUID = source.first.FrameOfReferenceUID
    item.ROIName = NO_LESION if label is None else visit.lesion_names[label]
    item.ROIGenerationAlgorithm = "AUTOMATIC" if visit.read_by == "auto" else "SEMIAUTOMATIC"
    return item


def _observation(number: int) -> Dataset:
    item = Dataset()
    item.ObservationNumber = item.ReferencedROINumber = number
    item.RTROIInterpretedType = ""
    item.ROIInterpreter = ""
    return item


def _contours(
    visit: MeasuredVisit, source: SourceImages, number: int, label: int | None
) -> Dataset:
    item = Dataset()
    item.ReferencedROINumber = number
    item.ROIDisplayColor = ORANGE
    if label is not None:
        item.ContourSequence = Sequence(list(_drawn(visit, source, label)))
    return item


def _drawn(visit: MeasuredVisit, source: SourceImages, label: int) -> Iterator[Dataset]:
    inside = source.frames_of(np.asarray(visit.lesion_labels == label), visit.volume.geometry)
    slices = range(len(inside)) if source.frames is None else source.frames
    for place, frame in enumerate(slices):
        for line in find_contours(np.pad(inside[frame], 1).astype(float), 0.5):
            corners = np.column_stack([np.full(len(line) - 1, place), line[:-1] - 1])
            points = source.geometry.points_lps(corners)
            item = Dataset()
            image = _image(source.datasets[place] if source.frames is None else source.first)
            if source.frames is not None:
                image.ReferencedFrameNumber = frame + 1
            item.ContourImageSequence = Sequence([image])
            item.ContourGeometricType = "CLOSED_PLANAR"
            item.NumberOfContourPoints = len(points)
            item.ContourData = [f"{mm:.{MM_DIGITS}f}" for mm in points.ravel()]
            yield item
