"""Pages for readers and figures for papers."""

from mri_bme.report.html import subject_page_html, write_subject_page
from mri_bme.report.page import (
    PagePixels,
    SubjectPage,
    page_record,
    recorded_geometries,
    restore_page,
    subject_page,
)

__all__ = [
    "PagePixels",
    "SubjectPage",
    "page_record",
    "recorded_geometries",
    "restore_page",
    "subject_page",
    "subject_page_html",
    "write_subject_page",
]
