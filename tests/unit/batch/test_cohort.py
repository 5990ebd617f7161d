"""What a run does with all subjects together."""

import json
from pathlib import Path

from mri_bme.batch.cohort import RECIPE, record_cohort
from mri_bme.batch.inputs import SubjectUnit, VisitUnit
from mri_bme.batch.pages import INDEX_NAME
from mri_bme.batch.status import read_statuses
from mri_bme.record.tables import read_table


def test_the_cohort_has_a_page_and_is_a_bids_derivative(out: Path) -> None:
    (out / INDEX_NAME).unlink()
    record_cohort(out, list(read_statuses(out)))
    assert 'href="sub-1/report.html"' in (out / INDEX_NAME).read_text(encoding="utf-8")
    told = json.loads((out / "dataset_description.json").read_text())
    assert told["DatasetType"] == "derivative"


def test_a_subject_that_failed_has_rows_that_every_table_can_write(tmp_path: Path) -> None:
    visits = tuple(VisitUnit(label=v, day=d, volume=None) for v, d in (("baseline", 0), ("x", 9)))
    unit = SubjectUnit(subject="1", folder="sub-1", visits=visits)
    rows = RECIPE.rows_of_failed(unit, "out of memory")
    assert set(rows) <= set(RECIPE.tables)
    for name, write in RECIPE.tables.items():
        with write(tmp_path / f"{name}.csv") as add:
            add(rows.get(name, ()))
    written = read_table(tmp_path / "visits.csv", ("visit", "reason", "edema_ml"))
    assert {(row["reason"], row["edema_ml"]) for row in written} == {("out of memory", "")}
    assert [row["visit"] for row in written[:: len(written) // 2]] == ["baseline", "x"]
