"""Figures as text."""

import pytest

from mri_bme.verify import Figure
from mri_bme.verify.report.tables import (
    by_bones,
    by_size_and_contrast,
    p_words,
    rate_words,
    rounded,
    with_interval,
)


def test_a_value_stands_with_what_brackets_it() -> None:
    bias = Figure(name="bias", at="5 mL", value=-0.004, low=-0.3, high=0.2)
    assert with_interval(bias) == "0.00 mL (−0.30 to 0.20)"
    assert with_interval(Figure(name="wSD", at="5 mL", value=0.25, high=0.4)) == (
        "0.25 mL (up to 0.40)"
    )
    assert with_interval(Figure(name="wSD", at="5 mL", value=0.25)) == "0.25 mL"
    assert with_interval(Figure(name="wSD", at="5 mL", value=None)) == ""
    assert with_interval(None) == ""


@pytest.mark.parametrize(("unit", "text"), [("%", "−0.4"), ("mL", "−0.40"), ("", "−0.400")])
def test_a_unit_has_its_digits(unit: str, text: str) -> None:
    assert rounded(-0.4, unit) == text


def test_a_half_is_rounded_up_as_the_decimals_say() -> None:
    """0.175 and 1.005 as binary numbers are a trace smaller, and yet told as they are read."""
    assert [rounded(x, "mL") for x in (0.175, 1.005, 0.1749, -0.175)] == [
        *("0.18", "1.01", "0.17", "−0.18")
    ]
    assert rounded(-0.001, "mL") == "0.00"


def test_no_figures_make_no_table() -> None:
    assert list(by_bones([])) == []
    assert list(by_size_and_contrast([], caption="")) == []


def test_both_kinds_of_bones_stand_in_one_row_each_with_its_number() -> None:
    made = [
        Figure(name="bias of lesions", at=at, value=value, unit="%", n=n, bones=bones)
        for at, value, n, bones in (
            ("1 to 2 mL", 3.0, 9, "given"),
            ("1 to 2 mL", -4.0, 8, "automatic"),
            ("2 to 5 mL", 5.0, 7, "automatic"),
        )
    ]
    (table,) = by_bones(made, what="true lesions of")
    assert table.heading == ("true lesions of", "bones given", "n", "bones found", "n")
    assert table.rows == (
        ("1 to 2 mL", "3.0 %", "9", "−4.0 %", "8"),
        ("2 to 5 mL", "", "", "5.0 %", "7"),
    )
    (named,) = by_bones(made[:1], words={"bias of lesions": "bias"})
    assert named.rows == (("bias", "1 to 2 mL", "3.0 %", "9"),)


def test_lesions_stand_by_size_downwards_and_contrast_across() -> None:
    shares = {
        "1 to 2 mL": (75.0, 8),
        "1 to 2 mL, signal ratio 1 to 1.8": (50.0, 4),
        "1 to 2 mL, signal ratio 2.2 or more": (100.0, 4),
        "signal ratio 1 to 1.8": (50.0, 4),
    }
    made = [
        Figure(name="lesion sensitivity", at=at, value=v, low=15.0, high=85.0, unit="%", n=n)
        for at, (v, n) in shares.items()
    ]
    (table,) = by_size_and_contrast(made, caption="")
    half, all_of_them = "2 of 4 (15 to 85 %)", "4 of 4 (15 to 85 %)"
    assert table.rows == (
        ("1 to 2 mL", "6 of 8 (15 to 85 %)", half, "", all_of_them),
        ("any size", "", half, "", ""),
    )


def test_a_rate_is_told_by_how_many_there_were() -> None:
    rate = Figure(name="false", at="any size", value=0.075, low=0.015, high=0.219, n=40)
    assert rate_words(rate) == "3 (0.015 to 0.219)"
    assert rate_words(Figure(name="false", at="any size", value=0.0, n=0)) == "0"
    assert rate_words(None) == ""


def test_a_limit_that_no_volume_met_is_more_than_the_largest() -> None:
    unmet = Figure(name="limit of detection", at="total", value=None, low=20.0)
    assert with_interval(unmet) == "more than 20.00 mL"


def test_no_p_value_is_nothing() -> None:
    assert (p_words(0.0), p_words(0.0314)) == ("< 0.001", "0.031")
