"""Figures for papers: the size a journal asks for, and the same bytes every time."""

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.report import SubjectPage
from mri_bme.report.figures import (
    SUBJECT_FIGURES,
    change_figure,
    figure_bytes,
)
from mri_bme.report.figures.style import MM_PER_INCH, TWO_COLUMNS_MM

STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


@pytest.mark.parametrize("file_format", STARTS)
def test_the_same_figure_gives_the_same_bytes(drawn_page: SubjectPage, file_format: str) -> None:
    first = figure_bytes(SUBJECT_FIGURES["volumes"](drawn_page), file_format)
    assert first.startswith(STARTS[file_format])
    assert figure_bytes(SUBJECT_FIGURES["volumes"](drawn_page), file_format) == first


def test_print_is_300_dpi(drawn_page: SubjectPage) -> None:
    png = figure_bytes(change_figure(drawn_page), "png")
    width_px = int.from_bytes(png[16:20], "big")
    assert width_px == pytest.approx(TWO_COLUMNS_MM / MM_PER_INCH * 300, abs=1)


def test_other_formats_are_refused(drawn_page: SubjectPage) -> None:
    with pytest.raises(InvalidSettings, match="'tiff'"):
        figure_bytes(SUBJECT_FIGURES["volumes"](drawn_page), "tiff")
