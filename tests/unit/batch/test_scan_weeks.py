"""Scans are put in order by weeks, and no date is left anywhere."""

from datetime import date
from pathlib import Path

import pytest

from mri_bme.batch.inputs import SubjectUnit, VisitUnit
from mri_bme.batch.scan_weeks import read_scan_weeks, scan_weeks, write_scan_weeks
from mri_bme.errors import UnreadableInput

FIRST = date(2019, 3, 4).toordinal()


def unit(subject: str, **days: int | None) -> SubjectUnit:
    visits = tuple(
        VisitUnit(label=label, day=None, volume=None, calendar_day=day)
        for label, day in days.items()
    )
    return SubjectUnit(subject=subject, folder=f"sub-{subject}", visits=visits)


def test_weeks_count_from_the_first_scan_of_anybody(tmp_path: Path) -> None:
    units = (
        unit("B", baseline=FIRST, week14=FIRST + 98),
        unit("A", baseline=FIRST + 6, week14=None),
        unit("C", baseline=FIRST + 7),
    )
    write_scan_weeks(tmp_path, scan_weeks(units))
    assert read_scan_weeks(tmp_path) == {
        ("A", "baseline"): 0,
        ("B", "baseline"): 0,
        ("B", "week14"): 14,
        ("C", "baseline"): 1,
    }
    written = (tmp_path / "scan_weeks.csv").read_text()
    assert written.splitlines()[:2] == ["subject,visit,week", "A,baseline,0"]
    assert str(FIRST) not in written
    assert str(FIRST) not in repr(units)


def test_without_dates_or_within_one_week_there_is_nothing_to_order(tmp_path: Path) -> None:
    assert scan_weeks((unit("A", baseline=None),)) == ()
    assert scan_weeks((unit("A", baseline=FIRST), unit("B", baseline=FIRST + 3))) == ()
    write_scan_weeks(tmp_path, scan_weeks((unit("A", baseline=FIRST, week14=FIRST + 98),)))
    assert read_scan_weeks(tmp_path)
    write_scan_weeks(tmp_path, ())
    assert read_scan_weeks(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_table_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scan_weeks.csv").write_text("subject,visit,week\nA,baseline,soon\n")
    with pytest.raises(UnreadableInput, match="no number"):
        read_scan_weeks(tmp_path)
