"""A subject's rows in every table, and its line among the subjects."""

from dataclasses import dataclass, field, replace
from typing import Any

from compared_boxes import boxes_subject
from toy_kind import TOY

from mri_bme.pipeline import SubjectResult
from mri_bme.record.changes import CHANGES
from mri_bme.record.subjects import SUBJECTS, TABLES, n_evaluable, rows_of
from mri_bme.record.visits import VISITS
from mri_bme.sacroiliac import REGIONS


@dataclass
class Outcome:
    rows: dict[str, Any]
    subject: str = "01"
    status: str = "ok"
    reason: str = ""
    stage: str = ""
    visits: tuple[str, ...] = ("baseline", "week14", "day200")
    flags: tuple[str, ...] = field(default=("motion", "two series"))


def test_every_table_has_rows_of_the_subject() -> None:
    rows = rows_of("01", boxes_subject())
    assert set(rows) == {table.name for table in TABLES}
    assert {name: len(of_table) for name, of_table in rows.items()} == {
        "visits": 3 * len(REGIONS),
        "changes": len(REGIONS),
        "lesions": 3,
        "quality": 0,  # nothing was checked of boxes
        "sensitivity": 0,  # nor was uncertainty propagated
    }
    assert {row["subject"] for of_table in rows.values() for row in of_table} == {"01"}


def test_a_kind_that_was_plugged_in_brings_its_table() -> None:
    rows = rows_of("01", replace(boxes_subject(), kinds=(TOY,)))
    assert len(rows["toy"]) == 3 * len(REGIONS)


def test_visits_and_changes_count_once_however_many_regions_they_have() -> None:
    outcome = Outcome(rows=rows_of("01", boxes_subject()))
    assert n_evaluable(outcome, VISITS) == 2
    assert n_evaluable(outcome, CHANGES) == 1


def test_a_subject_of_which_nothing_was_measured_counts_none() -> None:
    row = SUBJECTS.row(Outcome(rows=rows_of("01", SubjectResult(visits=())), visits=()))
    assert (row["n_visits"], row["n_visits_evaluable"], row["n_changes_evaluable"]) == (0, 0, 0)


def test_a_subject_that_failed_has_no_rows_and_counts_none() -> None:
    row = SUBJECTS.row(Outcome(rows={}, status="failed", reason="out of memory", flags=()))
    assert (row["status"], row["reason"], row["n_visits_evaluable"]) == (
        "failed",
        "out of memory",
        0,
    )
    assert (row["n_visits"], row["flags"]) == (3, "")


def test_flags_are_told_in_one_cell() -> None:
    assert SUBJECTS.row(Outcome(rows={}))["flags"] == "motion; two series"
