"""Figures of a cohort."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mri_bme.errors import NotEvaluable
from mri_bme.report.cohort import CohortPage, CohortRow, changed_rows
from mri_bme.report.figures.style import (
    BLUE,
    GREY,
    ONE_COLUMN_MM,
    VERDICT_COLOURS,
    VERMILION,
    new_figure,
    styled,
)
from mri_bme.volume import FloatArray

KEYS = ((BLUE, "less edema"), (GREY, "within measurement error"), (VERMILION, "more edema"))


@styled
def waterfall_figure(page: CohortPage) -> Figure:
    """Change of every subject, sorted, with 95 % intervals."""
    rows = _rows(page)
    figure = new_figure(ONE_COLUMN_MM, 62)
    axes = figure.subplots()
    changes = np.array([row.change_ml for row in rows], dtype=float)
    x = np.arange(len(rows))
    axes.bar(x, changes, color=[_colour(row) for row in rows], width=0.8)
    for k, row in enumerate(rows):
        if row.interval_ml is not None:
            ends = [row.interval_ml.low, row.interval_ml.high]
            axes.plot([k, k], ends, color="black", linewidth=0.4, alpha=0.6)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set(xlabel=f"subjects (n = {len(rows)})", ylabel="change in edema, mL", xticks=[])
    _legend(axes)
    return figure


@styled
def spaghetti_figure(page: CohortPage) -> Figure:
    """Volume at baseline and follow-up, one line per subject, on a square-root axis."""
    rows = _rows(page)
    figure = new_figure(ONE_COLUMN_MM, 70)
    axes = figure.subplots()
    for row in rows:
        volumes = [row.baseline_ml or 0.0, row.followup_ml or 0.0]
        axes.plot(
            [0, 1], volumes, "o-", color=_colour(row), alpha=0.55, linewidth=0.7, markersize=2
        )
    axes.set_yscale("function", functions=(_root, np.square))
    axes.set_ylim(bottom=0)
    axes.set_xlim(-0.25, 1.25)
    axes.set_xticks([0, 1], ["baseline", "follow-up"])
    axes.set_ylabel("edema, mL (square-root axis)")
    _legend(axes)
    return figure


@styled
def cumulative_figure(page: CohortPage) -> Figure:
    """Cumulative probability of change."""
    rows = _rows(page)
    figure = new_figure(ONE_COLUMN_MM, 62)
    axes = figure.subplots()
    shares = 100 * (np.arange(len(rows)) + 0.5) / len(rows)
    changes = [row.change_ml or 0.0 for row in rows]
    axes.plot(shares, changes, color=GREY, linewidth=0.6)
    axes.scatter(shares, changes, c=[_colour(row) for row in rows], s=6, zorder=3)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set(xlabel="cumulative probability, %", ylabel="change in edema, mL", xlim=(0, 100))
    _legend(axes)
    return figure


def _rows(page: CohortPage) -> list[CohortRow]:
    rows = changed_rows(page)
    if not rows:
        raise NotEvaluable("no subject has a measured change; there is nothing to draw")
    return rows


def _root(values: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)


def _colour(row: CohortRow) -> str:
    return VERDICT_COLOURS.get(row.verdict, GREY)


def _legend(axes: Axes) -> None:
    for colour, label in KEYS:
        axes.plot([], [], "s", color=colour, markersize=4, label=label)
    axes.legend(loc="best")
