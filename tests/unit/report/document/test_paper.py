"""A report on paper: text that can be read and searched, on pages that nothing leaves."""

from dataclasses import replace

import pypdfium2
import pytest

from mri_bme.report.charts.trial import identity_chart
from mri_bme.report.document import Document, Paragraph, Section, Table
from mri_bme.report.document.paper import _width_mm, _widths_mm, _wrapped, document_pdf

DOCUMENT = Document(
    kind="Verification",
    about="of 3 scans",
    title="It is good",
    lead=("First.",),
    sections=(
        Section(
            title="Numbers",
            blocks=(
                Paragraph(text="A paragraph that costs $5."),
                Table(
                    heading=("case", "found", "what was said of it"),
                    rows=tuple((f"case {n}", f"{n}.5", "words " * 30) for n in range(40)),
                ),
                identity_chart(((1.0, 1.1),)),
            ),
        ),
    ),
)


def texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range() for page in document]


def test_every_row_is_on_some_page_under_a_heading() -> None:
    pages = texts(document_pdf(DOCUMENT, footer="mri_bme 1"))
    whole = "\n".join(pages)
    for n in range(40):
        assert f"case {n}" in whole
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert f"{number} of {len(pages)}" in page
        assert ("case 1" not in page and "case 3" not in page) or "what was said of it" in page
    assert "costs $5" in whole


def test_the_same_report_gives_the_same_bytes() -> None:
    short = replace(DOCUMENT, sections=())
    assert document_pdf(short, footer="a") == document_pdf(short, footer="a")


@pytest.mark.parametrize("longest", [10, 400])
def test_columns_share_the_width_of_the_page(longest: int) -> None:
    widths = _widths_mm([("a", "12", "x" * longest), ("b", "3", "y")])
    assert sum(widths) + 2 * 3.0 <= 174.0 + 0.01
    assert min(widths) > 0


def test_a_column_of_sentences_is_given_more_room_than_columns_of_a_few_words() -> None:
    said = "the joints are further apart than in people " * 6
    rows = [("voxels as large again", "inside its interval, flagged", "6.00", said)] * 9
    widths = _widths_mm([("done to the scan", "outcome", "true, mL", "what was said"), *rows])
    assert widths[3] > 2 * max(widths[:2])
    assert min(widths[:2]) > _width_mm("interval,")  # no word is broken


def test_a_unit_stays_with_its_number() -> None:
    assert _wrapped("at least 100 %", 12) == ["at least", "100\N{NO-BREAK SPACE}%"]
    assert _wrapped("up to 0.25 mL", 10) == ["up to", "0.25\N{NO-BREAK SPACE}mL"]
