"""Scores by eye: what they may hold, and their totals."""

import pytest

from mri_bme.errors import InvalidVoxels
from mri_bme.readings.scores import berlin_total, checked_score, sparcc_total
from mri_bme.sacroiliac import QUADRANTS

ALL = [quadrant.name for quadrant in QUADRANTS.values()]
FULL = {"quadrants": ALL, "intense": ["left", "right"], "deep": ["left", "right"]}


def test_sparcc_goes_from_0_to_72() -> None:
    assert sparcc_total({"first": 3}) == 0
    assert sparcc_total({"first": 3, "slices": dict.fromkeys(range(6), FULL)}) == 72
    assert sparcc_total(None) is None


def test_a_quadrant_counts_once_per_slice() -> None:
    value = {"first": 0, "slices": {"2": {"quadrants": [ALL[0], ALL[0]], "deep": ["left"]}}}
    kept = checked_score("sparcc", value)
    assert kept["slices"]["2"] == {"quadrants": [ALL[0]], "intense": [], "deep": ["left"]}
    assert sparcc_total(kept) == 2


def test_berlin_is_the_sum_of_all_quadrants_or_none() -> None:
    assert berlin_total(dict.fromkeys(ALL, 3)) == 24
    assert berlin_total({ALL[0]: 2}) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sparcc", {"first": -1}),
        ("sparcc", {"first": 0, "slices": {"6": {}}}),
        ("sparcc", {"first": 0, "slices": {"1": {"quadrants": ["left_femur"]}}}),
        ("sparcc", {"first": 0, "total": 72}),
        ("berlin", {ALL[0]: 4}),
        ("impression", 11),
        ("quality", "splendid"),
        ("comment", "x" * 2001),
        ("name of the patient", "x"),
    ],
)
def test_what_no_score_can_be_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidVoxels):
        checked_score(name, value)


def test_a_comment_is_kept_as_it_was_written() -> None:
    assert checked_score("comment", " <script>alert(1)</script> ") == "<script>alert(1)</script>"
