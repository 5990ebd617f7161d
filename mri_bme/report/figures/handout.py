"""What is shown where no page can be: pictures of a visit with a table, and the same as PDF."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mri_bme.record.numbers import interval_ml, millilitres
from mri_bme.report import words
from mri_bme.report.charts.subject import shown_visits
from mri_bme.report.figures.style import NO_DATES, STYLE, TWO_COLUMNS_MM, new_figure, styled
from mri_bme.report.figures.subject import change_figure, slices_figure
from mri_bme.report.page import PageVisit, SubjectPage
from mri_bme.study import BASELINE

SCREEN_DPI = 150
ROW_MM, HEAD_MM = 6.0, 26.0
TABLE_REGIONS = (
    *("total", "left", "right"),
    *("left_sacrum", "left_ilium", "right_sacrum", "right_ilium"),
)
NOBODY = "Bone marrow edema"
CAUTION = "Estimated by software for research; not a reader's score and not a diagnosis."


def page_up_to(page: SubjectPage, label: str, *, named: bool = True) -> SubjectPage:
    """Leave of a page one visit, and the baseline that it is compared with.

    A page that is not `named` does not tell the pseudonym: beside a name it would undo it.
    """
    subject = page.subject_id if named else NOBODY
    kept = tuple(v for v in page.findings.visits if v.label in {BASELINE, label})
    changes = {name: change for name, change in page.changes.items() if name == label}
    found = replace(page.findings, subject_id=subject, visits=kept, changes=changes)
    return SubjectPage(findings=found, pixels=page.pixels)


def handout_figures(page: SubjectPage) -> Iterator[Figure]:
    """Key slices with outlines, every slice with much edema, and the table of regions."""
    yield change_figure(page)
    yield slices_figure(page)
    yield table_figure(page)


@styled
def table_figure(page: SubjectPage) -> Figure:
    """Volumes by region with their intervals, change and verdict, as a picture."""
    visits = shown_visits(page)
    heads = ["region", *(f"{words.visit_name(v.label)}, mL (95 % interval)" for v in visits)]
    change = words.main_change(page)
    if change is not None:
        heads += ["change, mL (95 % interval)", "verdict"]
    rows = [_row(page, visits, region) for region in TABLE_REGIONS]
    figure = new_figure(TWO_COLUMNS_MM, HEAD_MM + ROW_MM * (len(rows) + 1))
    axes = figure.subplots()
    axes.axis("off")
    axes.set_title(f"{page.subject_id}: {words.headline(page)}", loc="left")
    table = axes.table(cellText=rows, colLabels=heads, loc="center", cellLoc="left", edges="B")
    table.auto_set_font_size(False)
    table.set_fontsize(7)
    table.auto_set_column_width(list(range(len(heads))))
    figure.text(0.01, 0.01, f"mri_bme {page.version}. {CAUTION}", fontsize=6)
    return figure


def _row(page: SubjectPage, visits: tuple[PageVisit, ...], region: str) -> list[str]:
    cells = [words.region_name(region)]
    for visit in visits:
        burden = visit.findings.burden
        found = None if burden is None else burden.regions[region]
        cells.append("not evaluable" if found is None else _with_interval(found.edema_ml, found))
    change = words.main_change(page)
    if change is not None:
        found_change = change.regions[region]
        cells.append(_with_interval(found_change.change_ml, found_change, signed=True))
        cells.append(words.VERDICT_WORDS[found_change.verdict])
    return cells


def _with_interval(ml: float | None, found: object, *, signed: bool = False) -> str:
    interval = getattr(found, "interval_ml", None)
    told = millilitres(ml, signed=signed)
    return told if interval is None else f"{told} ({interval_ml(interval, signed=signed)})"


def figure_picture(figure: Figure) -> NDArray[np.uint8]:
    """Draw a figure for a screen: (rows, columns, 3) of 0 to 255."""
    with mpl.rc_context(STYLE):
        figure.set_dpi(SCREEN_DPI)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="rgba", dpi=SCREEN_DPI)
    width, height = figure.canvas.get_width_height()
    drawn = np.frombuffer(buffer.getvalue(), dtype=np.uint8).reshape(height, width, 4)
    return np.ascontiguousarray(drawn[..., :3])


def figures_pdf(figures: Iterable[Figure]) -> bytes:
    """Put figures into a PDF, a page each; the same figures, the same bytes."""
    buffer = io.BytesIO()
    with mpl.rc_context(STYLE), PdfPages(buffer, metadata=NO_DATES["pdf"]) as pages:
        for figure in figures:
            pages.savefig(figure)
    return buffer.getvalue()
