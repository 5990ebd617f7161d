"""How a record is described: columns that say what they hold, and tables made of them.

A column is declared once. From it come the cell of a CSV, the value in a JSON file, and
its line in ``docs/columns.md``.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from mri_bme.record.tables import DECIMALS, AddRows, Cell, Row, writing_table
from mri_bme.version import __version__

Source = TypeVar("Source")
Whole = TypeVar("Whole")

UNITS = {"_ml": "mL", "_mm": "mm", "_percent": "%", "day": "days", "days": "days"}
"""Unit of a column by the end of its name; every other number is a count or a ratio."""


@dataclass(frozen=True, kw_only=True)
class Column(Generic[Source]):
    """One thing that is told of a source.

    Parameters
    ----------
    name : str
        Header of the column and key in JSON; ends in the unit (`UNITS`).
    meaning : str
        What it holds, in one line for users.
    read : callable
        Reads it off the source; None leaves the cell empty.
    empty : str
        When the cell is empty, in words that follow "empty"; blank when it never is.
    """

    name: str
    meaning: str
    read: Callable[[Source], Cell]
    empty: str = ""

    @property
    def unit(self) -> str:
        """Unit, from the name; empty for text, counts and ratios."""
        return next((unit for end, unit in UNITS.items() if self.name.endswith(end)), "")


@dataclass(frozen=True, kw_only=True)
class Table(Generic[Source]):
    """A file of rows, one for each source.

    Parameters
    ----------
    name : str
        Name of the file without its ending.
    holds : str
        What a row stands for, as in ``one row per subject, visit and region``.
    columns : tuple of Column
        In the order of the file.
    order : callable or None
        Key that rows are sorted by; None keeps them as they come.
    suffix : str
        ``csv`` or, separated by tabs, ``tsv``.
    """

    name: str
    holds: str
    columns: tuple[Column[Source], ...]
    order: Callable[[Row], Any] | None = None
    suffix: str = "csv"

    @property
    def names(self) -> tuple[str, ...]:
        """Header."""
        return tuple(column.name for column in self.columns)

    def row(self, source: Source) -> Row:
        """Read every column off one source."""
        return {column.name: column.read(source) for column in self.columns}

    def rows(self, sources: Iterable[Source]) -> list[Row]:
        """Read every column off every source."""
        return [self.row(source) for source in sources]

    def write(self, path: Path, rows: Iterable[Row], *, further: tuple[str, ...] = ()) -> None:
        """Write rows, sorted; `further` names columns that only these rows have."""
        with self.writing(path, further=further) as add:
            add(rows)

    @contextmanager
    def writing(self, path: Path, *, further: tuple[str, ...] = ()) -> Iterator[AddRows]:
        """Open the file for rows that come subject by subject, each subject's sorted."""
        delimiter = "\t" if self.suffix == "tsv" else ","
        with writing_table(path, (*self.names, *further), delimiter=delimiter) as write:

            def add(rows: Iterable[Row]) -> None:
                write(rows if self.order is None else sorted(rows, key=self.order))

            yield add


def of_part(
    columns: Iterable[Column[Source]], part: Callable[[Whole], Source | None]
) -> tuple[Column[Whole], ...]:
    """Read the same columns off something that holds the source, or has none (empty)."""

    def reading(column: Column[Source]) -> Callable[[Whole], Cell]:
        def read(whole: Whole) -> Cell:
            found = part(whole)
            return None if found is None else column.read(found)

        return read

    return tuple(
        Column(name=c.name, meaning=c.meaning, empty=c.empty, read=reading(c)) for c in columns
    )


def emptied(columns: Iterable[Column[Source]], when: str) -> tuple[Column[Source], ...]:
    """Say of columns that are always filled when they are empty after all."""
    return tuple(replace(c, empty="; ".join(filter(None, (when, c.empty)))) for c in columns)


def facts(columns: Iterable[Column[Source]], source: Source) -> dict[str, Any]:
    """Read columns off a source as values for JSON, with the digits of the tables."""
    return {column.name: plain(column.read(source)) for column in columns}


def plain(value: Any) -> Any:
    """Make a value fit for JSON: `DECIMALS` as in the tables, and null for what is not finite."""
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return round(float(value), DECIMALS) + 0.0 if math.isfinite(value) else None
    return value


def software() -> str:
    """Name the software and its version, as every record does."""
    return f"mri_bme {__version__}"
