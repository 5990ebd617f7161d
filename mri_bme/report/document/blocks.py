"""What a report is made of."""

from dataclasses import dataclass

from mri_bme.report.charts.chart import Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph of plain text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of text; its first `n_text` columns are words, the others numbers."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    n_text: int = 1

    def __post_init__(self) -> None:
        if any(len(row) != len(self.heading) for row in self.rows):
            raise ValueError(f"every row needs {len(self.heading)} cells, as the heading has")


Block = Paragraph | Table | Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report.

    Parameters
    ----------
    kind, about : str
        What sort of report it is, and of what: the line above the title.
    title : str
        What was found, in one sentence.
    lead : tuple of str
        Paragraphs below the title.
    sections : tuple of Section
    back : str
        Address of the page that leads here; empty without one.
    """

    kind: str
    about: str
    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]
    back: str = ""
