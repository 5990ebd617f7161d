"""A report of sections, paragraphs, tables and charts: one description, a page and a PDF.

The PDF (`paper`) needs matplotlib, an extra, and is imported where it is drawn.
"""

from mri_bme.report.document.blocks import Block, Document, Paragraph, Section, Table
from mri_bme.report.document.page import document_html

__all__ = [
    "Block",
    "Document",
    "Paragraph",
    "Section",
    "Table",
    "document_html",
]
