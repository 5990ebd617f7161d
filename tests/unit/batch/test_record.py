"""Tables stand on the status of every subject, and on nothing else."""

import csv
import json
from pathlib import Path

import pandas as pd
import pytest

from mri_bme.batch.record import (
    NO_LONGER_THERE,
    PROVENANCE_NAME,
    record_tables,
    write_provenance,
    write_unread,
)
from mri_bme.batch.status import OUTDATED, Effort, StageRecord, SubjectStatus, write_status
from mri_bme.errors import OutputRefused
from mri_bme.record.tables import writing_table
from mri_bme.study import Unread

COLUMNS = ("subject", "visit", "edema_ml", "evaluable", "reason")
TABLES = {"visits": lambda path: writing_table(path, COLUMNS)}
NOW = {"code_version": "2", "settings_sha256": "s"}


def leave(out: Path, subject: str, folder: str = "", ml: float = 1.5, **more) -> SubjectStatus:
    row = {"subject": subject, "visit": "baseline", "edema_ml": ml, "evaluable": True}
    status = SubjectStatus(
        **{
            "subject": subject,
            "folder": folder or f"sub-{subject}",
            "visits": ("baseline",),
            "unit_sha256": "",
            "status": "ok",
            "rows": {"visits": (row,)},
            **NOW,
            **more,
        }
    )
    write_status(out, status)
    return status


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_subjects_stand_in_order_whatever_their_folders_are_called(tmp_path: Path) -> None:
    leave(tmp_path, "b", "sub-1")
    leave(tmp_path, "a", "sub-2")
    record_tables(tmp_path, TABLES, **NOW)
    assert [row["subject"] for row in table(tmp_path / "visits.csv")] == ["a", "b"]
    assert [row["subject"] for row in table(tmp_path / "subjects.csv")] == ["a", "b"]


def test_numbers_of_other_code_or_settings_are_missing_with_the_reason(tmp_path: Path) -> None:
    leave(tmp_path, "1", code_version="1")
    leave(tmp_path, "2", settings_sha256="t")
    leave(tmp_path, "3")
    record_tables(tmp_path, TABLES, **NOW)
    rows = table(tmp_path / "visits.csv")
    assert [row["edema_ml"] for row in rows] == ["", "", "1.5"]
    assert [row["reason"] for row in rows] == [OUTDATED, OUTDATED, ""]


def test_a_subject_that_left_the_input_stays_and_is_flagged(tmp_path: Path) -> None:
    leave(tmp_path, "1", flags=("motion",))
    leave(tmp_path, "2")
    statuses = record_tables(tmp_path, TABLES, folders={"2": "sub-2"}, **NOW)
    assert [status.flags for status in statuses] == [("motion", NO_LONGER_THERE), ()]
    assert len(table(tmp_path / "visits.csv")) == 2


def test_an_earlier_result_of_the_same_subject_in_another_folder_is_left_out(
    tmp_path: Path,
) -> None:
    leave(tmp_path, "1", "sub-1x", ml=9.0)
    leave(tmp_path, "1", "sub-1")
    record_tables(tmp_path, TABLES, folders={"1": "sub-1"}, **NOW)
    (row,) = table(tmp_path / "visits.csv")
    assert row["edema_ml"] == "1.5"


def test_what_a_subject_cost_stands_apart_from_its_results(tmp_path: Path) -> None:
    stage = StageRecord(stage="rois", visits=("baseline",), key="k", remembered=False, seconds=2.0)
    effort = Effort(seconds=3.5, cpu_seconds=3.0, peak_memory_mb=900.04, attempts=2)
    leave(tmp_path, "1", stages=(stage,), effort=effort)
    record_tables(tmp_path, TABLES, **NOW)
    header, line = (tmp_path / "timings.tsv").read_text().splitlines()
    assert dict(zip(header.split("\t"), line.split("\t"), strict=True)) == {
        "subject": "1",
        "seconds": "3.500",
        "cpu_seconds": "3.000",
        "peak_memory_mb": "900.0",
        "attempts": "2",
        "stages": "rois baseline 2.000",
    }
    assert "seconds" not in (tmp_path / "subjects.csv").read_text()


def test_parquet_holds_what_the_table_holds_and_names_stay_text(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    leave(tmp_path, "007")
    record_tables(tmp_path, TABLES, parquet=True, **NOW)
    frame = pd.read_parquet(tmp_path / "visits.parquet")
    assert list(frame.columns) == list(COLUMNS)
    assert (frame.subject[0], frame.edema_ml[0]) == ("007", 1.5)
    assert frame.evaluable.tolist() == [True]
    assert frame.reason.isna().all()
    assert (tmp_path / "subjects.parquet").is_dir()


def test_what_the_cohort_page_tells_of_a_subject_survives_in_brief(tmp_path: Path) -> None:
    rows = {
        "visits": ({"region": "total", "edema_ml": 2.0}, {"region": "left", "edema_ml": 2.0}),
        "quality": ({"visit": "baseline", "check": "fluid", "value": 1.5, "usual_to": 2.0},),
        "lesions": ({"lesion": "L1"},),
    }
    leave(tmp_path, "1", rows=rows, outputs={"report.html": "0"})
    (told,) = record_tables(tmp_path, TABLES, **NOW)
    assert told.rows["visits"] == (rows["visits"][0],)
    assert told.rows["quality"] == ({"visit": "baseline", "check": "fluid", "value": 1.5},)
    assert "lesions" not in told.rows


def test_tables_stay_as_they_were_where_a_subject_cannot_be_written(tmp_path: Path) -> None:
    leave(tmp_path, "1")
    record_tables(tmp_path, TABLES, **NOW)
    before = (tmp_path / "visits.csv").read_bytes()

    def refuse(path: Path):
        raise OutputRefused("no room")

    leave(tmp_path, "2")
    with pytest.raises(OutputRefused, match="no room"):
        record_tables(tmp_path, {**TABLES, "changes": refuse}, **NOW)
    assert (tmp_path / "visits.csv").read_bytes() == before


def test_a_column_of_empty_cells_is_one_of_numbers_in_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    leave(tmp_path, "007", rows={"visits": ({"subject": "007", "visit": "baseline"},)})
    record_tables(tmp_path, TABLES, parquet=True, **NOW)
    found = parquet.read_schema(next((tmp_path / "visits.parquet").iterdir()))
    assert str(found.field("edema_ml").type) == "double"
    assert str(found.field("reason").type) == "string"


def test_what_was_not_read_is_a_table_and_no_table_where_all_was(tmp_path: Path) -> None:
    write_unread(tmp_path, (Unread(subject="", n_files=3, reason="an archive"),))
    (row,) = table(tmp_path / "unread.csv")
    assert (row["n_files"], row["reason"]) == ("3", "an archive")
    write_unread(tmp_path, ())
    assert not (tmp_path / "unread.csv").exists()


def test_provenance_names_inputs_by_content_alone(tmp_path: Path) -> None:
    status = leave(tmp_path, "1")
    write_provenance(
        tmp_path, [status], command="mri-bme run IN OUT", networks={"judge": "cafe"}, **NOW
    )
    told = json.loads((tmp_path / PROVENANCE_NAME).read_text())
    assert told["command"] == "mri-bme run IN OUT"
    assert {len(sha256) for sha256 in told["inputs"].values()} == {64}
    assert "mri_bme" in told["versions"]
    assert told["networks"] == {"judge": "cafe"}
    assert str(tmp_path) not in json.dumps(told)
