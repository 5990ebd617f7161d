"""Subjects of a cohort, counted, sorted and grouped for its page."""

from mri_bme.report.cohort import (
    CohortPage,
    CohortRow,
    changed_rows,
    doubt_kinds,
    failures,
    verdict_counts,
)


def row(subject, verdict="", change_ml=None, **more):
    about = {"status": "ok", "verdict": verdict, "change_ml": change_ml} | more
    return CohortRow(subject_id=subject, **about)


def test_verdicts_are_counted_in_the_order_of_verdicts_whoever_comes_first() -> None:
    page = CohortPage(
        rows=(
            row("1", "one_visit"),
            row("2", "none"),
            row("3", "resolved"),
            row("4", "none"),
            row("5"),
        )
    )
    assert verdict_counts(page) == (("resolved", 1), ("none", 2), ("one_visit", 1))


def test_subjects_are_sorted_by_change_and_those_without_one_left_out() -> None:
    rows = (row("1", change_ml=2.0), row("2"), row("4", change_ml=0.0), row("3", change_ml=-1.0))
    assert [r.subject_id for r in changed_rows(CohortPage(rows=rows))] == ["3", "4", "1"]


def test_equal_changes_are_sorted_by_subject() -> None:
    rows = (row("2", change_ml=0.0), row("1", change_ml=0.0))
    assert [r.subject_id for r in changed_rows(CohortPage(rows=rows))] == ["1", "2"]


def test_failures_are_grouped_by_reason_the_most_frequent_first() -> None:
    rows = (
        row("1", status="failed", reason="slice 7 is missing"),
        row("2"),
        row("3", status="not_evaluable", reason="the slab misses it"),
        row("4", status="not_evaluable", reason="the slab misses it"),
        row("5", status="failed"),
        row("6", status="failed", reason="no joint"),
    )
    found = [
        (f.status, f.reason, [r.subject_id for r in f.subjects])
        for f in failures(CohortPage(rows=rows))
    ]
    assert found == [
        ("not_evaluable", "the slab misses it", ["3", "4"]),
        ("failed", "no joint", ["6"]),
        ("failed", "no reason was recorded", ["5"]),
        ("failed", "slice 7 is missing", ["1"]),
    ]


def test_doubts_are_gathered_whatever_their_visit_and_numbers() -> None:
    rows = (
        row("1", flags=("baseline: only 81 % of the slices are acquired",)),
        row("2", flags=("week14: only 70.5 % of the slices are acquired", "moved")),
    )
    kinds = doubt_kinds(CohortPage(rows=rows))
    assert kinds == (("only … of the slices are acquired", 2), ("moved", 1))


def test_what_is_said_of_a_subject_has_its_numbers_and_every_doubt() -> None:
    one = CohortRow(
        subject_id="1",
        status="ok",
        verdict="not_evaluable",
        baseline_ml=2.0,
        reason="the slab misses the joint",
        flags=("moved",),
        corrected=("baseline: rois given",),
    )
    assert one.said == "2.00 mL. the slab misses the joint; moved; baseline: rois given."
    changed = CohortRow(
        subject_id="1",
        status="ok",
        verdict="decreased",
        baseline_ml=2.0,
        followup_ml=0.5,
        change_ml=-1.5,
    )
    assert changed.said == "2.00 to 0.50 mL: −1.50 mL, decreased. "
