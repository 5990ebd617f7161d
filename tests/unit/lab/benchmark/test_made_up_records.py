"""Made-up records fill every column of every table, and are read as a run's own."""

from pathlib import Path

from lab.benchmark.made_up_records import leave_records, units_of
from mri_bme.batch.code_version import code_version
from mri_bme.batch.plan import State, plan
from mri_bme.batch.resolve import settings_sha256
from mri_bme.batch.status import read_statuses
from mri_bme.record.subjects import TABLES
from mri_bme.sacroiliac import REGIONS
from mri_bme.settings import Settings


def test_every_table_of_the_schema_is_filled_and_quadrants_add_up(tmp_path: Path) -> None:
    leave_records(tmp_path / "results", 6, seed=1)
    statuses = [s for s in read_statuses(tmp_path / "results") if s.status == "ok"]
    assert len(statuses) >= 4
    for status in statuses:
        assert status.rows.keys() == {table.name for table in TABLES}
        for table in TABLES:
            assert {tuple(row) for row in status.rows[table.name]} == {table.names}
        ml = {r["region"]: r["edema_ml"] for r in status.rows["visits"] if r["day"] == 0}
        assert ml.keys() == set(REGIONS)
        assert abs(sum(v for k, v in ml.items() if k.count("_") == 2) - ml["total"]) < 1e-9
        assert abs(ml["left"] + ml["right"] - ml["total"]) < 1e-9


def test_a_run_takes_them_for_done_and_newcomers_for_due(tmp_path: Path) -> None:
    leave_records(tmp_path / "results", 3, seed=1)
    planned = plan(
        units_of(tmp_path, 5),
        tmp_path / "results",
        code_version=code_version(),
        settings_sha256=settings_sha256(Settings()),
    )
    assert [one.state for one in planned] == [State.DONE] * 3 + [State.TODO] * 2
