"""Columns are read, emptied and written alike, whatever they are read off."""

from dataclasses import dataclass

import pytest

from mri_bme.record.schema import Column, Table, emptied, facts, of_part
from mri_bme.record.tables import read_table


@dataclass(frozen=True)
class Box:
    side_mm: float
    middle: tuple[float, float, float] = (1.0, -2.345, 1e-9)


@dataclass(frozen=True)
class Shelf:
    name: str
    box: Box | None


BOX = (
    Column[Box](name="side_mm", meaning="length of a side", read=lambda b: b.side_mm),
    Column[Box](name="middle_mm", meaning="where its middle lies", read=lambda b: b.middle),
)
SHELVES = Table[Shelf](
    name="shelves",
    holds="one row per shelf",
    columns=(
        Column(name="shelf", meaning="name of the shelf", read=lambda s: s.name),
        *emptied(of_part(BOX, lambda s: s.box), "where the shelf is empty"),
    ),
    order=lambda row: str(row["shelf"]),
)


def test_what_a_part_tells_is_empty_where_there_is_no_part(tmp_path) -> None:
    rows = SHELVES.rows([Shelf("b", None), Shelf("a", Box(1 / 3))])
    SHELVES.write(tmp_path / "shelves.csv", rows)
    assert read_table(tmp_path / "shelves.csv", SHELVES.names) == [
        {"shelf": "a", "side_mm": "0.333333", "middle_mm": "1.00 -2.35 0.00"},
        {"shelf": "b", "side_mm": "", "middle_mm": ""},
    ]
    assert SHELVES.columns[1].empty == "where the shelf is empty"


@pytest.mark.parametrize("number", [1 / 3, 4.9005929999, 1e-9, -0.0, 1234567.5, 0.1 + 0.2])
def test_json_and_csv_hold_the_same_digits(tmp_path, number: float) -> None:
    SHELVES.write(tmp_path / "s.csv", SHELVES.rows([Shelf("a", Box(number))]))
    (row,) = read_table(tmp_path / "s.csv", SHELVES.names)
    told = facts(BOX, Box(number))["side_mm"]
    assert float(row["side_mm"]) == told
    assert str(told) != "-0.0"


def test_what_is_not_finite_is_missing_in_json() -> None:
    assert facts(BOX, Box(float("nan")))["side_mm"] is None


def test_the_unit_of_a_column_is_the_end_of_its_name() -> None:
    assert BOX[0].unit == "mm"
    assert SHELVES.columns[0].unit == ""
