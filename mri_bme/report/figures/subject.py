"""Figures of one subject."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle as CirclePatch
from matplotlib.patches import Polygon

from mri_bme.errors import NotEvaluable
from mri_bme.findings import EdemaBurden, Interval, RegionBurden
from mri_bme.record import numbers
from mri_bme.report import words
from mri_bme.report.charts import CHART_REGIONS, quadrant_cells, shown_visits
from mri_bme.report.display import Display, Pane, display_of, key_slice, printed_slices
from mri_bme.report.figures.pair import pair_figure
from mri_bme.report.figures.style import (
    BLUE,
    GREY,
    ONE_COLUMN_MM,
    ORANGE,
    TWO_COLUMNS_MM,
    VERMILION,
    VISIT_COLOURS,
    bare,
    new_figure,
    styled,
)
from mri_bme.report.fusion import page_pair
from mri_bme.report.outlines import change_circles
from mri_bme.report.page import HISTOGRAM_BINS, HISTOGRAM_TOP, PageVisit, SubjectPage
from mri_bme.volume import FloatArray

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
        axes.set_title(_visit_title(visit), loc="left")
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


@styled
def volumes_figure(page: SubjectPage) -> Figure:
    """Volumes with intervals per region, and the change against measurement error."""
    visits, change = shown_visits(page), words.main_change(page)
    figure = new_figure(TWO_COLUMNS_MM if change else ONE_COLUMN_MM, 75)
    panels = _row(figure, 2 if change else 1)
    y = -np.arange(len(CHART_REGIONS), dtype=float)
    offsets = (0.16, -0.16) if len(visits) == 2 else (0.0,)
    for visit, offset, colour in zip(visits, offsets, VISIT_COLOURS, strict=False):
        burden = visit.findings.burden
        if burden is not None:
            _whiskers(
                panels[0],
                [(found.edema_ml, found.interval_ml) for found in _listed(burden)],
                y + offset,
                colour=colour,
                label=_visit_title(visit),
            )
    panels[0].set_xlabel("edema, mL (95 % interval)")
    panels[0].set_yticks(y, [words.region_name(name) for name in CHART_REGIONS])
    panels[0].set_xlim(left=0)
    panels[0].legend(loc="lower right")
    if change is not None:
        regions = [change.regions[name] for name in CHART_REGIONS]
        panels[1].axvline(0, color=GREY, linewidth=0.8)
        for region, height in zip(regions, y, strict=True):
            if region.detectable_ml is not None:
                band = (-region.detectable_ml, 2 * region.detectable_ml)
                panels[1].broken_barh([band], (height - 0.4, 0.8), color=GREY, alpha=0.2)
        _whiskers(
            panels[1],
            [(region.change_ml, region.interval_ml) for region in regions],
            y,
            colour="black",
        )
        panels[1].set_xlabel("change, mL (95 % interval; grey: not detectable)")
        panels[1].set_yticks(y, [])
    return figure


@styled
def quadrants_figure(page: SubjectPage) -> Figure:
    """Edema per quadrant at each visit, the patient's right on the left."""
    visits, cells = shown_visits(page), quadrant_cells(page)
    figure = new_figure(TWO_COLUMNS_MM if len(visits) == 2 else ONE_COLUMN_MM, 48)
    for v, (axes, visit) in enumerate(zip(_row(figure, len(visits)), visits, strict=True)):
        for cell in cells:
            corners = [tuple(map(float, p.split(","))) for p in cell.points.split()]
            axes.add_patch(
                Polygon(corners, facecolor=ORANGE, alpha=cell.shades[v], edgecolor="none")
            )
            axes.add_patch(Polygon(corners, fill=False, edgecolor=GREY, linewidth=0.6))
            text = numbers.millilitres(cell.volumes_ml[v])
            axes.text(cell.x, cell.y, text, ha="center", va="center", fontsize=7)
        axes.set(xlim=(0, 1000), ylim=(470, 0), aspect="equal", title=_visit_title(visit) + ", mL")
        axes.text(20, 450, "R", fontsize=7, color=GREY)
        axes.text(980, 450, "L", fontsize=7, color=GREY, ha="right")
        bare(axes)
    return figure


@styled
def threshold_figure(page: SubjectPage) -> Figure:
    """Relative intensity of reference marrow and of the ROIs, with the cut-off."""
    visits = [visit for visit in shown_visits(page) if visit.findings.histogram is not None]
    if not visits:
        raise NotEvaluable(f"{page.subject_id} was not measured; see its status")
    figure = new_figure(TWO_COLUMNS_MM if len(visits) == 2 else ONE_COLUMN_MM, 55)
    for axes, visit in zip(_row(figure, len(visits)), visits, strict=True):
        _histogram(axes, visit)
    return figure


def registration_figure(page: SubjectPage) -> Figure:
    """Both visits over each other before and after registration, to check it by eye."""
    pair = page_pair(page, shown_visits(page))
    if pair is None:
        raise NotEvaluable(f"{page.subject_id} has one visit only; there is nothing to register")
    return pair_figure(pair)


def _listed(burden: EdemaBurden) -> list[RegionBurden]:
    return [burden.regions[name] for name in CHART_REGIONS]


def _row(figure: Figure, n: int) -> list[Axes]:
    return list(figure.subplots(1, n, squeeze=False)[0])


def _visit_title(visit: PageVisit) -> str:
    day = visit.findings.day
    return words.visit_name(visit.label) + ("" if day is None else f" (day {day})")


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


def _whiskers(
    axes: Axes,
    found: Sequence[tuple[float | None, Interval | None]],
    y: FloatArray,
    *,
    colour: str,
    label: str | None = None,
) -> None:
    for (value, interval), height in zip(found, y, strict=True):
        if value is None:
            axes.text(0, height, "not evaluable", fontsize=6, color=GREY, va="center")
            continue
        if interval is not None:
            axes.plot([interval.low, interval.high], [height, height], color=colour)
        axes.plot([value], [height], "o", color=colour, markersize=3.5, label=label)
        label = None


def _histogram(axes: Axes, visit: PageVisit) -> None:
    counts, threshold = visit.findings.histogram, visit.findings.threshold
    if counts is None or threshold is None:
        return
    edges = np.linspace(0, HISTOGRAM_TOP, HISTOGRAM_BINS + 1)
    for name, values, colour in (
        ("measured marrow", counts.roi, GREY),
        ("normal marrow", counts.reference, BLUE),
    ):
        heights = np.array(values) / max(*values, 1)
        axes.stairs(
            heights,
            edges,
            color=colour,
            fill=colour == GREY,
            alpha=0.35 if colour == GREY else 1.0,
            label=name,
        )
    axes.axvline(threshold.value, color=VERMILION, linestyle="--")
    axes.annotate(
        f"cut-off {threshold.value:.2f}",
        (threshold.value, 1),
        xytext=(3, -2),
        textcoords="offset points",
        color=VERMILION,
        fontsize=7,
        va="top",
    )
    axes.set(
        xlabel="times the median of normal marrow",
        ylabel="voxels (scaled)",
        xlim=(0, HISTOGRAM_TOP),
        ylim=(0, 1.08),
        title=_visit_title(visit),
    )
    axes.legend(loc="center right")
