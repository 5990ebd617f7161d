"""The mean of readers, number by number; verdicts follow from it."""

import pytest

from mri_bme.batch.mean_rows import mean_rows
from mri_bme.settings import CompareSettings


def change(before: float, after: float, *, half: float = 0.5) -> dict:
    return {
        "subject": "01",
        "baseline": "baseline",
        "followup": "week14",
        "days": 98,
        "region": "total",
        "baseline_ml": before,
        "followup_ml": after,
        "change_ml": after - before,
        "change_ci_low_ml": after - before - half,
        "change_ci_high_ml": after - before + half,
        "change_percent": 100 * (after - before) / before if before else None,
        "verdict": "not_evaluable",
        "detectable_ml": 0.1,
        "evaluable": True,
        "reason": "",
        "read_by": "R1",
    }


def mean(*changes: dict) -> dict:
    tables = [{"visits": (), "changes": (one,)} for one in changes]
    (found,) = mean_rows(tables, settings=CompareSettings())["changes"]
    return found


def test_a_wider_limit_holds_for_the_mean_as_well() -> None:
    usual, wide = (mean({**change(10, 8), "wider_by": w}) for w in (1.0, 20.0))
    assert (usual["verdict"], wide["verdict"]) == ("decreased", "unchanged")
    assert wide["detectable_ml"] == pytest.approx(20 * usual["detectable_ml"])


def test_numbers_are_means_and_the_verdict_is_judged_on_them() -> None:
    found = mean(change(10, 2), change(8, 4))
    assert found["baseline_ml"] == 9
    assert found["change_ml"] == -6
    assert (found["change_ci_low_ml"], found["change_ci_high_ml"]) == (-6.5, -5.5)
    assert found["change_percent"] == pytest.approx(-100 * 6 / 9)
    assert found["verdict"] == "decreased"
    assert (found["days"], found["read_by"]) == (98, "mean")


def test_opposite_readings_are_unchanged() -> None:
    assert mean(change(5, 7), change(7, 5))["verdict"] == "unchanged"


def test_who_could_not_measure_does_not_count() -> None:
    nothing = {**change(0, 0), "evaluable": False, "reason": "unreadable"}
    for name in ("baseline_ml", "followup_ml", "change_ml", "change_percent"):
        nothing[name] = None
    found = mean(nothing, change(8, 4))
    assert found["baseline_ml"] == 8
    assert found["evaluable"] is True


def test_nobody_could_measure() -> None:
    nothing = {**change(0, 0), "evaluable": False, "reason": "unreadable", "baseline_ml": None,
               "followup_ml": None}  # fmt: skip
    assert mean(nothing, nothing)["reason"] == "unreadable"


def test_no_baseline_no_percentage() -> None:
    assert mean(change(0, 3), change(0, 5))["change_percent"] is None
    assert mean(change(0, 3), change(0, 5))["verdict"] == "new"


def hangs(*changes: dict) -> dict:
    tables = [{"visits": (), "changes": (one,)} for one in changes]
    (found,) = mean_rows(tables, settings=CompareSettings())["sensitivity"]
    return found


def test_whose_reading_is_taken_is_a_source_of_error_from_the_least_to_the_most() -> None:
    found = hangs(
        {**change(10, 2), "verdict": "decreased"}, {**change(8, 4), "verdict": "decreased"}
    )
    assert (found["low_ml"], found["value_ml"], found["high_ml"]) == (-8, -6, -4)
    assert (found["source"], found["visit"], found["compared_with"], found["read_by"]) == (
        "choice of reader",
        "week14",
        "baseline",
        "mean",
    )
    assert (found["verdict_low"], found["verdict_high"]) == ("decreased", "decreased")
    assert found["flips"] is False


def test_a_verdict_that_one_reader_alone_would_not_give_flips() -> None:
    less = {**change(10, 2), "verdict": "decreased"}
    same = {**change(8, 7.9), "verdict": "unchanged"}
    assert mean(less, same)["verdict"] == "decreased"
    found = hangs(less, same)
    assert (found["verdict_low"], found["verdict_high"], found["flips"]) == (
        "decreased",
        "unchanged",
        True,
    )


def test_one_reader_alone_and_parts_of_the_joints_have_no_choice() -> None:
    nothing = {**change(0, 0), "evaluable": False, "change_ml": None}
    for changes in ((change(8, 4), nothing), ({**change(8, 4), "region": "left"},) * 2):
        tables = [{"visits": (), "changes": (one,)} for one in changes]
        assert mean_rows(tables, settings=CompareSettings())["sensitivity"] == ()
