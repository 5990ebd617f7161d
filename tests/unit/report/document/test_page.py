"""A report as a page: everything that it says, as text."""

from mri_bme.report.charts.trial import identity_chart
from mri_bme.report.document import Document, Paragraph, Section, Table, document_html

DOCUMENT = Document(
    kind="Verification",
    about="of 3 scans",
    title="It is <good>",
    lead=("First.", "Second."),
    sections=(
        Section(
            title="Numbers",
            blocks=(
                Paragraph(text="A paragraph & more."),
                Table(heading=("edema", "bias"), rows=(("5 mL", "0.12"),), caption="by volume"),
                identity_chart(((1.0, 1.1),)),
            ),
        ),
    ),
    back="../index.html",
)


def test_every_block_is_on_the_page_and_nothing_is_markup() -> None:
    html = document_html(DOCUMENT)
    for text in ("It is &lt;good&gt;", "A paragraph &amp; more.", "by volume", "5 mL", "0.12"):
        assert text in html
    assert "<good>" not in html
    assert html.count('class="dot') == 1
    assert 'href="../index.html"' in html
    assert '<td class="n">0.12</td>' in html
