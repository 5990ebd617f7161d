"""Pictures and a PDF of a visit, for where no page can be shown."""

import numpy as np

from mri_bme.report import SubjectPage
from mri_bme.report.figures.handout import (
    NOBODY,
    figure_picture,
    figures_pdf,
    handout_figures,
    page_up_to,
    table_figure,
)


def cells(page: SubjectPage) -> list[str]:
    (table,) = table_figure(page).axes[0].tables
    return [cell.get_text().get_text() for cell in table.get_celld().values()]


def test_the_table_tells_volumes_change_and_verdict(drawn_page: SubjectPage) -> None:
    told = cells(drawn_page)
    assert "verdict" in told
    assert any(text.startswith("Left sacrum") or text == "left sacrum" for text in told)
    total = drawn_page.changes["week14"].regions["total"]
    assert total.change_ml is not None
    assert any(f"{abs(total.change_ml):.2f}" in text for text in told)


def test_a_baseline_alone_has_no_change(drawn_page: SubjectPage) -> None:
    page = page_up_to(drawn_page, "baseline")
    assert [visit.label for visit in page.visits] == ["baseline"]
    assert "verdict" not in cells(page)


def test_beside_a_name_the_pseudonym_is_not_told(drawn_page: SubjectPage) -> None:
    page = page_up_to(drawn_page, "week14", named=False)
    assert page.subject_id == NOBODY
    title = table_figure(page).axes[0].get_title(loc="left")
    assert drawn_page.subject_id not in title


def test_pictures_are_seen_and_the_document_is_the_same_each_time(
    drawn_page: SubjectPage,
) -> None:
    figures = tuple(handout_figures(drawn_page))
    for figure in figures:
        picture = figure_picture(figure)
        assert picture.dtype == np.uint8
        assert picture.shape[2] == 3
        assert picture.std() > 5
    again = figures_pdf(handout_figures(drawn_page))
    assert figures_pdf(handout_figures(drawn_page)) == again
    assert again.startswith(b"%PDF")
