"""Figures as text."""

import pytest

from mri_bme.verify import Figure
from mri_bme.verify.report.tables import listed_figures, rounded, with_interval


def test_a_value_stands_with_what_brackets_it() -> None:
    bias = Figure(name="bias", at="5 mL", value=-0.004, low=-0.3, high=0.2)
    assert with_interval(bias) == "0.00 mL (-0.30 to 0.20)"
    assert with_interval(Figure(name="wSD", at="5 mL", value=0.25, high=0.4)) == (
        "0.25 mL (up to 0.40)"
    )
    assert with_interval(Figure(name="wSD", at="5 mL", value=0.25)) == "0.25 mL"
    assert with_interval(Figure(name="wSD", at="5 mL", value=None)) == ""
    assert with_interval(None) == ""


@pytest.mark.parametrize(("unit", "text"), [("%", "-0.4"), ("mL", "-0.40"), ("", "-0.400")])
def test_a_unit_has_its_digits(unit: str, text: str) -> None:
    assert rounded(-0.4, unit) == text


def test_no_figures_make_no_table() -> None:
    assert list(listed_figures([])) == []
