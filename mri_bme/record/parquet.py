"""Tables as Parquet, partitioned by subject, for databases and for cohorts of thousands.

A table is a folder of files, each with the rows of `SUBJECTS_PER_FILE` whole subjects in the order
of the CSV, so that a query for one subject opens one of them (its least and largest subject
stand in its footer). A file for every subject would be ten thousand of a few kilobytes, which take
any reader longer to open than to read.

The types of columns do not depend on the cohort, so that tables of several can be read as one.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from mri_bme.files import replacing_folder

if TYPE_CHECKING:
    import pyarrow as pa

SUBJECTS_PER_FILE = 1000
WORDS = (
    "source",
    "moved_by",
    "verdict_low",
    "verdict_high",
    "protocol_change",
    "reason",
    "verdict",
    "check",
    "fate",
    "became",
    "flags",
    "status",
    "stage",
)
PLACES = ("region", "side", "bone", "quadrant", "lesion", "matched_lesion", "centroid_lps_mm")
READERS = ("read_by", "read_from")
VISITS = ("visit", "baseline", "followup", "compared_with")
TEXT = frozenset({"subject", *VISITS, *READERS, *WORDS, *PLACES})
FLAGS = frozenset({"evaluable", "flips"})
COUNTS = ("day", "days", "sparcc_estimate")
"""Whole numbers, besides those whose name begins with ``n_``."""
TRUTH = {"true": True, "false": False}


def write_parquet(table: Path) -> None:
    """Write a CSV again as a folder of Parquet files with the same name.

    Text stays text (a subject ``007`` too), cells that are empty are null, numbers are doubles,
    counts and days 64-bit integers.
    """
    import pyarrow as pa  # noqa: PLC0415  an extra, needed only when asked for
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = _schema(table)
    with replacing_folder(table.with_suffix(".parquet")) as folder:
        for number, rows in enumerate(_parts(table)):
            columns = [_typed([row[c.name] for row in rows], c) for c in schema]
            part = pa.Table.from_arrays(columns, schema=schema)
            pq.write_table(part, folder / f"part-{number:05d}.parquet")


def _rows(table: Path) -> Iterator[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as stream:
        yield from csv.DictReader(stream)


def _parts(table: Path) -> Iterator[list[dict[str, str]]]:
    """Rows of `SUBJECTS_PER_FILE` subjects at a time; a table without rows is one empty part."""
    part: list[dict[str, str]] = []
    n_subjects, n_parts = 0, 0
    for _, rows in groupby(_rows(table), key=lambda row: row.get("subject", "")):
        if n_subjects == SUBJECTS_PER_FILE:
            yield part
            part, n_subjects, n_parts = [], 0, n_parts + 1
        part += rows
        n_subjects += 1
    if part or not n_parts:
        yield part


def _schema(table: Path) -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415

    with table.open(newline="", encoding="utf-8") as stream:
        names = csv.DictReader(stream).fieldnames or ()
    words = _columns_of_words(_rows(table), [n for n in names if n not in TEXT | FLAGS])
    types: Mapping[str, pa.DataType] = {
        name: pa.string()
        if name in TEXT or name in words
        else pa.bool_()
        if name in FLAGS
        else pa.int64()
        if name in COUNTS or name.startswith("n_")
        else pa.float64()
        for name in names
    }
    return pa.schema(list(types.items()))


def _columns_of_words(rows: Iterable[Mapping[str, str]], names: Sequence[str]) -> set[str]:
    """Columns that hold something other than numbers, which nobody declared as text."""
    words: set[str] = set()
    for row in rows:
        words.update(name for name in names if name not in words and not _is_number(row[name]))
    return words


def _is_number(cell: str) -> bool:
    try:
        float(cell or "0")
    except ValueError:
        return False
    return True


def _typed(cells: Sequence[str], column: "pa.Field") -> "pa.Array":
    import pyarrow as pa  # noqa: PLC0415

    if pa.types.is_string(column.type):
        found: list[object] = [cell or None for cell in cells]
    elif pa.types.is_boolean(column.type):
        found = [TRUTH.get(cell) for cell in cells]
    else:
        number = int if pa.types.is_integer(column.type) else float
        found = [number(cell) if cell else None for cell in cells]
    return pa.array(found, type=column.type)
