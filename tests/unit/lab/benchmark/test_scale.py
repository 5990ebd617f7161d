"""A run over subjects that are done leaves tables that the examples of the guide can ask."""

import csv
import re
from pathlib import Path

import pytest

from lab.benchmark.made_up_records import leave_records
from lab.benchmark.scale import clinical_table, run_again

duckdb = pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")

GUIDE = Path(__file__).parents[4] / "docs" / "cohort.md"


def test_the_queries_of_the_guide_find_what_is_there(tmp_path: Path, monkeypatch) -> None:
    out = tmp_path / "results"
    leave_records(out, 30, seed=1)
    run_again(out, 30, parquet=True)
    assert (out / "index.html").is_file()
    monkeypatch.chdir(out)
    queries = re.findall(r"```sql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(queries) == 3
    of_one, verdicts, beyond = (duckdb.sql(query).fetchall() for query in queries)
    assert [visit for visit, *_ in of_one] == ["baseline", "week14"]
    assert all(low < ml + 1e-9 < high for _, ml, low, high in of_one)
    assert {verdict for verdict, *_ in verdicts} >= {"none", "decreased"}
    assert sum(n for _, n, _ in verdicts) >= 28
    assert beyond
    assert all(abs(change) > detectable for _, change, detectable, _ in beyond)
    assert all(fluid is not None for *_, fluid in beyond)


def test_clinical_measures_and_arms_belong_to_the_made_up_subjects(tmp_path: Path) -> None:
    with clinical_table(tmp_path / "c.csv", 30, seed=1).open() as stream:
        rows = list(csv.DictReader(stream))
    assert len({row["subject"] for row in rows}) == 30
    assert {row["visit"] for row in rows} == {"baseline", "week14"}
    arms = {(row["subject"], row["arm"]) for row in rows}
    assert len(arms) == 30
    assert {arm for _, arm in arms} == {"placebo", "treatment"}
    leave_records(tmp_path / "results", 30, seed=1)
    run_again(tmp_path / "results", 30)
    with (tmp_path / "results" / "subjects.csv").open() as stream:
        assert {row["subject"] for row in csv.DictReader(stream)} == {r["subject"] for r in rows}
