"""Tables as text: plain decimals, empty cells, the same bytes each time."""

from pathlib import Path

import pytest

from mri_bme.errors import UnreadableInput
from mri_bme.record.tables import read_table, write_table

COLUMNS = ("subject", "day", "edema_ml", "roi_ml", "edema_fraction", "evaluable", "centroid_lps_mm")


def test_numbers_are_plain_decimals_and_missing_values_are_empty(tmp_path: Path) -> None:
    row = {"subject": "s", "edema_ml": 1e-7, "roi_ml": 1234567.5, "edema_fraction": -0.0}
    write_table(tmp_path / "t.csv", [row], COLUMNS)
    (back,) = read_table(tmp_path / "t.csv", COLUMNS)
    assert (back["edema_ml"], back["roi_ml"], back["edema_fraction"]) == ("0", "1234567.5", "0")
    assert back["day"] == back["evaluable"] == ""


def test_truth_and_points_are_written_for_people_and_programs(tmp_path: Path) -> None:
    row = {"subject": "s", "evaluable": False, "centroid_lps_mm": (1.0, -2.345, 0.0)}
    write_table(tmp_path / "t.csv", [row], COLUMNS)
    (back,) = read_table(tmp_path / "t.csv", COLUMNS)
    assert (back["evaluable"], back["centroid_lps_mm"]) == ("false", "1.00 -2.35 0.00")


def test_text_with_the_separator_stays_one_cell(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", [{"subject": 'a, "b"\nc', "day": 0}], COLUMNS)
    (back,) = read_table(tmp_path / "t.csv", COLUMNS)
    assert (back["subject"], back["day"]) == ('a, "b"\nc', "0")


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfsubject,day\r\ns1,98\r\n")
    assert read_table(tmp_path / "t.csv", ("subject", "day")) == [{"subject": "s1", "day": "98"}]


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("subject\ns1\n")
    assert read_table(tmp_path / "t.csv", ("subject",)) == [{"subject": "s1"}]
    with pytest.raises(UnreadableInput, match="lacks the column"):
        read_table(tmp_path / "t.csv", COLUMNS)
    with pytest.raises(UnreadableInput, match="cannot be read"):
        read_table(tmp_path / "absent.csv", COLUMNS)
