"""Visits are named by their days, and a name that contradicts its date is said."""

import pytest

from mri_bme.intake.visit_labels import contradiction, nominal_day, visit_labels
from mri_bme.settings import VisitSettings

SETTINGS = VisitSettings(week14_day=98, week14_window_days=28)


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        ([], []),
        ([0], ["baseline"]),
        ([0, 98], ["baseline", "week14"]),
        ([0, 126], ["baseline", "week14"]),
        ([0, 127], ["baseline", "day127"]),
        ([0, 90, 101], ["baseline", "day90", "week14"]),
        ([0, 97, 99], ["baseline", "week14", "day99"]),  # of two equally near the earlier
    ],
)
def test_the_visit_nearest_to_week_14_within_the_window_is_week_14(days, labels) -> None:
    assert visit_labels(days, SETTINGS) == labels


@pytest.mark.parametrize(
    ("label", "day"),
    [("baseline", 0), ("Week14", 98), ("day_30", 30), ("year1", 365.25), ("screening", None)],
)
def test_a_name_tells_its_day_where_it_tells_a_time(label: str, day: float | None) -> None:
    assert nominal_day(label) == (None if day is None else pytest.approx(day))


@pytest.mark.parametrize(
    ("visits", "words"),
    [
        ([("baseline", 0), ("week14", 100), ("week52", 360)], ""),
        ([("week14", 0), ("baseline", 98)], "baseline is dated 98 days after week14"),
        ([("baseline", 0), ("week52", 98), ("week14", 360)], "week14 is dated 262 days after"),
        ([("baseline", 0), ("week14", 0)], "have one date"),
        ([("screening", 0), ("final", 0)], ""),
    ],
)
def test_dates_in_another_order_than_names_are_said(visits, words: str) -> None:
    found = contradiction(visits)
    assert words in found
    assert bool(found) == bool(words)
