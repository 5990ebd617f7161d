"""The cohort page: every subject in one sortable table, and the trial at a glance."""

from pathlib import Path

from mri_bme.files import write_text
from mri_bme.report.charts.cohort import cohort_charts
from mri_bme.report.cohort import CohortPage, failures, verdict_counts
from mri_bme.report.html import render

STATUS_WORDS = {"ok": "measured", "not_evaluable": "not evaluable", "failed": "failed"}


def cohort_page_html(page: CohortPage) -> str:
    """Render the cohort page as one HTML document; thumbnails are files of their own."""
    return render(
        "cohort.html.j2",
        script="cohort.js",
        page=page,
        counts=verdict_counts(page),
        charts=cohort_charts(page),
        failures=failures(page),
        status_words=STATUS_WORDS,
    )


def write_cohort_page(page: CohortPage, path: Path) -> None:
    """Write the cohort page."""
    write_text(path, cohort_page_html(page))
