"""The page on columns is made from the schema and says all of it."""

from pathlib import Path

import pytest

from mri_bme.record.documentation import columns_page
from mri_bme.record.lesions import CANDIDATES
from mri_bme.record.schema import Column, Table
from mri_bme.record.subjects import SUBJECTS, TABLES

ROOT = Path(__file__).parents[3]
EVERY_TABLE = (*TABLES, SUBJECTS, CANDIDATES)
EVERY_COLUMN = [(table, column) for table in EVERY_TABLE for column in table.columns]


def test_the_page_on_columns_is_the_one_that_the_schema_makes() -> None:
    written = (ROOT / "docs" / "columns.md").read_text(encoding="utf-8")
    assert written == columns_page(), "python -m mri_bme.record > docs/columns.md"


@pytest.mark.parametrize(
    ("table", "column"), EVERY_COLUMN, ids=[f"{t.name}-{c.name}" for t, c in EVERY_COLUMN]
)
def test_every_column_says_what_it_holds(table: Table[object], column: Column[object]) -> None:
    assert len(column.meaning) > 10
    assert not column.meaning.endswith(".")
    assert table.names.count(column.name) == 1
