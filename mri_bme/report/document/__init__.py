"""A report of sections, paragraphs, tables and charts: one description, a page and a PDF."""

from mri_bme.report.document.blocks import Block, Document, Paragraph, Section, Table
from mri_bme.report.document.page import document_html
from mri_bme.report.document.paper import document_pdf

__all__ = [
    "Block",
    "Document",
    "Paragraph",
    "Section",
    "Table",
    "document_html",
    "document_pdf",
]
