"""The cohort page has every subject in its table, and nothing is fetched."""

from pathlib import Path

from mri_bme.findings import Interval
from mri_bme.report import CohortPage, CohortRow, cohort_page_html
from mri_bme.report.cohort_html import write_cohort_page

MEASURED = CohortRow(
    subject_id="01",
    status="ok",
    verdict="decreased",
    baseline_ml=8.5,
    followup_ml=0.5,
    change_ml=-8.0,
    interval_ml=Interval(low=-9.0, high=-7.0),
    page="sub-01/report.html",
)


def test_a_subject_links_to_its_page_and_sorts_by_its_number() -> None:
    html = cohort_page_html(CohortPage(rows=(MEASURED,)))
    assert 'href="sub-01/report.html"' in html
    assert 'data-value="-8.0"' in html
    assert 'data-verdict="decreased"' in html


def test_text_of_an_input_is_text_on_the_page() -> None:
    row = CohortRow(subject_id="<b>1</b>", status="failed", reason='<script>alert("x")</script>')
    html = cohort_page_html(CohortPage(rows=(row,)))
    assert "<b>1</b>" not in html
    assert "<script>alert" not in html
    assert "&lt;b&gt;1&lt;/b&gt;" in html


def test_what_was_not_measured_is_a_dash_and_never_zero() -> None:
    row = CohortRow(subject_id="02", status="failed", reason="slice 7 is missing")
    html = cohort_page_html(CohortPage(rows=(row,)))
    assert "1 failed:" in html
    assert html.count("<small>slice 7 is missing</small>") == 1
    assert "0.00" not in html


def test_the_page_is_one_file_that_fetches_nothing(tmp_path: Path) -> None:
    write_cohort_page(CohortPage(rows=(MEASURED,)), tmp_path / "index.html")
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert html == cohort_page_html(CohortPage(rows=(MEASURED,)))
    assert "src=" not in html
    assert "http://" not in html.replace("http://www.w3.org", "")
