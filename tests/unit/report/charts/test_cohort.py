"""The cohort's charts show each subject once, sorted, with a way to its page."""

from mri_bme.findings import Interval
from mri_bme.report import CohortPage, CohortRow
from mri_bme.report.charts.chart import Dot, Line
from mri_bme.report.charts.cohort import COHORT_CHARTS, cohort_charts


def page_of(*changes: float) -> CohortPage:
    rows = [
        CohortRow(
            subject_id=f"sub-{k}",
            status="ok",
            verdict="decreased" if change < 0 else "increased",
            baseline_ml=5.0,
            followup_ml=5.0 + change,
            change_ml=change,
            interval_ml=Interval(low=change - 1, high=change + 1),
            page=f"sub-{k}/report.html",
        )
        for k, change in enumerate(changes)
    ]
    return CohortPage(rows=tuple(rows))


def test_bars_are_sorted_from_the_largest_decrease() -> None:
    chart = COHORT_CHARTS["waterfall"](page_of(1.0, -4.0, -2.0))
    bars = [m for m in chart.marks if isinstance(m, Line) and m.fill is not None]
    assert [bar.title.split(":")[0] for bar in bars] == ["sub-1", "sub-2", "sub-0"]
    assert [bar.points[2][1] for bar in bars] == [-4.0, -2.0, 1.0]
    assert [bar.role for bar in bars] == ["better", "better", "worse"]
    assert next(bar.of for bar in bars) == "sub-1"


def test_the_interval_of_a_bar_is_its_whisker() -> None:
    chart = COHORT_CHARTS["waterfall"](page_of(-4.0))
    whiskers = [m for m in chart.marks if isinstance(m, Line) and m.fill is None and not m.title]
    assert [y for _, y in whiskers[0].points] == [-5.0, -3.0]


def test_cumulative_shares_are_those_of_the_middle_of_each_subject() -> None:
    chart = COHORT_CHARTS["cumulative"](page_of(1.0, -4.0))
    assert [m.at for m in chart.marks if isinstance(m, Dot)] == [(25.0, -4.0), (75.0, 1.0)]


def test_lines_run_from_baseline_to_follow_up() -> None:
    chart = COHORT_CHARTS["spaghetti"](page_of(-4.0))
    (line,) = [m for m in chart.marks if isinstance(m, Line)]
    assert line.points == ((0.0, 5.0), (1.0, 1.0))


def test_nobody_measured_gives_no_chart() -> None:
    assert cohort_charts(CohortPage(rows=(CohortRow(subject_id="sub-1", status="failed"),))) == ()
