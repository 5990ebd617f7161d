"""Limits are inside what they allow; doubt comes before refusal."""

import pytest

from mri_bme.check_appearance import Appearance, Check, Verdict
from mri_bme.check_appearance.checks import LIMITS, appearance_of


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_possible_holds_what_is_usual(name: str) -> None:
    limits = LIMITS[name]
    assert limits.possible[0] <= limits.usual[0] <= limits.usual[1] <= limits.possible[1]
    assert limits.meaning.format(value=0.5)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (40, Verdict.FINE),
        (39.9, Verdict.DOUBTFUL),
        (15, Verdict.DOUBTFUL),
        (14.9, Verdict.IMPOSSIBLE),
    ],
)
def test_limits_are_inside(value: float, verdict: Verdict) -> None:
    check = Check(name="slab_mm", value=value)
    assert check.verdict is verdict
    assert bool(check.words) == (verdict is not Verdict.FINE)


def test_what_cannot_be_computed_is_not_checked() -> None:
    look = appearance_of([("darkest", None), ("fluid", float("nan")), ("negative", 0.5)])
    assert [check.name for check in look.checks] == ["negative"]
    assert len(look.impossible) == 1
    assert not look.doubts
    assert Appearance().checks == ()


@pytest.mark.parametrize(("marrow_ml", "flagged"), [(39, 1), (41, 0), (499, 0), (501, 1), (770, 1)])
def test_marrow_that_no_pelvis_has_is_flagged(marrow_ml: float, flagged: int) -> None:
    assert len(appearance_of([("marrow_ml", marrow_ml)]).doubts) == flagged


@pytest.mark.parametrize(("size", "flagged"), [(0.87, 1), (0.89, 0), (1.13, 0), (1.15, 1)])
def test_a_body_of_no_adults_size_is_flagged(size: float, flagged: int) -> None:
    look = appearance_of([("body_size", size)])
    assert len(look.doubts) == flagged
    assert not look.impossible
