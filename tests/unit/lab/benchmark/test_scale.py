"""A run over subjects that are done leaves tables that the examples of the guide can ask."""

import re
from pathlib import Path

import pytest

from lab.benchmark.made_up_records import leave_records
from lab.benchmark.scale import run_again

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
