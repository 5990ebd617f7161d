"""A report on paper: A4 pages, text that stays text, the same report the same bytes."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from mri_bme.record.numbers import NBSP
from mri_bme.report.charts.chart import Chart
from mri_bme.report.document.blocks import Block, Document, Paragraph, Table
from mri_bme.report.figures.drawing import COLOURS, draw_chart, plain
from mri_bme.report.figures.handout import figures_pdf
from mri_bme.report.figures.style import LIGHT, MM_PER_INCH, STYLE

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
SIDE_MM, TOP_MM, BOTTOM_MM = 18.0, 18.0, 20.0
TEXT_MM = WIDTH_MM - 2 * SIDE_MM
MM_PER_POINT = MM_PER_INCH / 72
LETTER, BOLD_LETTER = 0.56, 0.68  # width of a letter over the size of the font, on average
LEADING = 1.35
TITLE, HEADING, BODY, SMALL = 14.0, 10.5, 8.0, 6.8  # points
COLUMN_GAP_MM = 3.0
LEAST_COLUMN_MM = 11.0
UNITS = ("%", "mL", "mm")
HALVINGS = 40  # of the scale of widths: to far below a micrometre
CHART_MARGIN_MM = (16.0, 12.0)  # left of and below the frame, for labels
KEY_MM = 6.0


def document_pdf(document: Document, *, footer: str) -> bytes:
    """Lay a report out on A4 pages.

    Parameters
    ----------
    document : Document
    footer : str
        Stands at the foot of every page, beside its number.
    """
    with mpl.rc_context(STYLE):
        pages = _Pages()
        pages.say(f"{document.kind}. {document.about}", SMALL)
        pages.say(document.title, TITLE, weight="bold")
        for text in document.lead:
            pages.say(text, BODY)
        for section in document.sections:
            pages.head(section.title)
            for block in section.blocks:
                _lay(pages, block)
        return figures_pdf(pages.finished(footer))


def _lay(pages: "_Pages", block: Block) -> None:
    if isinstance(block, Paragraph):
        pages.say(block.text, BODY)
    elif isinstance(block, Table):
        _lay_table(pages, block)
    else:
        _lay_chart(pages, block)


class _Pages:
    """Pages and the place on the last one where the next block begins, mm from the top."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.turn()

    def turn(self) -> None:
        size = (WIDTH_MM / MM_PER_INCH, HEIGHT_MM / MM_PER_INCH)
        self.figures.append(Figure(figsize=size, dpi=150))
        self.at_mm = TOP_MM

    def keep_together(self, height_mm: float) -> None:
        """Begin a page where less than this is left."""
        if self.at_mm > TOP_MM and self.at_mm + height_mm > HEIGHT_MM - BOTTOM_MM:
            self.turn()

    def write(self, text: str, x_mm: float, points: float, **look: str) -> None:
        self.figures[-1].text(
            x_mm / WIDTH_MM,
            1 - self.at_mm / HEIGHT_MM,
            plain(text),
            fontsize=points,
            va="top",
            **look,  # type: ignore[arg-type]  # names of colours and weights
        )

    def say(self, text: str, points: float, **look: str) -> None:
        room_mm = TEXT_MM if not look else TEXT_MM * LETTER / BOLD_LETTER
        for line in _wrapped(text, _n_letters(room_mm, points)):
            self.keep_together(_line_mm(points))
            self.write(line, SIDE_MM, points, **look)
            self.at_mm += _line_mm(points)
        self.at_mm += 1.5

    def head(self, title: str) -> None:
        self.at_mm += 3.0
        self.keep_together(35.0)
        self.say(title, HEADING, weight="bold")

    def rule(self) -> None:
        y = 1 - self.at_mm / HEIGHT_MM
        ends = (SIDE_MM / WIDTH_MM, 1 - SIDE_MM / WIDTH_MM)
        line = mpl.lines.Line2D(ends, (y, y), color=LIGHT, linewidth=0.6)
        self.figures[-1].add_artist(line)

    def finished(self, footer: str) -> Iterator[Figure]:
        for number, figure in enumerate(self.figures, start=1):
            at = (HEIGHT_MM - BOTTOM_MM / 2) / HEIGHT_MM
            told = f"{footer}   {number} of {len(self.figures)}"
            figure.text(SIDE_MM / WIDTH_MM, 1 - at, plain(told), fontsize=SMALL)
            yield figure


def _wrapped(text: str, n_letters: int) -> list[str]:
    """Break text into lines; a unit stays with its number."""
    for unit in UNITS:
        text = text.replace(f" {unit}", f"{NBSP}{unit}")
    return textwrap.wrap(text, n_letters)


def _n_letters(width_mm: float, points: float) -> int:
    return max(int(width_mm / (points * MM_PER_POINT * LETTER)), 1)


def _line_mm(points: float) -> float:
    return points * MM_PER_POINT * LEADING


def _lay_table(pages: _Pages, table: Table) -> None:
    widths = _widths_mm([table.heading, *table.rows])
    pages.keep_together(20.0)  # a heading is not left alone at the foot of a page
    if table.caption:
        pages.say(table.caption, SMALL)
    _lay_row(pages, table.heading, widths, table.n_text, weight="bold")
    for row in table.rows:
        if _lay_row(pages, row, widths, table.n_text):
            continue
        pages.turn()
        _lay_row(pages, table.heading, widths, table.n_text, weight="bold")
        _lay_row(pages, row, widths, table.n_text)
    pages.at_mm += 3.0


def _lay_row(
    pages: _Pages, row: Sequence[str], widths: Sequence[float], n_text: int, **look: str
) -> bool:
    """Write a row; False, and nothing written, where it does not fit on the page."""
    cells = [
        _wrapped(cell, _n_letters(width, SMALL)) or [""]
        for cell, width in zip(row, widths, strict=True)
    ]
    height = max(map(len, cells)) * _line_mm(SMALL) + 1.2
    if pages.at_mm > TOP_MM and pages.at_mm + height > HEIGHT_MM - BOTTOM_MM:
        return False
    top, x = pages.at_mm, SIDE_MM
    for n, (lines, width) in enumerate(zip(cells, widths, strict=True)):
        for k, line in enumerate(lines):
            pages.at_mm = top + k * _line_mm(SMALL)
            if n < n_text:
                pages.write(line, x, SMALL, **look)
            else:
                pages.write(line, x + width, SMALL, ha="right", **look)
        x += width + COLUMN_GAP_MM
    pages.at_mm = top + height - 0.6
    pages.rule()
    pages.at_mm += 0.6
    return True


def _widths_mm(rows: Iterable[Sequence[str]]) -> list[float]:
    """Share the width: each column as its longest cell needs, or so that few lines are broken.

    Of columns that do not all fit each has a width that grows with the cube root of the sum of its
    squared lengths, which makes the sum of squared numbers of lines least; none is narrower than
    its longest word (as far as all of them fit), none wider than it needs.
    """
    columns = list(zip(*rows, strict=True))
    needed = [max(map(_width_mm, column)) for column in columns]
    room = TEXT_MM - COLUMN_GAP_MM * (len(needed) - 1)
    if sum(needed) <= room:
        return needed
    least = [
        max(_width_mm(word) for cell in column for word in (cell.split() or [""]))
        for column in columns
    ]
    least = [
        min(width, max(word, LEAST_COLUMN_MM)) for width, word in zip(needed, least, strict=True)
    ]
    if sum(least) > room:
        least = [min(width, LEAST_COLUMN_MM) for width in needed]
    wanted = [sum(len(cell) ** 2 for cell in column) ** (1 / 3) for column in columns]

    def widths(scale: float) -> list[float]:
        return [
            min(max(scale * share, low), high)
            for share, low, high in zip(wanted, least, needed, strict=True)
        ]

    low, high = 0.0, max(n / w for n, w in zip(needed, wanted, strict=True) if w)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(widths(middle)) <= room else (low, middle)
    return widths(low)


def _width_mm(text: str) -> float:
    return len(text) * SMALL * MM_PER_POINT * LETTER + 1.0


def _lay_chart(pages: _Pages, chart: Chart) -> None:
    left, below = CHART_MARGIN_MM
    whole = chart.height_mm + below + 8.0 + (KEY_MM if chart.key else 0.0)
    pages.keep_together(whole)
    top = pages.at_mm + 6.0
    width = min(chart.width_mm, TEXT_MM - left)
    axes = pages.figures[-1].add_axes(
        (
            (SIDE_MM + left) / WIDTH_MM,
            1 - (top + chart.height_mm) / HEIGHT_MM,
            width / WIDTH_MM,
            chart.height_mm / HEIGHT_MM,
        )
    )
    draw_chart(axes, chart)
    pages.at_mm = top + chart.height_mm + below
    x = SIDE_MM + left
    for role, text in chart.key:
        pages.write("■", x, SMALL, color=COLOURS[role])
        pages.write(text, x + 3.5, SMALL)
        x += 3.5 + len(text) * SMALL * MM_PER_POINT * LETTER + 5.0
    pages.at_mm += KEY_MM if chart.key else 2.0
