"""Change of a region, its coverage and its interval."""

from dataclasses import replace

import numpy as np
import pytest
from compared_boxes import LARGE, SENSITIVE, SMALL, common, compare
from scoring_scenes import VOXEL_ML, rois, visit

from mri_bme.compare_visits import smallest_detectable_change_ml
from mri_bme.compare_visits.changes import covered_fractions, measure_change
from mri_bme.findings import Verdict
from mri_bme.settings import CompareSettings


def test_change_is_followup_minus_baseline() -> None:
    total = compare(visit("baseline", LARGE), visit("week14", SMALL)).regions["total"]
    assert total.change_ml == pytest.approx(-96 * VOXEL_ML)
    assert total.change_percent == pytest.approx(-75)


def test_a_change_inside_measurement_error_is_unchanged_however_large_the_percentage() -> None:
    settings = CompareSettings(
        detectable_at_ml=(0.0,), detectable_ml=(2.0,), detection_limit_ml=0.1
    )
    total = compare(visit("baseline", LARGE), visit("week14", SMALL), settings=settings)
    assert total.regions["total"].change_percent == pytest.approx(-75)
    assert total.verdict is Verdict.UNCHANGED


def test_percent_is_missing_when_the_baseline_is_below_the_detection_limit() -> None:
    settings = CompareSettings(detection_limit_ml=1.0, detectable_at_ml=(0,), detectable_ml=(0.5,))
    total = compare(visit("baseline", SMALL), visit("week14", LARGE), settings=settings)
    assert total.regions["total"].change_percent is None
    assert total.verdict is Verdict.NEW


def test_the_smallest_detectable_change_grows_with_the_volume() -> None:
    settings = CompareSettings(detectable_at_ml=(0, 10), detectable_ml=(1, 3))
    found = [smallest_detectable_change_ml(ml, settings) for ml in (0, 5, 10, 20)]
    assert found == [1, 2, 3, 6]


def test_too_little_common_marrow_is_missing_not_zero() -> None:
    report = compare(visit("baseline", LARGE, common=common(4)), visit("week14", SMALL))
    total = report.regions["total"]
    assert report.verdict is Verdict.NOT_EVALUABLE
    assert not report.evaluable
    assert (total.change_ml, total.baseline_ml, total.change_percent) == (None, None, None)
    assert total.covered_fraction == pytest.approx(0.4)
    assert "40%" in total.reason


def test_coverage_is_that_of_the_worse_visit() -> None:
    a, b = visit("baseline", LARGE, common=common(9)), visit("week14", LARGE, common=common(6))
    assert compare(a, b).regions["left"].covered_fraction == pytest.approx(0.6)
    assert compare(b, a).regions["left"].covered_fraction == pytest.approx(0.6)


def test_coverage_is_the_share_of_marrow_that_the_other_visit_saw() -> None:
    seen = covered_fractions(visit("baseline", LARGE, common=common(9)))
    assert seen["total"] == pytest.approx(0.9)
    assert set(covered_fractions(visit("baseline", LARGE)).values()) == {1.0}
    quadrants = np.where(rois().quadrants > 4, rois().quadrants, 0)  # the right joint alone
    right = replace(visit("baseline"), rois=replace(rois(), quadrants=quadrants))
    assert covered_fractions(right)["left"] is None
    assert covered_fractions(right)["right"] == 1.0


@pytest.mark.parametrize(("covered", "is_enough"), [(0.5, True), (0.49, False), (None, False)])
def test_a_region_is_compared_from_the_least_coverage_on(
    covered: float | None, is_enough: bool
) -> None:
    before, after = (visit("baseline", box_).burden.regions["total"] for box_ in (LARGE, SMALL))
    settings = SENSITIVE.model_copy(update={"min_covered_fraction": 0.5})
    change = measure_change(before, after, covered_fraction=covered, settings=settings)
    if is_enough:
        assert change.change_ml == pytest.approx(after.edema_ml - before.edema_ml)
        assert not change.reason
    else:
        assert change.change_ml is None
        assert change.verdict is Verdict.NOT_EVALUABLE
        assert change.reason
