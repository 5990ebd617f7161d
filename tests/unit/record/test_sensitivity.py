"""``sensitivity.csv``: what volumes, changes and verdicts hang on."""

from dataclasses import replace

import pytest
from compared_boxes import boxes_subject

from mri_bme.findings import Interval, Sensitivity, Verdict
from mri_bme.measurement_error import REGISTRATION, SOURCES
from mri_bme.pipeline import SubjectResult
from mri_bme.record.sensitivity import SENSITIVITY, moved_numbers


@pytest.fixture(scope="module")
def result() -> SubjectResult:
    """A subject whose volumes hang on the judge, and whose change on registration."""
    subject = boxes_subject()
    visits = tuple(
        replace(v, burden=replace(v.burden, sensitivity={"judge": Interval(low=0.5, high=9.0)}))
        if v.burden
        else v
        for v in subject.visits
    )
    change = subject.changes["week14"]
    other = Verdict.NEW if change.verdict is not Verdict.NEW else Verdict.NONE
    moved = Sensitivity(
        source=REGISTRATION,
        change_ml=Interval(low=-4.0, high=1.0),
        verdicts=(change.verdict, other),
    )
    changes = {"week14": replace(change, sensitivity=(moved,))}
    return replace(subject, visits=visits, changes=changes, read_by="R1")


def test_volumes_come_before_changes_and_only_changes_have_verdicts(result: SubjectResult) -> None:
    rows = SENSITIVITY.rows(moved_numbers("s1", result))
    assert [(r["visit"], r["compared_with"], r["source"]) for r in rows] == [
        ("baseline", None, "judge"),
        ("week14", None, "judge"),
        ("week14", "baseline", REGISTRATION),
    ]
    assert [(r["low_ml"], r["high_ml"]) for r in rows] == [(0.5, 9.0), (0.5, 9.0), (-4.0, 1.0)]
    assert [r["flips"] for r in rows] == [None, None, True]
    assert rows[2]["verdict_low"] == result.changes["week14"].verdict.value
    assert {r["read_by"] for r in rows} == {"R1"}


def test_what_each_source_is_moved_by_is_said(result: SubjectResult) -> None:
    rows = SENSITIVITY.rows(moved_numbers("s1", result))
    assert rows[2]["moved_by"] == SOURCES[REGISTRATION]
    assert rows[0]["value_ml"] == result.visits[0].burden.regions["total"].edema_ml


def test_ends_that_are_called_as_the_change_is_flip_nothing(result: SubjectResult) -> None:
    change = result.changes["week14"]
    (moved,) = change.sensitivity
    same = replace(moved, verdicts=(change.verdict, change.verdict))
    changes = {"week14": replace(change, sensitivity=(same,))}
    rows = SENSITIVITY.rows(moved_numbers("s1", replace(result, changes=changes)))
    assert [row["flips"] for row in rows] == [None, None, False]
