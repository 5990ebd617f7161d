"""A subject is judged by week 14; without one, by the last follow-up."""

import pytest

from mri_bme.study import main_followup


@pytest.mark.parametrize(
    ("labels", "main"),
    [
        (["day30", "week14", "day200"], "week14"),
        (["day30", "day200"], "day200"),
        ([], None),
    ],
)
def test_week_14_is_the_main_follow_up_or_else_the_last(
    labels: list[str], main: str | None
) -> None:
    assert main_followup(labels) == main
