"""Two visits over each other, to check a registration by eye."""

import textwrap

from matplotlib.figure import Figure

from mri_bme.report import words
from mri_bme.report.figures.style import TWO_COLUMNS_MM, bare, new_figure, styled
from mri_bme.report.fusion import Overlay, VisitPair, overlays

COLUMNS = ("first visit", "last visit", "squares alternate", "edges of the last on the first")
TITLE_WIDTH = 118  # characters that fit two columns
ROW_MM = 6.0  # for the words above a row
TITLE_MM = 12.0


@styled
def pair_figure(pair: VisitPair) -> Figure:
    """Both visits before and after registration, one slice a row; refused fits as well."""
    rows = overlays(pair)
    width_mm = TWO_COLUMNS_MM / len(COLUMNS)
    heights = [width_mm * row.edges.shape[0] / row.edges.shape[1] + ROW_MM for row in rows]
    figure = new_figure(TWO_COLUMNS_MM, sum(heights) + TITLE_MM)
    sentence = words.registration_sentence(pair.registration)
    figure.suptitle(textwrap.fill(sentence, TITLE_WIDTH), x=0.01, ha="left", fontsize=8)
    grid = figure.subplots(len(rows), len(COLUMNS), squeeze=False, height_ratios=heights)
    for n, (axes, row) in enumerate(zip(grid, rows, strict=True)):
        for one, picture, name in zip(axes, _pictures(row), COLUMNS, strict=True):
            one.imshow(picture, cmap="gray", vmin=0, vmax=255)
            bare(one)
            one.set_xlabel(name if n == len(rows) - 1 else "")
        axes[0].set_title(f"{row.when}, slice {row.k + 1}", loc="left")
    return figure


def _pictures(row: Overlay) -> tuple[object, ...]:
    return row.first, row.last, row.checkerboard, row.edges
