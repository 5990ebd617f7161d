"""What a subject is judged by in one line, read back from its rows."""

from mri_bme.pipeline import SubjectResult, VisitInput, VisitResult
from mri_bme.record.changes import CHANGES, changed_regions
from mri_bme.record.rows import ONE_VISIT, subject_numbers


def test_a_subject_with_one_visit_is_said_to_have_one_and_not_to_be_unevaluable() -> None:
    visit = VisitResult(visit=VisitInput(label="baseline", day=0, volume=None))
    rows = CHANGES.rows(changed_regions("01", SubjectResult(visits=(visit,))))
    assert rows[0]["verdict"] == "not_evaluable"
    assert rows[0]["reason"] == "no follow-up visit"
    found = subject_numbers({"changes": rows})
    assert found.verdict == ONE_VISIT
    assert found.change_ml is None


def test_a_comparison_that_failed_keeps_its_verdict() -> None:
    row = {"region": "total", "followup": "week14", "verdict": "not_evaluable"}
    assert subject_numbers({"changes": [row]}).verdict == "not_evaluable"
