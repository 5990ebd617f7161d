"""Draw charts with matplotlib, for papers."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mri_bme.report.charts.chart import Axis, Chart, Dot, Line, Mark, Role, Words
from mri_bme.report.figures.style import (
    BLUE,
    GREEN,
    GREY,
    LIGHT,
    ORANGE,
    PURPLE,
    TWO_COLUMNS_MM,
    VERMILION,
    bare,
    new_figure,
    styled,
)
from mri_bme.volume import FloatArray

COLOURS: dict[Role, str] = {
    "ink": "black",
    "soft": GREY,
    "grid": LIGHT,
    "first": BLUE,
    "second": VERMILION,
    "better": BLUE,
    "same": GREY,
    "worse": VERMILION,
    "edema": ORANGE,
    "warning": VERMILION,
    "arm1": BLUE,
    "arm2": VERMILION,
    "arm3": GREEN,
    "arm4": PURPLE,
}
DOT_POINTS = 3.5
MARGIN = 0.02  # of an axis: dots on its ends are not cut


@styled
def chart_figure(charts: Sequence[Chart]) -> Figure:
    """Draw charts side by side; one keeps its width, several share two columns."""
    width = charts[0].width_mm if len(charts) == 1 else TWO_COLUMNS_MM
    figure = new_figure(width, max(chart.height_mm for chart in charts))
    shares = [chart.width_mm for chart in charts]
    row = figure.subplots(1, len(charts), squeeze=False, width_ratios=shares)[0]
    for axes, chart in zip(row, charts, strict=True):
        draw_chart(axes, chart)
    key = dict(entry for chart in charts for entry in chart.key)
    if key:
        marks = [Line2D([], [], ls="", marker="s", ms=4, color=COLOURS[role]) for role in key]
        labels = [plain(text) for text in key.values()]
        figure.legend(marks, labels, loc="outside lower left", ncols=len(key))
    return figure


def draw_chart(axes: Axes, chart: Chart) -> None:
    """Draw one chart, without its key, on axes of its own."""
    for axis, place in ((chart.x, "x"), (chart.y, "y")):
        _set_axis(axes, axis, place)
    for mark in chart.marks:
        _mark(axes, mark)
    if chart.title:
        axes.set_title(plain(chart.title), loc="left")
    if not chart.has_frame:
        axes.set_aspect("equal")
        bare(axes)


def _set_axis(axes: Axes, axis: Axis, place: str) -> None:
    room = MARGIN * (axis.high - axis.low)
    if axis.scale == "root":
        getattr(axes, f"set_{place}scale")("function", functions=(_root, _square))
        limits = (axis.low - (room if axis.low < 0 else 0.0), axis.high + room)
    else:
        limits = (axis.low - room, axis.high + room)
    getattr(axes, f"set_{place}lim")(*limits)
    getattr(axes, f"set_{place}label")(plain(axis.label))
    positions, labels = [v for v, _ in axis.ticks], [plain(text) for _, text in axis.ticks]
    getattr(axes, f"set_{place}ticks")(positions, labels)


def _mark(axes: Axes, mark: Mark) -> None:
    colour = COLOURS[mark.role]
    if isinstance(mark, Words):
        axes.text(
            *mark.at,
            plain(mark.text),
            color=colour,
            ha={"start": "left", "middle": "center", "end": "right"}[mark.anchor],
            va="center",
            fontsize=6 if mark.is_small else 7,
        )
    elif isinstance(mark, Dot):
        axes.plot(
            [mark.at[0]],
            [mark.at[1]],
            "o",
            color=colour,
            alpha=mark.opacity,
            markersize=DOT_POINTS,
            markerfacecolor="white" if mark.is_open else colour,
        )
    else:
        _line(axes, mark, colour)


def _line(axes: Axes, mark: Line, colour: str) -> None:
    x, y = zip(*mark.points, strict=True)
    if mark.fill is not None:
        axes.fill(x, y, facecolor=colour, alpha=mark.fill, linewidth=0)
        x, y = (*x, x[0]), (*y, y[0])
    if mark.width:
        style = "--" if mark.is_dashed else "-"
        axes.plot(x, y, style, color=colour, alpha=mark.opacity, linewidth=mark.width)


def _root(values: FloatArray) -> FloatArray:
    return np.asarray(np.copysign(np.sqrt(np.abs(values)), values), dtype=np.float64)


def _square(roots: FloatArray) -> FloatArray:
    return np.asarray(np.copysign(np.square(roots), roots), dtype=np.float64)


def plain(text: str) -> str:
    """Keep matplotlib from reading a user's dollar signs as mathematics."""
    return text.replace("$", r"\$")
