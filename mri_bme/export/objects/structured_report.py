"""Structured report of one visit (TID 1500): volumes with intervals, change, scores.

A group of measurements per lesion, which refers to its segment, then one per region. A visit
that was not evaluable has a report that says so and why, and no number.
"""

from collections.abc import Iterable, Sequence

from highdicom.seg import Segmentation
from highdicom.sr import (
    AlgorithmIdentification,
    Comprehensive3DSR,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    LongitudinalTemporalOffsetFromEvent,
    Measurement,
    MeasurementProperties,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    QualitativeEvaluation,
    ReferencedSegment,
    SourceImageForSegmentation,
    TimePointContext,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from highdicom.sr.coding import CodedConcept
from highdicom.sr.enum import RelationshipTypeValues
from highdicom.sr.value_types import TextContentItem
from pydicom.sr.codedict import codes as dictionary

from mri_bme.export.objects import codes
from mri_bme.export.objects.equipment import MAKER, MODEL, settle, versions
from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.export.objects.segmentation import lesion_labels, quadrant_of
from mri_bme.export.objects.source_images import SourceImages
from mri_bme.findings import Interval, Lesion, RegionChange
from mri_bme.intake.dicom.datasets import quietly
from mri_bme.sacroiliac import QUADRANTS, REGIONS, Bone, Quadrant, Side

REPORT_SERIES = 910
WHOLE = "total"
NUMBER_DIGITS = 4  # of mL: a microlitre is far below what can be detected
Groups = list[
    VolumetricROIMeasurementsAndQualitativeEvaluations | MeasurementsAndQualitativeEvaluations
]


def visit_report(
    visit: MeasuredVisit, source: SourceImages, *, edema: Segmentation | None
) -> Comprehensive3DSR:
    """Write what was measured at a visit.

    Parameters
    ----------
    visit : MeasuredVisit
        What a run left.
    source : SourceImages
        The images that it was measured on.
    edema : Segmentation or None
        The segmentation that holds the lesions; None where the visit was not evaluable.
    """
    groups = [*_lesion_groups(visit, source, edema), *_region_groups(visit, source)]
    report = MeasurementReport(
        observation_context=ObservationContext(observer_device_context=_device(source)),
        procedure_reported=codes.MRI,
        imaging_measurements=groups,
        title=dictionary.DCM.ImagingMeasurementReport,
        referenced_images=list(source.datasets),
    )
    _add_reader(report, visit)
    _add_reasons(report, visit)
    with quietly():
        made = Comprehensive3DSR(
            evidence=[*source.datasets, *([] if edema is None else [edema])],
            content=report[0],
            series_instance_uid=source.uid(f"{visit.result_key}/report/series"),
            series_number=REPORT_SERIES,
            sop_instance_uid=source.uid(f"{visit.result_key}/report"),
            instance_number=1,
            manufacturer=MAKER,
            is_complete=True,
            is_final=False,
            is_verified=False,
            manufacturer_model_name=MODEL,
            software_versions=versions(visit),
            device_serial_number="0",
            series_description="mri_bme report",
        )
    codes.declare_own_scheme(made)
    settle(made, source)
    return made


def _device(source: SourceImages) -> ObserverContext:
    return ObserverContext(
        observer_type=dictionary.DCM.Device,
        observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
            uid=source.uid("mri_bme device"), name=MODEL, manufacturer_name=MAKER, model_name=MODEL
        ),
    )


def _add_reader(report: MeasurementReport, visit: MeasuredVisit) -> None:
    """Name the person whose masks were measured, by the code they read under."""
    if visit.read_by == "auto":
        return
    reader = ObserverContext(
        observer_type=dictionary.DCM.Person,
        observer_identifying_attributes=PersonObserverIdentifyingAttributes(
            name=f"{visit.read_by}^"
        ),
    )
    for item in reader:
        item.RelationshipType = RelationshipTypeValues.HAS_OBS_CONTEXT.value
    report[0].ContentSequence.extend(reader)


def _add_reasons(report: MeasurementReport, visit: MeasuredVisit) -> None:
    """Say why there is no number, and what was doubtful, in words."""
    told = [visit.findings.reason] if not visit.is_evaluable else []
    for text in (*told, *visit.findings.doubts):
        item = TextContentItem(
            name=dictionary.DCM.Comment, value=text, relationship_type="CONTAINS"
        )
        report[0].ContentSequence.append(item)


def _time_point(visit: MeasuredVisit) -> TimePointContext:
    day = visit.findings.day
    offset = None
    if day is not None:
        offset = LongitudinalTemporalOffsetFromEvent(
            value=day, unit=codes.DAYS, event_type=codes.BASELINE
        )
    return TimePointContext(
        time_point=visit.label, time_point_order=visit.number, temporal_offset_from_event=offset
    )


def _algorithm(visit: MeasuredVisit) -> AlgorithmIdentification:
    return AlgorithmIdentification(
        name=MODEL,
        version=versions(visit),
        parameters=[f"settings_sha256={visit.settings_sha256}"],
        family=codes.ARTIFICIAL_INTELLIGENCE,
        manufacturer=MAKER,
    )


def _lesion_groups(
    visit: MeasuredVisit, source: SourceImages, edema: Segmentation | None
) -> Groups:
    if edema is None:
        return []
    lesions = {lesion.label: lesion for lesion in visit.findings.lesions}
    return [
        VolumetricROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=TrackingIdentifier(
                uid=source.uid(visit.lesion_key(label)), identifier=visit.lesion_names[label]
            ),
            referenced_segment=_segment(edema, number, source),
            time_point_context=_time_point(visit),
            finding_type=codes.EDEMA,
            finding_category=codes.ABNORMAL_STRUCTURE,
            algorithm_id=_algorithm(visit),
            finding_sites=[_site(quadrant_of(visit, label))],
            measurements=_of_lesion(lesions[label]),
        )
        for number, label in enumerate(lesion_labels(visit), start=1)
    ]


def _segment(edema: Segmentation, number: int, source: SourceImages) -> ReferencedSegment:
    """Point at a whole segment: with a single one, its frames do not say whose they are."""
    images = [SourceImageForSegmentation(d.SOPClassUID, d.SOPInstanceUID) for d in source.datasets]
    return ReferencedSegment(
        sop_class_uid=edema.SOPClassUID,
        sop_instance_uid=edema.SOPInstanceUID,
        segment_number=number,
        source_images=images,
    )


def _of_lesion(lesion: Lesion) -> list[Measurement]:
    found = [_volume(lesion.volume_ml, None)]
    if lesion.cutoff is not None:
        found.append(_number(codes.THRESHOLD, lesion.cutoff, codes.RATIO))
    return found


def _region_groups(visit: MeasuredVisit, source: SourceImages) -> Groups:
    burden = visit.findings.burden
    if burden is None:
        return [_group(visit, source, WHOLE, [], [_answer(codes.EVALUABLE, yes=False)])]
    groups: Groups = []
    for region in REGIONS:
        found = burden.regions[region]
        measured = [_volume(found.edema_ml, found.interval_ml)]
        answers: list[QualitativeEvaluation] = []
        if region == WHOLE:
            measured += _scores(visit)
            answers += _whole_answers(visit)
        if visit.change is not None:
            measured += _changes(visit.change.regions[region])
            verdict = codes.VERDICTS[visit.change.regions[region].verdict]
            answers.append(QualitativeEvaluation(name=codes.VERDICT, value=verdict))
        groups.append(_group(visit, source, region, measured, answers))
    return groups


def _group(
    visit: MeasuredVisit,
    source: SourceImages,
    region: str,
    measurements: Sequence[Measurement],
    answers: Sequence[QualitativeEvaluation],
) -> MeasurementsAndQualitativeEvaluations:
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=source.uid(f"mri_bme region/{visit.subject}/{region}"), identifier=region
        ),
        time_point_context=_time_point(visit),
        finding_type=codes.EDEMA,
        finding_category=codes.ABNORMAL_STRUCTURE,
        algorithm_id=_algorithm(visit),
        finding_sites=list(_sites(region)),
        measurements=list(measurements) or None,
        qualitative_evaluations=list(answers) or None,
    )


def _scores(visit: MeasuredVisit) -> list[Measurement]:
    burden, cut = visit.findings.burden, visit.findings.threshold
    found = []
    if cut is not None:
        found.append(_number(codes.THRESHOLD, cut.value, codes.RATIO))
    if burden is not None and burden.sparcc_estimate is not None:
        found.append(_number(codes.SPARCC, burden.sparcc_estimate, codes.POINTS))
    if burden is not None and burden.berlin_estimate is not None:
        found.append(_number(codes.BERLIN, burden.berlin_estimate, codes.POINTS))
    return found


def _whole_answers(visit: MeasuredVisit) -> list[QualitativeEvaluation]:
    answers = [_answer(codes.EVALUABLE, yes=True)]
    burden = visit.findings.burden
    if burden is not None and burden.asas_positive_estimate is not None:
        answers.append(_answer(codes.ASAS, yes=burden.asas_positive_estimate))
    return answers


def _changes(change: RegionChange) -> list[Measurement]:
    if change.change_ml is None:
        return []
    return [
        Measurement(
            name=codes.CHANGE,
            value=round(change.change_ml, NUMBER_DIGITS),
            unit=codes.MILLILITRE,
            properties=_uncertainty(change.change_ml, change.interval_ml),
        )
    ]


def _volume(ml: float, interval: Interval | None) -> Measurement:
    return Measurement(
        name=codes.VOLUME,
        value=round(ml, NUMBER_DIGITS),
        unit=codes.MILLILITRE,
        method=codes.VOXEL_SUMMATION,
        properties=_uncertainty(ml, interval),
    )


def _uncertainty(value: float, interval: Interval | None) -> MeasurementProperties | None:
    """Ranges of a 95 % interval around a value, as TID 310 has them: distances, not limits."""
    if interval is None:
        return None
    return MeasurementProperties(
        upper_measurement_uncertainty=round(interval.high - value, NUMBER_DIGITS),
        lower_measurement_uncertainty=round(value - interval.low, NUMBER_DIGITS),
    )


def _number(name: CodedConcept, value: float, unit: CodedConcept) -> Measurement:
    return Measurement(name=name, value=round(value, NUMBER_DIGITS), unit=unit)


def _answer(name: CodedConcept, *, yes: bool) -> QualitativeEvaluation:
    return QualitativeEvaluation(name=name, value=codes.YES if yes else codes.NO)


def _site(quadrant: Quadrant) -> FindingSite:
    return FindingSite(
        anatomic_location=codes.BONES[quadrant.bone], laterality=codes.SIDES[quadrant.side]
    )


def _sites(region: str) -> Iterable[FindingSite]:
    """Where a region lies: a bone and a side where it has one of each, else the joint."""
    parts = [QUADRANTS[label] for label in REGIONS[region]]
    bones: set[Bone] = {part.bone for part in parts}
    sides: set[Side] = {part.side for part in parts}
    place = codes.BONES[bones.pop()] if len(bones) == 1 else codes.SACROILIAC_JOINT
    side = codes.SIDES[sides.pop()] if len(sides) == 1 else codes.BOTH_SIDES
    yield FindingSite(anatomic_location=place, laterality=side)
