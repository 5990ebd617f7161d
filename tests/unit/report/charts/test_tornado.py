"""The tornado of a subject: what its number hangs on."""

from dataclasses import replace

import pytest

from mri_bme.findings import Interval, Sensitivity, Verdict
from mri_bme.measurement_error.sensitivity import SOURCES
from mri_bme.report import SubjectPage, subject_page_html
from mri_bme.report.charts.chart import Line, Words
from mri_bme.report.charts.tornado import tornado_charts
from mri_bme.report.figures import SUBJECT_FIGURES


@pytest.fixture
def torn_page(drawn_page: SubjectPage) -> SubjectPage:
    change = drawn_page.changes["week14"]
    own = change.verdict
    moved = (
        Sensitivity(
            source="judge", change_ml=Interval(low=-5, high=1), verdicts=(own, Verdict.UNCHANGED)
        ),
        Sensitivity(source="threshold", change_ml=Interval(low=-3, high=-2), verdicts=(own, own)),
    )
    changes = {"week14": replace(change, sensitivity=moved)}
    return replace(drawn_page, findings=replace(drawn_page.findings, changes=changes))


def test_every_source_is_a_bar_from_end_to_end_the_widest_at_the_top(
    torn_page: SubjectPage,
) -> None:
    (chart,) = tornado_charts(torn_page)
    bars = [mark for mark in chart.marks if isinstance(mark, Line) and mark.fill is not None]
    whole = torn_page.changes["week14"].regions["total"].interval_ml
    assert whole is not None
    ends = [(bar.points[0][0], bar.points[2][0]) for bar in bars]
    assert ends == [(whole.low, whole.high), (-5, 1), (-3, -2)]
    assert bars[0].points[0][1] > bars[1].points[0][1] > bars[2].points[0][1]
    assert [bar.role for bar in bars] == ["ink", "warning", "same"]


def test_the_ends_of_every_bar_are_written_beside_it_inside_the_axis(
    torn_page: SubjectPage,
) -> None:
    (chart,) = tornado_charts(torn_page)
    told = [mark for mark in chart.marks if isinstance(mark, Words)]
    assert [mark.text for mark in told[2:]] == ["−5.00", "1.00", "−3.00", "−2.00"]
    assert all(chart.x.low < mark.at[0] < chart.x.high for mark in told)


def test_what_each_source_of_the_chart_is_moved_by_stands_on_the_page(
    torn_page: SubjectPage,
) -> None:
    html = subject_page_html(torn_page)
    for source in ("judge", "threshold"):
        assert f"<dt>{source}</dt><dd>{SOURCES[source]}</dd>" in html
    assert "<dt>registration</dt>" not in html


def test_page_and_paper_show_it_and_a_flipped_verdict_is_a_doubt(torn_page: SubjectPage) -> None:
    html = subject_page_html(torn_page)
    assert "What the number hangs on" in html
    assert "hangs on judge" in html
    assert SUBJECT_FIGURES["sensitivity"](torn_page).axes


def test_a_single_visit_shows_what_its_volume_hangs_on(drawn_page: SubjectPage) -> None:
    first = drawn_page.findings.visits[0]
    assert first.burden is not None
    burden = replace(first.burden, sensitivity={"judge": Interval(low=0.0, high=9.0)})
    alone = replace(
        drawn_page,
        findings=replace(drawn_page.findings, visits=(replace(first, burden=burden),), changes={}),
    )
    (chart,) = tornado_charts(alone)
    assert chart.x.label.startswith("edema")


def test_without_propagated_uncertainty_there_is_none(drawn_page: SubjectPage) -> None:
    change = replace(drawn_page.changes["week14"], sensitivity=())
    findings = replace(drawn_page.findings, changes={"week14": change})
    page = replace(drawn_page, findings=findings)
    assert tornado_charts(page) == ()
    assert "What the number hangs on" not in subject_page_html(page)
