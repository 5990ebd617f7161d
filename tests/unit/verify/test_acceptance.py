"""Criteria that were stated before, held against what was found."""

from pathlib import Path

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.verify import Figure
from mri_bme.verify.acceptance import Acceptance, Passed, judge, read_acceptance


def one(**rule: object) -> Acceptance:
    criterion = {"what": "it is good", "figure": "bias", "why": "a choice", **rule}
    return Acceptance.model_validate({"version": 1, "criterion": [criterion]})


def figure(at: str, value: float, low: float | None = None, high: float | None = None) -> Figure:
    return Figure(name="bias", at=at, value=value, low=low, high=high, bones="automatic")


def verdict(acceptance: Acceptance, *figures: Figure) -> Passed:
    (judged,) = judge(acceptance, figures, bones="automatic")
    return judged.passed


def test_every_figure_of_a_name_has_to_pass_and_the_worst_is_told() -> None:
    figures = [figure("1 mL", 2.0), figure("5 mL", -9.0), figure("9 mL", 1.0)]
    (judged,) = judge(one(at_least=-5, at_most=5), figures, bones="automatic")
    assert judged.passed is Passed.FAIL
    assert judged.worst is not None
    assert judged.worst.at == "5 mL"
    assert judged.required == "from -5 to 5 mL"


def test_a_limit_itself_passes() -> None:
    assert verdict(one(at_most=5), figure("all", 5.0)) is Passed.PASS
    assert verdict(one(at_most=5), figure("all", 5.001)) is Passed.FAIL


def test_volumes_below_are_not_meant() -> None:
    rule = one(at_most=5, at_from_ml=2.0)
    assert verdict(rule, figure("0.5 mL", 90.0), figure("2 mL", 1.0)) is Passed.PASS
    assert verdict(rule, figure("0.5 mL", 90.0)) is Passed.NOT_MEASURED


@pytest.mark.parametrize(
    ("take", "passed"),
    [("value", "pass"), ("low", "pass"), ("high", "fail"), ("interval", "fail")],
)
def test_the_number_that_is_named_is_the_one_that_counts(take: str, passed: str) -> None:
    assert verdict(one(take=take, at_most=5), figure("all", 4.0, 3.0, 6.0)) == passed


def test_bones_of_another_way_and_missing_bounds_prove_nothing() -> None:
    other = Figure(name="bias", at="all", value=1.0, bones="given")
    assert verdict(one(at_most=5), other) is Passed.NOT_MEASURED
    assert verdict(one(at_most=5, take="high"), figure("all", 1.0)) is Passed.NOT_MEASURED


def test_the_shipped_criteria_can_be_read_and_say_why() -> None:
    shipped = read_acceptance()
    assert shipped.version >= 1
    for criterion in shipped.criterion:
        assert criterion.why
        assert not (criterion.at_least is None and criterion.at_most is None)


def test_criteria_of_ones_own_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('version = 1\n[[criterion]]\nwhat = "a"\nfigur = "b"\nwhy = "c"\n')
    with pytest.raises(InvalidSettings, match=r"mine\.toml holds no acceptance criteria"):
        read_acceptance(path)
    with pytest.raises(InvalidSettings):
        read_acceptance(tmp_path / "none.toml")
