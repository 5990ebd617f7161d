"""What every table holds, for users, from the schema itself."""

from collections.abc import Iterable, Iterator
from typing import Any

from mri_bme.record.agreement import MASKS, OVERRULED, READ
from mri_bme.record.learned import LEARNED
from mri_bme.record.lesions import CANDIDATES
from mri_bme.record.scan_weeks import SCAN_WEEKS
from mri_bme.record.schema import Column, Table
from mri_bme.record.subjects import SUBJECTS, TABLES
from mri_bme.record.unread import UNREAD

HEAD = """# Columns of the tables

Made from the schema in `mri_bme/record` by `python -m mri_bme.record > docs/columns.md`.

Numbers are plain decimals, volumes in mL and lengths in mm; a missing value is an empty cell, and
truth is `true` or `false`. No edema is 0; what could not be measured is empty and has its reason.
"""


def columns_page() -> str:
    """Describe every column of every table, in Markdown."""
    tables = (*TABLES, SUBJECTS, UNREAD, SCAN_WEEKS, READ, MASKS, OVERRULED, *LEARNED, CANDIDATES)
    sections = [_section(table) for table in tables]
    return "\n".join([HEAD, *sections])


def _section(table: Table[Any]) -> str:
    return "\n".join(
        (
            f"## `{_file_name(table)}`",
            "",
            f"{table.holds[:1].upper()}{table.holds[1:]}.",
            "",
            "| Column | Unit | What it holds | Empty |",
            "| --- | --- | --- | --- |",
            *_lines(table.columns),
            "",
        )
    )


def _file_name(table: Table[Any]) -> str:
    """Name in the output folder; one beside a mask ends like it."""
    return f"{'..._desc-' if table.suffix == 'tsv' else ''}{table.name}.{table.suffix}"


def _lines(columns: Iterable[Column[Any]]) -> Iterator[str]:
    for column in columns:
        yield f"| `{column.name}` | {column.unit} | {column.meaning} | {column.empty or 'never'} |"
