"""Tables as text: plain decimals, empty cells for what is missing, the same bytes each time."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mri_bme.errors import UnreadableInput
from mri_bme.files import replacing
from mri_bme.inert import for_cell

Cell = str | int | float | bool | tuple[float, ...] | None
Row = dict[str, Cell]
AddRows = Callable[[Iterable[Row]], None]
"""Writes further rows of a table that is open."""

DECIMALS = 6  # mL: a thousandth of a cubic millimetre
POINT_DECIMALS = 2  # mm, of coordinates


def write_table(
    path: Path, rows: Iterable[Row], columns: Sequence[str], *, delimiter: str = ","
) -> None:
    """Write rows under a header, whole or not at all; absent columns are empty cells."""
    with writing_table(path, columns, delimiter=delimiter) as add:
        add(rows)


@contextmanager
def writing_table(path: Path, columns: Sequence[str], *, delimiter: str = ",") -> Iterator[AddRows]:
    """Open a table for rows that come bit by bit, so that a long one never lies in memory.

    The table takes its name when the block succeeds; else what was there before stays.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n", delimiter=delimiter)
        writer.writerow(columns)

        def add(rows: Iterable[Row]) -> None:
            writer.writerows([_as_text(row.get(column)) for column in columns] for row in rows)

        yield add


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return _as_decimal(cell)
    if isinstance(cell, tuple):
        return " ".join(f"{coordinate:.{POINT_DECIMALS}f}" for coordinate in cell)
    return for_cell(str(cell))


def _as_decimal(number: float) -> str:
    text = f"{number:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read a table as text; every column of `columns` must be there, others may.

    Raises
    ------
    UnreadableInput
        If the file is missing, not text, or lacks a column.
    """
    return list(table_rows(path, columns))


def table_rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """Read a table as `read_table` does, one row at a time."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise UnreadableInput(f"{path.name} lacks the column(s) {', '.join(missing)}")
            for row in reader:
                yield {k: v or "" for k, v in row.items() if k is not None}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableInput(f"{path.name} cannot be read as CSV; make it again") from error
