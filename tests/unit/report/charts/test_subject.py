"""What the charts of a subject show is what was found; page and paper show the same."""

import pytest

from mri_bme.pipeline import SubjectResult
from mri_bme.report import SubjectPage, subject_page, subject_page_html
from mri_bme.report.charts import subject as charts
from mri_bme.report.charts.chart import Chart, Dot, Words
from mri_bme.report.figures import SUBJECT_FIGURES


def dots(chart: Chart) -> list[tuple[float, float]]:
    return [mark.at for mark in chart.marks if isinstance(mark, Dot)]


def test_volumes_are_those_of_both_visits(drawn_page: SubjectPage) -> None:
    (total, *_) = charts.volume_rows(drawn_page)
    assert total.region == "total"
    expected = [v.findings.burden.regions["total"].edema_ml for v in drawn_page.visits]  # type: ignore[union-attr]
    assert [x for x, _ in dots(total.volumes)] == expected


def test_the_change_has_its_sign_and_its_verdict(drawn_page: SubjectPage) -> None:
    (total, *_) = charts.volume_rows(drawn_page)
    change = drawn_page.changes["week14"].regions["total"]
    assert total.change is not None
    assert [x for x, _ in dots(total.change)] == [change.change_ml]
    assert total.verdict == change.verdict.value


def test_the_chart_for_papers_has_the_marks_of_every_row(drawn_page: SubjectPage) -> None:
    chart = charts.volumes_chart(drawn_page)
    assert chart is not None
    rows = charts.volume_rows(drawn_page)
    assert sorted(x for x, _ in dots(chart)) == sorted(
        x for row in rows for x, _ in dots(row.volumes)
    )


def test_the_map_names_every_quadrant_with_its_volume(drawn_page: SubjectPage) -> None:
    first, last = charts.quadrant_charts(drawn_page)
    texts = [mark.text for mark in first.marks if isinstance(mark, Words)]
    assert len(texts) == 8 + 5
    assert "left ilium, upper" in first.alt
    assert first.alt != last.alt


def test_nothing_measured_gives_no_chart(unmeasured_result) -> None:
    page = subject_page(unmeasured_result("no series"), subject_id="sub-9")
    assert charts.volume_rows(page) == ()
    assert charts.volumes_chart(page) is charts.change_chart(page) is None
    assert charts.quadrant_charts(page) == ()


def test_a_chart_that_is_added_in_one_place_is_on_the_page_and_a_figure(
    drawn_result: SubjectResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = Chart(
        alt="an added chart",
        title="Added",
        x=charts.ONE_ROW,
        y=charts.ONE_ROW,
        marks=(Dot(at=(0.0, 0.0)),),
    )
    monkeypatch.setitem(charts.SUBJECT_CHARTS, "added", lambda page: (added,))  # type: ignore[arg-type]
    page = subject_page(drawn_result, subject_id="sub-1")
    assert 'aria-label="an added chart"' in subject_page_html(page)
    assert set(charts.SUBJECT_CHARTS) - {"added"} <= set(SUBJECT_FIGURES)
