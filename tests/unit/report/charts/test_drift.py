"""A scanner that changes on the way is a step in the running median."""

import numpy as np

from mri_bme.report.charts.chart import Dot, Line
from mri_bme.report.charts.drift import FEWEST_SCANS, drift_charts, running_median
from mri_bme.report.cohort import CohortPage, CohortRow


def cohort(values, check="reference"):
    rows = tuple(
        CohortRow(
            subject_id=f"{k:03d}",
            status="ok",
            weeks={"baseline": k},
            checks={("baseline", check): value},
        )
        for k, value in enumerate(values)
    )
    return CohortPage(rows=rows)


def test_a_step_of_the_scanner_is_a_step_of_the_line() -> None:
    noise = np.random.default_rng(2).normal(0, 0.03, 80)
    values = np.where(np.arange(80) < 40, 0.9, 1.1) + noise
    (chart,) = drift_charts(cohort(values))
    (course,) = [mark for mark in chart.marks if isinstance(mark, Line)]
    medians = dict(course.points)
    assert abs(medians[20.0] - 0.9) < 0.03
    assert abs(medians[60.0] - 1.1) < 0.03
    dots = [mark for mark in chart.marks if isinstance(mark, Dot)]
    assert [dot.at[1] for dot in dots] == list(values)
    assert dots[3].of == "003"


def test_one_scan_far_off_does_not_move_the_line() -> None:
    points = [(float(k), 50.0 if k == 10 else 1.0) for k in range(30)]
    assert {value for _, value in running_median(points)} == {1.0}


def test_few_scans_or_none_with_a_week_show_no_drift() -> None:
    assert drift_charts(cohort([1.0] * (FEWEST_SCANS - 1))) == ()
    undated = tuple(
        CohortRow(subject_id=f"{k}", status="ok", checks={("baseline", "reference"): 1.0})
        for k in range(20)
    )
    assert drift_charts(CohortPage(rows=undated)) == ()
    assert drift_charts(cohort([1.0] * 20, check="slab_mm")) == ()
