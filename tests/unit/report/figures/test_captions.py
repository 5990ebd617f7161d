"""A caption says what is shown, of whom and how it was made."""

import pytest

from mri_bme.findings import Interval
from mri_bme.report import CohortPage, CohortRow, SubjectPage
from mri_bme.report.charts import subject as charts
from mri_bme.report.charts.chart import Axis, Chart
from mri_bme.report.figures import COHORT_FIGURES, SUBJECT_FIGURES
from mri_bme.report.figures.captions import SUBJECT_CAPTIONS, cohort_caption, subject_caption
from mri_bme.version import __version__


def test_every_figure_has_a_caption_of_its_own(drawn_page: SubjectPage) -> None:
    assert set(SUBJECT_CAPTIONS) == set(SUBJECT_FIGURES)
    captions = {subject_caption(name, drawn_page) for name in SUBJECT_FIGURES}
    assert len(captions) == len(SUBJECT_FIGURES)
    for caption in captions:
        assert caption.startswith("Subject sub-1. ")
        assert caption.endswith(f"Made with mri_bme {drawn_page.version}.")
        assert "  " not in caption


def test_a_chart_that_was_added_is_captioned_by_what_it_says(
    drawn_page: SubjectPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    axis = Axis(low=0.0, high=1.0)
    added = Chart(alt="Something new", x=axis, y=axis, marks=())
    monkeypatch.setitem(charts.SUBJECT_CHARTS, "added", lambda page: (added,))  # type: ignore[arg-type]
    assert "Something new." in subject_caption("added", drawn_page)


@pytest.mark.parametrize("name", COHORT_FIGURES)
def test_a_cohort_is_counted_and_so_is_who_is_missing(name: str) -> None:
    rows = tuple(
        CohortRow(
            subject_id=f"{k}",
            status="ok",
            verdict="decreased",
            baseline_ml=2.0,
            followup_ml=1.0,
            change_ml=-1.0,
            interval_ml=Interval(low=-2.0, high=-0.5),
        )
        for k in range(3)
    )
    caption = cohort_caption(
        name, CohortPage(rows=(*rows, CohortRow(subject_id="9", status="failed")))
    )
    assert "(n = 3; 1 of 4 had no measured change)" in caption
    assert caption.endswith(f"Made with mri_bme {__version__}.")
