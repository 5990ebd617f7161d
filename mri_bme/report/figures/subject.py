"""Pictures of one subject."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle as CirclePatch

from mri_bme.errors import NotEvaluable
from mri_bme.report import words
from mri_bme.report.charts.subject import shown_visits, visit_title
from mri_bme.report.display import Display, Pane, display_of, key_slice, printed_slices
from mri_bme.report.figures.pair import pair_figure
from mri_bme.report.figures.style import (
    ONE_COLUMN_MM,
    ORANGE,
    TWO_COLUMNS_MM,
    bare,
    new_figure,
    styled,
)
from mri_bme.report.fusion import page_pair
from mri_bme.report.outlines import change_circles
from mri_bme.report.page import SubjectPage

SCALE_BAR_MM = 20.0


def _display(page: SubjectPage) -> Display:
    display = display_of(page, shown_visits(page))
    if display is None:
        raise NotEvaluable(f"{page.subject_id} has no series to show; see its status")
    return display


@styled
def change_figure(page: SubjectPage) -> Figure:
    """Both visits at the level that shows most change, edema outlined, changes circled.

    Two columns wide. A subject with one visit gets one picture.
    """
    display, visits = _display(page), shown_visits(page)
    k = key_slice(display)
    _, n_rows, n_columns = display.geometry.shape
    width = TWO_COLUMNS_MM if len(visits) == 2 else ONE_COLUMN_MM
    height = width / len(visits) * n_rows / n_columns + 10
    figure = new_figure(width, height)
    for axes, pane, visit in zip(_row(figure, len(visits)), display.panes, visits, strict=True):
        _show(axes, pane, k)
        _circle(axes, display, k)
        _scale(axes, display)
        axes.set_title(visit_title(visit), loc="left")
    return figure


@styled
def slices_figure(page: SubjectPage) -> Figure:
    """Every slice with much edema, one visit per row."""
    display, visits = _display(page), shown_visits(page)
    shown = sorted({key_slice(display), *printed_slices(display)})[:6]
    _, n_rows, n_columns = display.geometry.shape
    height = TWO_COLUMNS_MM / len(shown) * n_rows / n_columns * len(visits) + 8
    figure = new_figure(TWO_COLUMNS_MM, height)
    grid = figure.subplots(len(visits), len(shown), squeeze=False)
    for row, pane, visit in zip(grid, display.panes, visits, strict=True):
        for axes, k in zip(row, shown, strict=True):
            _show(axes, pane, k)
            if pane is display.panes[0]:
                axes.set_title(f"slice {k + 1}")
        row[0].set_ylabel(words.visit_name(visit.label))
    return figure


def registration_figure(page: SubjectPage) -> Figure:
    """Both visits over each other before and after registration, to check it by eye."""
    pair = page_pair(page, shown_visits(page))
    if pair is None:
        raise NotEvaluable(f"{page.subject_id} has one visit only; there is nothing to register")
    return pair_figure(pair)


def _row(figure: Figure, n: int) -> list[Axes]:
    return list(figure.subplots(1, n, squeeze=False)[0])


def _show(axes: Axes, pane: Pane, k: int) -> None:
    axes.imshow(pane.grey[k], cmap="gray", vmin=0, vmax=255, interpolation="bilinear")
    if (pane.edema[k] > 0.5).any():
        axes.contour(pane.edema[k], levels=[0.5], colors=[ORANGE], linewidths=0.9)
    bare(axes)


def _circle(axes: Axes, display: Display, k: int) -> None:
    for circle in change_circles(display)[k]:
        axes.add_patch(
            CirclePatch(
                (circle.x - 0.5, circle.y - 0.5),
                circle.radius,
                fill=False,
                edgecolor="white",
                linewidth=0.9,
                linestyle=(0, (1, 2)),
            )
        )


def _scale(axes: Axes, display: Display) -> None:
    _, n_rows, n_columns = display.geometry.shape
    length = SCALE_BAR_MM / display.geometry.spacing_mm[2]
    x, y = n_columns - 10, n_rows - 8
    axes.plot([x - length, x], [y, y], color="white", linewidth=1.5, solid_capstyle="butt")
    axes.text(x - length / 2, y - 4, f"{SCALE_BAR_MM:g} mm", color="white", fontsize=6, ha="center")
    for text, column, side in (("R", 8, "left"), ("L", n_columns - 8, "right")):
        axes.text(column, 8, text, color="white", fontsize=7, ha=side, va="top")
