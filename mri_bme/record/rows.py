"""Read numbers back from rows of the tables, for whoever shows a subject in one line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mri_bme.findings import Interval
from mri_bme.record.changes import CHANGES
from mri_bme.record.tables import Row
from mri_bme.record.visits import VISITS, WHOLE
from mri_bme.study import main_followup

Rows = Mapping[str, Sequence[Row]]
"""Rows of one subject by the name of their table."""


ONE_VISIT = "one_visit"
"""Shown in place of a verdict where there is nothing to compare; ``changes.csv`` has
``not_evaluable`` with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectNumbers:
    """The main comparison of a subject; of a single visit, its volume as the baseline.

    `verdict` is a `Verdict`, `ONE_VISIT`, or empty.
    """

    verdict: str = ""
    baseline_ml: float | None = None
    followup_ml: float | None = None
    change_ml: float | None = None
    change_percent: float | None = None
    interval_ml: Interval | None = None


def number_of(row: Row, name: str) -> float | None:
    """Read a number; None where the cell is empty."""
    cell = row.get(name)
    return float(cell) if isinstance(cell, int | float) else None


def interval_of(row: Row, what: str) -> Interval | None:
    """Read the interval of ``edema`` or ``change``; None where there is none."""
    low, high = number_of(row, f"{what}_ci_low_ml"), number_of(row, f"{what}_ci_high_ml")
    return None if low is None or high is None else Interval(low=low, high=high)


def subject_numbers(rows: Rows) -> SubjectNumbers:
    """Read the numbers that a subject is judged by."""
    changes = _of_whole(rows, CHANGES.name)
    main = main_followup(str(row.get("followup")) for row in changes)
    change = next((row for row in changes if str(row.get("followup")) == main), None)
    if change is None:
        visits = _of_whole(rows, VISITS.name)
        return SubjectNumbers(baseline_ml=number_of(visits[0], "edema_ml") if visits else None)
    return SubjectNumbers(
        verdict=str(change.get("verdict") or "") if change.get("followup") else ONE_VISIT,
        baseline_ml=_volume(rows, change, "baseline"),
        followup_ml=_volume(rows, change, "followup"),
        change_ml=number_of(change, "change_ml"),
        change_percent=number_of(change, "change_percent"),
        interval_ml=interval_of(change, "change"),
    )


def _of_whole(rows: Rows, table: str) -> list[Row]:
    return [row for row in rows.get(table, ()) if row.get("region") == WHOLE]


def _volume(rows: Rows, change: Row, side: str) -> float | None:
    """Volume of one side of a comparison; where that failed, of the whole visit."""
    compared = number_of(change, f"{side}_ml")
    if compared is not None:
        return compared
    visits = (row for row in _of_whole(rows, VISITS.name) if row.get("visit") == change.get(side))
    return next((number_of(row, "edema_ml") for row in visits), None)
