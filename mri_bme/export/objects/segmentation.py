"""DICOM SEG of one visit: lesions, the regions they were looked for in, and probability.

A segmentation is of no use if its voxels come back elsewhere, so frames are laid on those of
the source, in its own order, and each refers to the image that it lies on.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from highdicom.color import CIELabColor
from highdicom.seg import Segmentation, SegmentDescription
from highdicom.sr.coding import CodedConcept
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence

from mri_bme.export.objects import codes
from mri_bme.export.objects.equipment import MAKER, MODEL, settle, versions
from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.export.objects.source_images import SourceImages
from mri_bme.intake.dicom.datasets import quietly
from mri_bme.sacroiliac import QUADRANTS, Quadrant

REFERENCE_NAME = "normal marrow"
NO_LESION = "no edema"
MAX_FRACTION = 255
EDEMA_SERIES, ROI_SERIES, PROBABILITY_SERIES = 901, 902, 903
EDEMA_COLOUR = CIELabColor(70.0, 30.0, 70.0)  # orange, as on the page
OTHER_COLOUR = CIELabColor(60.0, -10.0, -30.0)


def edema_seg(visit: MeasuredVisit, source: SourceImages) -> Segmentation:
    """Each lesion as a segment with a tracking identifier; one empty segment without edema.

    The tracking UID is that of the report, and the same at two visits only where the lesion
    was found to be the same.
    """
    labels = lesion_labels(visit)
    voxels = np.zeros(visit.volume.geometry.shape, dtype=np.uint8)
    if visit.lesion_labels is not None:
        for number, label in enumerate(labels, start=1):
            voxels[visit.lesion_labels == label] = number
    described = [
        _description(
            number,
            visit.lesion_names[label],
            (codes.ABNORMAL_STRUCTURE, codes.EDEMA),
            visit,
            quadrant=quadrant_of(visit, label),
            uid=source.uid(visit.lesion_key(label)),
        )
        for number, label in enumerate(labels, start=1)
    ] or [
        _description(
            1,
            NO_LESION,
            (codes.ABNORMAL_STRUCTURE, codes.EDEMA),
            visit,
            quadrant=None,
            uid=source.uid(f"{visit.result_key}/{NO_LESION}"),
        )
    ]
    return _seg(visit, source, voxels, described, number=EDEMA_SERIES, what="Edema")


def roi_seg(visit: MeasuredVisit, source: SourceImages) -> Segmentation | None:
    """Quadrants in which edema was looked for, and normal marrow; None without any."""
    there = list(visit.quadrant_counts())
    if not there or visit.quadrants is None:
        return None
    planes = [visit.quadrants == label for label in there]
    described = [
        _description(
            number,
            QUADRANTS[label].name.replace("_", " "),
            (codes.ANATOMICAL_STRUCTURE, codes.BONES[QUADRANTS[label].bone]),
            visit,
            quadrant=QUADRANTS[label],
            uid=source.uid(f"{visit.subject}/{QUADRANTS[label].name}"),
        )
        for number, label in enumerate(there, start=1)
    ]
    if visit.reference is not None and visit.reference.any():
        planes.append(visit.reference)
        pair = (codes.TISSUE, codes.BONE_MARROW)
        uid = source.uid(f"{visit.subject}/{REFERENCE_NAME}")
        described.append(
            _description(len(planes), REFERENCE_NAME, pair, visit, quadrant=None, uid=uid)
        )
    voxels = np.stack(planes, axis=-1).astype(np.uint8)  # they may overlap: one plane each
    return _seg(visit, source, voxels, described, number=ROI_SERIES, what="Quadrants")


def probability_seg(visit: MeasuredVisit, source: SourceImages) -> Segmentation | None:
    """How likely each voxel is edema, as a fractional segmentation; None when not known."""
    if visit.probability is None:
        return None
    pair = (codes.ABNORMAL_STRUCTURE, codes.EDEMA)
    uid = source.uid(f"{visit.result_key}/likely")
    described = [_description(1, "edema, probability", pair, visit, quadrant=None, uid=uid)]
    voxels = np.clip(visit.probability, 0, 1).astype(np.float32)
    return _seg(visit, source, voxels, described, number=PROBABILITY_SERIES, what="Probability")


def lesion_labels(visit: MeasuredVisit) -> list[int]:
    """Labels of the lesions in the order of their segments."""
    return [lesion.label for lesion in visit.findings.lesions]


def quadrant_of(visit: MeasuredVisit, label: int) -> Quadrant:
    """Quadrant that holds most of a lesion."""
    return QUADRANTS[next(x.quadrant for x in visit.findings.lesions if x.label == label)]


def _description(
    number: int,
    label: str,
    category_and_type: tuple[CodedConcept, CodedConcept],
    visit: MeasuredVisit,
    *,
    quadrant: Quadrant | None,
    uid: str,
) -> SegmentDescription:
    category, kind = category_and_type
    site = codes.SACROILIAC_JOINT if quadrant is None else codes.BONES[quadrant.bone]
    side = codes.BOTH_SIDES if quadrant is None else codes.SIDES[quadrant.side]
    described = SegmentDescription(
        segment_number=number,
        segment_label=label[:64],
        segmented_property_category=category,
        segmented_property_type=kind,
        algorithm_type="AUTOMATIC" if visit.read_by == "auto" else "SEMIAUTOMATIC",
        algorithm_identification=_algorithm(visit),
        tracking_uid=uid,
        tracking_id=label[:64],
        anatomic_regions=[site],
        display_color=EDEMA_COLOUR if kind is codes.EDEMA else OTHER_COLOUR,
    )
    described.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = DicomSequence([side])
    return described


def _algorithm(visit: MeasuredVisit) -> AlgorithmIdentificationSequence:
    return AlgorithmIdentificationSequence(
        name=MODEL,
        family=codes.ARTIFICIAL_INTELLIGENCE,
        version=visit.made_by,
        source=MAKER,
        parameters={"settings_sha256": visit.settings_sha256},
    )


def _seg(
    visit: MeasuredVisit,
    source: SourceImages,
    voxels: NDArray[Any],
    described: Sequence[SegmentDescription],
    *,
    number: int,
    what: str,
) -> Segmentation:
    fractional = np.issubdtype(voxels.dtype, np.floating)
    key = f"{visit.result_key}/{what}"
    planes = _planes(visit, source, voxels)
    with quietly():
        made = Segmentation(
            source_images=list(source.datasets),
            pixel_array=planes,
            segmentation_type="FRACTIONAL" if fractional else "BINARY",
            max_fractional_value=MAX_FRACTION,
            segment_descriptions=list(described),
            series_instance_uid=source.uid(f"{key}/series"),
            series_number=number,
            sop_instance_uid=source.uid(key),
            instance_number=1,
            manufacturer=MAKER,
            manufacturer_model_name=MODEL,
            software_versions=versions(visit),
            device_serial_number="0",
            content_label=what.upper(),
            content_description=f"{what} of the sacroiliac joints",
            omit_empty_frames=bool(planes.any()),
            series_description=f"mri_bme {what.lower()}",
        )
    _settle_dimensions(made, source.uid(f"{key}/dimensions"))
    settle(made, source)
    return made


def _settle_dimensions(made: Dataset, uid: str) -> None:
    """Give the dimensions a UID that is the same each time, as all others are."""
    for sequence in (made.DimensionOrganizationSequence, made.DimensionIndexSequence):
        for item in sequence:
            item.DimensionOrganizationUID = uid


def _planes(visit: MeasuredVisit, source: SourceImages, voxels: NDArray[Any]) -> NDArray[Any]:
    geometry = visit.volume.geometry
    if voxels.ndim == len(geometry.shape):
        return source.frames_of(voxels, geometry)
    parts = [source.frames_of(voxels[..., part], geometry) for part in range(voxels.shape[-1])]
    return np.stack(parts, axis=-1)


def other_segs(
    visit: MeasuredVisit, source: SourceImages, *, with_probability: bool
) -> Iterator[tuple[str, Dataset]]:
    """Segmentations beside that of edema, as far as there are any, with a word for their file."""
    rois = roi_seg(visit, source)
    if rois is not None:
        yield "quadrants", rois
    likely = probability_seg(visit, source) if with_probability else None
    if likely is not None:
        yield "probability", likely
