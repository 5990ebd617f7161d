"""Numbers as every page, table and terminal writes them."""

import pytest

from mri_bme.findings import Interval
from mri_bme.record.numbers import hundredths, interval_ml, millilitres, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0.00"), (-1.234, "−1.23"), (115.24, "115.2"), (9.999, "10.0")],
)
def test_volumes_are_written_for_readers(value: float | None, text: str) -> None:
    assert millilitres(value) == text


@pytest.mark.parametrize(("value", "text"), [(-0.105, "−0.10"), (0.0618, "0.06"), (-0.001, "0.00")])
def test_a_ratio_has_two_digits_and_a_proper_minus(value: float, text: str) -> None:
    assert hundredths(value) == text


def test_missing_interval_is_a_dash_and_never_zero() -> None:
    assert interval_ml(None) == "–"
    assert interval_ml(Interval(low=1.2, high=2.4)) == "1.20 to 2.40"
    assert interval_ml(Interval(low=-1.2, high=2.4), signed=True) == "−1.20 to +2.40"


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (None, True, "–"),
        (0.3, True, "0\u00a0%"),
        (41.6, True, "+42\u00a0%"),
        (-75, False, "−75\u00a0%"),
    ],
)
def test_a_percentage_is_whole_and_its_sign_is_asked_for(
    value: float | None, signed: bool, text: str
) -> None:
    assert percent(value, signed=signed) == text
