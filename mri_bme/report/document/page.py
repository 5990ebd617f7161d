"""A report as one page that fetches nothing."""

from mri_bme.report.charts.chart import Chart
from mri_bme.report.document.blocks import Block, Document, Table
from mri_bme.report.html import render


def document_html(document: Document) -> str:
    """Render a report; every text in it is escaped."""
    return render("document.html.j2", document=document, kind_of=_kind_of)


def _kind_of(block: Block) -> str:
    if isinstance(block, Table):
        return "table"
    return "chart" if isinstance(block, Chart) else "paragraph"
