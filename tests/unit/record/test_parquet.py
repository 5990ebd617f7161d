"""Parquet holds what the CSV holds, in files of whole subjects, with types that do not wander."""

from pathlib import Path

import pytest

from mri_bme.record import parquet
from mri_bme.record.sensitivity import SENSITIVITY
from mri_bme.record.subjects import SUBJECTS, TABLES
from mri_bme.record.tables import write_table
from mri_bme.record.visits import VISITS

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
duckdb = pytest.importorskip("duckdb")


def leave(folder: Path, *rows: dict) -> Path:
    path = folder / "visits.csv"
    write_table(path, rows, VISITS.names)
    parquet.write_parquet(path)
    return folder / "visits.parquet"


def visit(subject: str, **cells) -> dict:
    return {"subject": subject, "visit": "baseline", "region": "total", "evaluable": True, **cells}


def test_no_subject_lies_in_two_files_and_none_is_lost(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(parquet, "SUBJECTS_PER_FILE", 2)
    rows = [visit(f"{n:03d}", region=region) for n in range(5) for region in ("total", "left")]
    files = sorted(leave(tmp_path, *rows).iterdir())
    held = [pq.read_table(path).column("subject").to_pylist() for path in files]
    assert [sorted(set(subjects)) for subjects in held] == [["000", "001"], ["002", "003"], ["004"]]
    assert sum(map(len, held)) == 10


def test_a_query_of_a_subject_reads_its_numbers_and_names_stay_text(tmp_path: Path) -> None:
    folder = leave(tmp_path, visit("007", edema_ml=1.25, day=0), visit("008", edema_ml=0.0))
    found = duckdb.sql(
        f"SELECT subject, edema_ml, day FROM '{folder}/*.parquet' WHERE subject = '007'"
    ).fetchall()
    assert found == [("007", 1.25, 0)]


def test_columns_have_the_same_type_whether_or_not_a_cell_is_filled(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "empty").mkdir()
    full = leave(
        tmp_path / "full",
        visit("1", edema_ml=1.5, day=0, n_lesions=2, sparcc_estimate=4, reason="", read_by="auto"),
        visit("2", edema_ml=2, day=None, evaluable=False, reason="no marrow"),
    )
    empty = leave(tmp_path / "empty", visit("1"))
    schemas = [pq.read_schema(next(folder.iterdir())) for folder in (full, empty)]
    assert schemas[0] == schemas[1]
    types = {field.name: str(field.type) for field in schemas[0]}
    assert {types[name] for name in ("day", "n_lesions", "sparcc_estimate")} == {"int64"}
    assert (types["edema_ml"], types["evaluable"], types["reason"]) == ("double", "bool", "string")
    rows = pq.read_table(full).to_pylist()
    assert [row["evaluable"] for row in rows] == [True, False]
    assert [row["reason"] for row in rows] == [None, "no marrow"]


def test_what_a_single_visit_leaves_empty_has_the_type_of_what_is_compared(tmp_path: Path) -> None:
    """A cohort without follow-up, read together with another."""
    schemas = []
    for name, cells in (
        ("one", {}),
        ("two", {"compared_with": "baseline", "verdict_low": "none", "verdict_high": "new",
                 "flips": True, "source": "judge", "moved_by": "a cut"}),
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        table = tmp_path / name / "sensitivity.csv"
        row = {**dict.fromkeys(SENSITIVITY.names), "subject": "1", "visit": "week14", **cells}
        SENSITIVITY.write(table, [row])
        parquet.write_parquet(table)
        schemas.append(pq.read_schema(next(table.with_suffix(".parquet").iterdir())))
    assert schemas[0] == schemas[1]
    assert str(schemas[0].field("flips").type) == "bool"


def test_a_table_without_rows_can_still_be_asked(tmp_path: Path) -> None:
    folder = leave(tmp_path)
    assert duckdb.sql(f"SELECT count(*) FROM '{folder}/*.parquet'").fetchall() == [(0,)]


def test_a_column_of_words_that_nobody_declared_is_text(tmp_path: Path) -> None:
    folder = leave(tmp_path, visit("1", roi_ml="much"), visit("2", roi_ml=3.0))
    assert pq.read_table(folder).column("roi_ml").to_pylist() == ["much", "3"]


def test_every_text_column_is_one_of_some_table() -> None:
    names = {name for table in (*TABLES, SUBJECTS) for name in table.names}
    assert names >= parquet.TEXT
    assert names >= parquet.FLAGS
