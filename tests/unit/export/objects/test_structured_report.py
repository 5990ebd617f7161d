"""A report says what the tables say, or why there is nothing to say."""

from collections.abc import Iterator
from typing import Any

import pytest
from measured_visits import change, measured_visit, unmeasured_visit
from pydicom.dataset import Dataset

from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.export.objects.segmentation import edema_seg
from mri_bme.export.objects.source_images import pseudonymous_images
from mri_bme.export.objects.structured_report import visit_report
from mri_bme.sacroiliac import REGIONS

TRACKING, UNCERTAINTY_LOW, UNCERTAINTY_HIGH = "112039", "371885007", "371886008"


def report_of(visit: MeasuredVisit) -> tuple[Dataset, Dataset | None]:
    source = pseudonymous_images(visit)
    edema = edema_seg(visit, source) if visit.is_evaluable else None
    return visit_report(visit, source, edema=edema), edema


def items(node: Dataset) -> Iterator[Dataset]:
    for item in node.get("ContentSequence", []):
        yield item
        yield from items(item)


def code_of(item: Dataset) -> str:
    names = item.get("ConceptNameCodeSequence")
    return str(names[0].CodeValue) if names else ""


def groups(report: Dataset) -> dict[str, Dataset]:
    """Groups of measurements by their tracking identifier."""
    found = {}
    for item in items(report):
        for child in item.get("ContentSequence", []):
            if code_of(child) == TRACKING:
                found[str(child.TextValue)] = item
    return found


def number(group: Dataset, value: str) -> dict[str, Any]:
    (item,) = [x for x in group.ContentSequence if code_of(x) == value]
    told = {"": float(item.MeasuredValueSequence[0].NumericValue)}
    for child in item.get("ContentSequence", []):
        if "MeasuredValueSequence" in child:
            told[code_of(child)] = float(child.MeasuredValueSequence[0].NumericValue)
    return told


def test_a_region_has_its_volume_with_the_ends_of_its_interval() -> None:
    visit = measured_visit()
    report, _ = report_of(visit)
    assert visit.findings.burden is not None
    for region in REGIONS:
        found = number(groups(report)[region], "118565006")
        expected = visit.findings.burden.regions[region]
        assert expected.interval_ml is not None
        assert found[""] == pytest.approx(expected.edema_ml, abs=1e-4)
        low, high = found[UNCERTAINTY_LOW], found[UNCERTAINTY_HIGH]
        assert found[""] - low == pytest.approx(expected.interval_ml.low, abs=2e-4)
        assert found[""] + high == pytest.approx(expected.interval_ml.high, abs=2e-4)


def test_a_lesion_points_at_its_segment_under_the_same_tracking_uid() -> None:
    visit = measured_visit()
    report, edema = report_of(visit)
    assert edema is not None
    for number_of, name in ((1, "L1"), (2, "L2")):
        group = groups(report)[name]
        (image,) = [x for x in group.ContentSequence if x.ValueType == "IMAGE"
                    and "ReferencedSegmentNumber" in x.ReferencedSOPSequence[0]]  # fmt: skip
        reference = image.ReferencedSOPSequence[0]
        assert reference.ReferencedSOPInstanceUID == edema.SOPInstanceUID
        assert reference.ReferencedSegmentNumber == number_of
        uids = [x.UID for x in group.ContentSequence if x.ValueType == "UIDREF"]
        assert edema.SegmentSequence[number_of - 1].TrackingUID in uids


def test_scores_stand_under_a_scheme_that_is_declared() -> None:
    report, _ = report_of(measured_visit())
    assert number(groups(report)["total"], "SPARCC")[""] == 6
    assert number(groups(report)["total"], "BERLIN")[""] == 3
    (scheme,) = report.CodingSchemeIdentificationSequence
    own = {
        x.ConceptNameCodeSequence[0].CodingSchemeDesignator
        for x in items(report)
        if code_of(x) in {"SPARCC", "BERLIN"}
    }
    assert own == {scheme.CodingSchemeDesignator}


def test_a_follow_up_tells_change_verdict_and_days() -> None:
    visit = measured_visit(change=change())
    report, _ = report_of(visit)
    found = number(groups(report)["left"], "CHANGE")
    assert found[""] == -0.6
    assert found[UNCERTAINTY_LOW] == pytest.approx(0.2)
    verdicts = {
        x.ConceptCodeSequence[0].CodeMeaning for x in items(report) if code_of(x) == "VERDICT"
    }
    assert verdicts == {"decreased"}
    assert any(code_of(x) == "128740" for x in items(report))


def test_what_was_not_evaluable_has_no_number_and_the_reason() -> None:
    report, edema = report_of(unmeasured_visit())
    assert edema is None
    assert not [x for x in items(report) if code_of(x) == "118565006"]
    assert "the joints were not found" in [
        x.TextValue for x in items(report) if x.ValueType == "TEXT"
    ]
    (answer,) = [x for x in items(report) if code_of(x) == "EVALUABLE"]
    assert answer.ConceptCodeSequence[0].CodeMeaning == "No"


def test_a_reader_is_named_beside_the_software() -> None:
    report, _ = report_of(measured_visit(read_by="R1"))
    people = [str(x.PersonName) for x in items(report) if x.ValueType == "PNAME"]
    assert people == ["R1^"]
