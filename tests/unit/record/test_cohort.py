"""Tables of an earlier version, with fewer columns, still give statistics."""

from pathlib import Path

import pytest

from mri_bme.errors import UnreadableInput
from mri_bme.record.cohort import USED_OF_CHANGES, USED_OF_VISITS, read_cohort
from mri_bme.record.tables import write_table

VISIT = {"subject": "01", "visit": "baseline", "day": 0, "region": "total", "edema_ml": 8.5}
CHANGE = {
    "subject": "01",
    "baseline": "baseline",
    "followup": "week14",
    "region": "total",
    "baseline_ml": 8.5,
    "change_ml": -8.0,
    "verdict": "decreased",
    "evaluable": True,
}


def write_tables(out: Path, *, without: str = "") -> None:
    visits = [VISIT | {"evaluable": True}]
    columns = [name for name in USED_OF_VISITS if name != without]
    write_table(out / "visits.csv", visits, columns)
    write_table(out / "changes.csv", [CHANGE], [c for c in USED_OF_CHANGES if c != without])


def test_only_what_statistics_are_made_of_must_be_there(tmp_path: Path) -> None:
    write_tables(tmp_path)
    cohort = read_cohort(tmp_path)
    assert [c.change for c in cohort.changes] == [-8.0]


@pytest.mark.parametrize("missing", ["edema_ml", "verdict"])
def test_a_column_that_they_are_made_of_is_missed_by_name(tmp_path: Path, missing: str) -> None:
    write_tables(tmp_path, without=missing)
    with pytest.raises(UnreadableInput, match=missing):
        read_cohort(tmp_path)
