"""Pages for readers and figures for papers."""

from mri_bme.report.cohort import CohortPage, CohortRow
from mri_bme.report.cohort_html import cohort_page_html, write_cohort_page
from mri_bme.report.html import subject_page_html, write_subject_page
from mri_bme.report.page import (
    PagePixels,
    SubjectPage,
    subject_page,
)

__all__ = [
    "CohortPage",
    "CohortRow",
    "PagePixels",
    "SubjectPage",
    "cohort_page_html",
    "subject_page",
    "subject_page_html",
    "write_cohort_page",
    "write_subject_page",
]
