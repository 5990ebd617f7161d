"""Pairs of test and retest, and what they tell of visits that were scanned alike or not."""

from dataclasses import replace

import pytest

from mri_bme.verify import Measurement
from mri_bme.verify.precision import (
    changes_of,
    levels_of,
    pairs_of,
    profile_figures,
    repeatability_figures,
    reproducibility_figures,
)

ROW = Measurement(
    case="1",
    seed=1,
    level_ml=4.0,
    condition="as given",
    visit="baseline",
    bones="given",
    true_ml=4.0,
    found_ml=4.0,
    interval_ml=None,
    registration_error_mm=None,
    change_verdict="unchanged",
    reason="",
)


def pair(
    case: str, level: float, first: float, second: float, retest: str = ""
) -> list[Measurement]:
    test = replace(ROW, case=case, level_ml=level, true_ml=level, found_ml=first, retest=retest)
    return [test, replace(test, visit="week14", found_ml=second)]


def test_what_the_slabs_truly_differ_by_is_no_error() -> None:
    first, second = pair("1", 4.0, 4.0, 3.5)
    found = pairs_of([first, replace(second, true_ml=3.5)])
    assert changes_of(found) == pytest.approx([0.0])
    assert levels_of(found) == pytest.approx([4.0])


def test_a_scan_that_was_not_measured_makes_no_pair() -> None:
    first, second = pair("1", 4.0, 4.0, 3.5)
    assert pairs_of([first, replace(second, found_ml=None)]) == []


def test_one_cv_is_told_of_volumes_from_a_millilitre_on() -> None:
    """0.1 mL is found once as 0 and once as 0.2: it says nothing of a CV for all."""
    rows = [*pair("1", 0.1, 0.0, 0.2), *pair("2", 10.0, 9.0, 11.0), *pair("3", 10.0, 9.0, 11.0)]
    one = next(f for f in profile_figures(pairs_of(rows), [10.0]) if f.name == "wCV over all pairs")
    assert (one.value, one.n) == (pytest.approx(14.14, abs=0.01), 2)


def test_reproducibility_is_told_by_change_and_volume() -> None:
    rows = [
        *pair("1", 2.0, 2.0, 2.2, "another scanner"),
        *pair("2", 20.0, 20.0, 22.0, "another scanner"),
        *pair("3", 20.0, 20.0, 5.0),
    ]
    found = {(f.name, f.at): f for f in reproducibility_figures(rows)}
    assert found["bias between visits", "another scanner"].value == pytest.approx(10.0)
    assert found["RDC over all volumes", "another scanner"].value == pytest.approx(19.6, abs=0.01)
    small, large = (found["RDC, another scanner", at].value or 0 for at in ("2 mL", "20 mL"))
    assert 1.96 * 0.2 < large < 1.96 * 3
    assert small < large


@pytest.mark.parametrize("apart_ml", [0.0, 0.2])
def test_of_a_scatter_that_was_not_seen_there_is_no_bound(apart_ml: float) -> None:
    pairs = [(ROW, replace(ROW, visit="week14", found_ml=4.0 + apart_ml))] * 3
    for figure in repeatability_figures(pairs, [4.0]):
        assert (figure.high is None) is (apart_ml == 0)
