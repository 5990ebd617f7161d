"""Figures of a cohort."""

import pytest

from mri_bme.errors import NotEvaluable
from mri_bme.findings import Interval
from mri_bme.report import CohortPage, CohortRow
from mri_bme.report.figures import (
    COHORT_FIGURES,
    figure_bytes,
)


@pytest.mark.parametrize("name", COHORT_FIGURES)
def test_cohort_figures_leave_out_what_was_not_measured(name: str) -> None:
    rows = [
        CohortRow(
            subject_id=f"sub-{k}",
            status="ok",
            verdict="decreased",
            baseline_ml=float(k),
            followup_ml=k / 2,
            change_ml=-k / 2,
            interval_ml=Interval(low=-k / 2 - 1, high=-k / 2 + 1),
        )
        for k in range(8)
    ]
    draw = COHORT_FIGURES[name]
    with_failure = (*rows, CohortRow(subject_id="sub-9", status="failed", reason="damaged"))
    alone = figure_bytes(draw(CohortPage(rows=tuple(rows))), "svg")
    assert figure_bytes(draw(CohortPage(rows=with_failure)), "svg") == alone
    with pytest.raises(NotEvaluable):
        draw(CohortPage(rows=with_failure[-1:]))
