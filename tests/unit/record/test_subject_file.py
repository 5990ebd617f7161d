"""A subject's record is plain JSON, and is built again from it exactly or not at all."""

import json

import numpy as np
import pytest
from compared_boxes import boxes_subject

from mri_bme.errors import UnreadableInput
from mri_bme.record.subject import subject_findings
from mri_bme.record.subject_file import restore_subject, subject_record


@pytest.fixture
def record():
    found = subject_findings(boxes_subject(), subject_id="01")
    return json.loads(json.dumps(subject_record(found)))


def test_what_was_told_is_restored_exactly(record) -> None:
    told = subject_findings(boxes_subject(), subject_id="01")
    back = restore_subject(record)
    change, ours = told.changes["week14"], back.changes["week14"]
    assert (ours.regions, ours.fates, ours.days) == (change.regions, change.fates, change.days)
    for ours, theirs in zip(back.visits, told.visits, strict=True):
        for name in ("label", "day", "reason", "burden", "threshold", "lesions", "histogram"):
            assert getattr(ours, name) == getattr(theirs, name)
    assert subject_record(back) == subject_record(told)


def test_a_transform_comes_back_in_double_precision(record) -> None:
    told = boxes_subject().changes["week14"].followup_from_baseline
    back = restore_subject(record).changes["week14"].followup_from_baseline
    assert back.b_from_a.dtype == np.float64
    np.testing.assert_array_equal(back.b_from_a, told.b_from_a)


@pytest.mark.parametrize("layout", [None, 1, 99])
def test_a_record_of_another_layout_names_the_version_that_wrote_it(record, layout) -> None:
    record |= {"layout": layout, "version": "0.0.9"}
    with pytest.raises(UnreadableInput, match=r"written by mri_bme 0\.0\.9"):
        restore_subject(record)


@pytest.mark.parametrize(
    "subject",
    [None, 7, {}, [], {"noun": "Nobody", "fields": {}}, {"noun": "Interval", "fields": {}}],
)
def test_a_record_that_holds_no_subject_is_damaged(record, subject) -> None:
    with pytest.raises(UnreadableInput, match="the record is damaged"):
        restore_subject(record | {"subject": subject})


def test_a_record_of_something_else_is_damaged(record) -> None:
    interval = {"noun": "Interval", "fields": {"low": 0.0, "high": 1.0}}
    with pytest.raises(UnreadableInput, match="run this subject again"):
        restore_subject(record | {"subject": interval})
