"""Criteria that were stated before, held against what was found."""

from dataclasses import replace
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
    [
        ("value", "not decided"),
        ("low", "pass"),
        ("high", "not decided"),
        ("interval", "not decided"),
    ],
)
def test_an_estimate_within_whose_interval_reaches_beyond_is_not_decided(
    take: str, passed: str
) -> None:
    assert verdict(one(take=take, at_most=5), figure("all", 4.0, 3.0, 6.0)) == passed


@pytest.mark.parametrize("take", ["value", "high", "interval"])
@pytest.mark.parametrize("ends", [(3.0, 6.0), (5.2, 9.0)])
def test_an_estimate_beyond_fails_however_wide_its_interval(take: str, ends: tuple) -> None:
    assert verdict(one(take=take, at_most=5), figure("all", 5.5, *ends)) is Passed.FAIL


@pytest.mark.parametrize("take", ["value", "interval"])
def test_either_end_of_an_interval_can_leave_it_undecided(take: str) -> None:
    rule = one(take=take, at_least=-5, at_most=5)
    assert verdict(rule, figure("all", 0.0, -4.0, 4.0)) is Passed.PASS
    assert verdict(rule, figure("all", 0.0, -6.0, 4.0)) is Passed.UNDECIDED
    assert verdict(rule, figure("all", 0.0, -4.0, 6.0)) is Passed.UNDECIDED


@pytest.mark.parametrize(
    ("low", "value", "high", "passed"),
    [(80, 96, 99, "pass"), (80, 92, 97, "not decided"), (70, 80, 90, "fail")],
)
def test_what_fails_only_when_surely_beyond(low, value, high, passed) -> None:
    """Where the more favourable end is named: 95 % promised, and the interval of the share."""
    assert verdict(one(take="high", at_least=95), figure("all", value, low, high)) == passed


def test_a_figure_that_fails_is_told_before_one_that_is_not_decided() -> None:
    figures = [figure("1 mL", 4.9, -90.0, 99.0), figure("5 mL", 6.0, 5.5, 6.5)]
    (judged,) = judge(one(at_most=5), figures, bones="automatic")
    assert judged.worst is not None
    assert (judged.worst.at, judged.passed, judged.decided_by) == ("5 mL", Passed.FAIL, "")


def test_of_figures_that_are_not_decided_the_widest_is_told() -> None:
    figures = [figure("20 mL", -8.8, -19.0, 1.4), figure("2 mL", -5.6, -43.0, 32.0)]
    (judged,) = judge(one(at_least=-15, at_most=15), figures, bones="automatic")
    assert judged.worst is not None
    assert (judged.worst.at, judged.passed) == ("2 mL", Passed.UNDECIDED)


def test_what_must_be_all_or_none_is_counted() -> None:
    """No interval of a share ever lies at 100 % alone: the count decides."""
    every = replace(figure("all", 100.0, 76.0, 100.0), unit="%")
    assert verdict(one(at_least=100), every) is Passed.PASS
    assert verdict(one(at_least=95), every) is Passed.UNDECIDED
    assert verdict(one(at_least=100), replace(every, value=92.0)) is Passed.FAIL


def test_a_limit_that_no_volume_met_fails() -> None:
    unmet = Figure(name="bias", at="total", value=None, low=20.0, bones="automatic")
    assert verdict(one(at_most=2), unmet) is Passed.FAIL


def test_a_criterion_that_is_not_decided_says_what_would_decide() -> None:
    few = replace(figure("all", 0.0, -6.0, 6.0), n_subjects=3)
    (judged,) = judge(one(at_least=-5, at_most=5), [few], bones="automatic")
    assert judged.decided_by == "about 4 subjects in place of 3"


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
