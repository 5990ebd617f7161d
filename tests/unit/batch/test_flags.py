"""What a config says of a run is checked like the flags that it stands for."""

from pathlib import Path

import pytest

from mri_bme.batch.flags import flags_of_config
from mri_bme.errors import InvalidSettings


def test_a_single_pattern_is_one_pattern_and_not_its_letters() -> None:
    assert flags_of_config({"exclude": "12"}, Path())["exclude"] == ("12",)
    assert flags_of_config({"subjects": ["1*", "2*"]}, Path())["subjects"] == ("1*", "2*")


def test_paths_are_relative_to_the_config() -> None:
    assert flags_of_config({"manifest": "v.csv"}, Path("trial"))["manifest"] == Path("trial/v.csv")


def test_what_is_not_said_is_left_to_the_command_line() -> None:
    assert flags_of_config({}, Path()) == {}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"jobs": -3}, r"jobs: .*greater than or equal to 1"),
        ({"jobs": "four"}, r"jobs: .*integer"),
        ({"jobs": True}, r"jobs: .*integer"),
        ({"timeout_per_subject": -1}, r"timeout_per_subject: .*greater than 0"),
        ({"parquet": "yes"}, r"parquet: .*boolean"),
        ({"exclude": [1, 2]}, r"exclude\.0: .*string"),
        ({"manifest": 5}, r"manifest: .*string"),
        ({"manifest": ""}, r"manifest: .*at least 1 character"),
        ({"job": 3}, r"job is no flag of a run; did you mean jobs"),
        ("12", r"run: "),
    ],
)
def test_a_value_that_its_flag_would_refuse_is_refused(table: object, message: str) -> None:
    with pytest.raises(InvalidSettings, match=message):
        flags_of_config(table, Path())
