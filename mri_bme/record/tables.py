"""Tables as text: plain decimals, empty cells for what is missing, the same bytes each time."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from mri_bme.errors import UnreadableInput
from mri_bme.files import write_text
from mri_bme.inert import for_cell

Cell = str | int | float | bool | tuple[float, ...] | None
Row = dict[str, Cell]

DECIMALS = 6  # mL: a thousandth of a cubic millimetre
POINT_DECIMALS = 2  # mm, of coordinates


def write_table(
    path: Path, rows: Iterable[Row], columns: Sequence[str], *, delimiter: str = ","
) -> None:
    """Write rows under a header, whole or not at all; absent columns are empty cells."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows([_as_text(row.get(column)) for column in columns] for row in rows)
    write_text(path, text.getvalue())


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
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            rows = [{k: v or "" for k, v in row.items() if k is not None} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableInput(f"{path.name} cannot be read as CSV; make it again") from error
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        raise UnreadableInput(f"{path.name} lacks the column(s) {', '.join(missing)}")
    return rows
