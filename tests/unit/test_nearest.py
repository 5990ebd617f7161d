"""A mistyped name is answered with what may have been meant."""

import pytest

from mri_bme.nearest import did_you_mean

REGIONS = ("left_ilium_upper", "left_ilium_lower", "right_sacrum_upper")


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("left_ilium_uper", "left_ilium_upper"),
        ("LEFT_ILIUM_UPPER", "left_ilium_upper"),
        ("right_sacrum_uppr", "right_sacrum_upper"),
    ],
)
def test_the_nearest_name_comes_first(word: str, advice: str) -> None:
    assert did_you_mean(word, REGIONS).startswith(f"did you mean {advice}")


def test_what_is_near_to_nothing_gets_the_other_advice() -> None:
    assert did_you_mean("femur", REGIONS, otherwise="see regions") == "see regions"


def test_names_that_differ_in_capitals_only_are_told_as_they_are_written() -> None:
    assert did_you_mean("stir", ["STIR"]) == "did you mean STIR?"
