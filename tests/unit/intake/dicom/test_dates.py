"""Dates of a header: true, shifted, or words for none."""

from datetime import date

import pytest

from mri_bme.intake.dicom.dates import parse_date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20200106", date(2020, 1, 6)),
        ("2020.01.06", date(2020, 1, 6)),
        ("20200106101500.000000", date(2020, 1, 6)),
        ("18990704", date(1899, 7, 4)),
        ("19600103", date(1960, 1, 3)),
        ("19000101", None),
        ("00010101", None),
        ("20201340", None),
        ("２０２００１０６", None),
        ("", None),
        ("unknown", None),
    ],
)
def test_a_date_is_read_or_not_there(text: str, day: date | None) -> None:
    assert parse_date(text) == day
