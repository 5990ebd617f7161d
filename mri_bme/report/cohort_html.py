"""The cohort page: every subject in one sortable table, and the trial at a glance."""

from collections.abc import Sequence
from pathlib import Path

from mri_bme.files import write_text
from mri_bme.report.charts.cohort import cohort_charts
from mri_bme.report.charts.drift import drift_charts
from mri_bme.report.cohort import CohortPage, doubt_kind, doubt_kinds, failures, verdict_counts
from mri_bme.report.html import FROM_BESIDE, render
from mri_bme.report.outliers import FEWEST_SUBJECTS, find_outliers

ROWS_PER_PAGE = 500
"""Subjects of the table that are laid out at once; a browser takes seconds over thousands."""
MOST_OUTLIERS_LISTED = 100
STATUS_WORDS = {"ok": "measured", "not_evaluable": "not evaluable", "failed": "failed"}


def cohort_page_html(page: CohortPage) -> str:
    """Render the cohort page as one HTML document; thumbnails are files of their own."""
    kinds, outliers = doubt_kinds(page), find_outliers(page)
    return render(
        "cohort.html.j2",
        script="cohort.js",
        images=FROM_BESIDE,
        page=page,
        doubts=kinds,
        doubts_of=_doubts_of(page, [kind for kind, _ in kinds]),
        outliers=outliers,
        unusual={one.row.subject_id for one in outliers},
        fewest=FEWEST_SUBJECTS,
        per_page=ROWS_PER_PAGE,
        most_listed=MOST_OUTLIERS_LISTED,
        counts=verdict_counts(page),
        charts=cohort_charts(page),
        drift=drift_charts(page),
        failures=failures(page),
        status_words=STATUS_WORDS,
    )


def _doubts_of(page: CohortPage, kinds: Sequence[str]) -> dict[str, str]:
    """Name, by their numbers in `kinds`, what is doubtful of each subject."""
    place = {kind: str(n) for n, kind in enumerate(kinds)}
    return {
        row.subject_id: " ".join(dict.fromkeys(place[doubt_kind(flag)] for flag in row.flags))
        for row in page.rows
    }


def write_cohort_page(page: CohortPage, path: Path) -> None:
    """Write the cohort page."""
    write_text(path, cohort_page_html(page))
