"""An outlier is far from the cohort by a robust yardstick; a small or uniform cohort has none."""

import numpy as np
import pytest

from mri_bme.report.cohort import CohortPage, CohortRow
from mri_bme.report.outliers import FEWEST_SUBJECTS, find_outliers, usual_range


def cohort(volumes, checks=()):
    rows = tuple(
        CohortRow(
            subject_id=f"{k:02d}",
            status="ok",
            baseline_ml=volume,
            checks={("baseline", "reference"): checks[k]} if checks else {},
        )
        for k, volume in enumerate(volumes)
    )
    return CohortPage(rows=rows)


def test_the_usual_range_of_normal_values_holds_three_and_a_half_deviations() -> None:
    values = np.random.default_rng(1).normal(10.0, 2.0, 20_001)
    low, high = usual_range(list(values))
    assert (low, high) == pytest.approx((3.0, 17.0), abs=0.2)


def test_one_subject_far_from_the_others_is_found_with_what_is_usual() -> None:
    volumes = [4.0, 5.0, 5.5, 6.0, 6.2, 6.4, 7.0, 7.5, 8.0, 9.0, 80.0]
    (found,) = find_outliers(cohort(volumes))
    assert (found.row.subject_id, found.value) == ("10", 80.0)
    assert found.quantity == "edema at baseline, mL"
    assert found.usual[0] < 4.0
    assert 9.0 < found.usual[1] < 80.0


def test_a_scan_that_looks_unlike_the_others_is_found_by_its_check() -> None:
    checks = [0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98, 1.3]
    (found,) = find_outliers(cohort([None] * 10, checks))
    assert (found.row.subject_id, found.quantity) == ("09", "Baseline: reference")


def test_ten_times_the_volume_is_no_outlier_among_volumes_that_scatter_so() -> None:
    assert find_outliers(cohort([0.1, 0.3, 0.8, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0])) == ()


def test_a_small_or_uniform_cohort_has_no_usual_range() -> None:
    assert usual_range([1.0] * (FEWEST_SUBJECTS - 2) + [9.0]) is None
    assert usual_range([0.0] * 20 + [9.0]) is None


def test_no_volume_below_nothing_is_called_usual() -> None:
    small = [0.0, 0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 60.0]
    (found,) = find_outliers(cohort(small))
    assert found.usual[0] == 0.0
