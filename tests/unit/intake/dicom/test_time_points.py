"""Which visit of a trial a header names."""

import pytest

from mri_bme.intake.dicom.frames import Acquisition
from mri_bme.intake.dicom.time_points import day_of_name, nominal_day, order_of, time_point_of


@pytest.mark.parametrize(
    ("name", "day"),
    [
        *[("Baseline", 0), ("BL", 0), ("Week 0", 0), ("W0", 0), ("V0", 0), ("pre-treatment", 0)],
        *[("Week 14", 98), ("W14", 98), ("wk14", 98), ("WEEK_14", 98), ("14 weeks", 98)],
        *[("Woche 14", 98), ("semaine 14", 98), ("Day 98", 98), ("D98", 98), ("Month 3", 91)],
        *[("Visit 2", None), ("V2", None), ("TP-3", None), ("screening", None), ("", None)],
    ],
)
def test_the_day_that_a_time_point_is_named_after(name: str, day: int | None) -> None:
    assert day_of_name(name) == day


def test_the_description_helps_where_the_id_is_a_number() -> None:
    a = Acquisition(time_point="2", time_point_name="Week 14")
    assert time_point_of(a) == "2"
    assert nominal_day(a) == 98


def test_time_points_are_ordered_by_number() -> None:
    assert sorted(["V10", "V2", "V1"], key=order_of) == ["V1", "V2", "V10"]
