"""Figures of one subject."""

import pytest

from mri_bme.errors import NotEvaluable
from mri_bme.report import SubjectPage, subject_page
from mri_bme.report.figures import (
    SUBJECT_FIGURES,
    change_figure,
    figure_bytes,
)
from mri_bme.report.figures.style import MM_PER_INCH, ONE_COLUMN_MM, TWO_COLUMNS_MM

STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


@pytest.mark.parametrize("name", SUBJECT_FIGURES)
def test_every_subject_figure_fits_a_column(drawn_page: SubjectPage, name: str) -> None:
    figure = SUBJECT_FIGURES[name](drawn_page)
    width_mm = figure.get_figwidth() * MM_PER_INCH
    assert width_mm == pytest.approx(ONE_COLUMN_MM) or width_mm == pytest.approx(TWO_COLUMNS_MM)
    assert figure_bytes(figure, "png").startswith(STARTS["png"])


def test_a_subject_without_pictures_says_so(unmeasured_result) -> None:
    page = subject_page(unmeasured_result("no fluid-sensitive series"), subject_id="sub-9")
    with pytest.raises(NotEvaluable, match="sub-9 has no series to show"):
        change_figure(page)
