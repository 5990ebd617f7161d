"""Figures of a cohort: cumulative probability, regions, agreement.

They return matplotlib figures; `figure_uri` turns one into SVG that lives inside a page.
"""

import base64
import io
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mri_bme.report.words import region_name
from mri_bme.summarize_cohort import (
    EDEMA,
    WHOLE,
    AgreementPair,
    Cohort,
    MeasuredChange,
    Statistic,
    all_changes,
    cumulative_probability,
)

INK, SOFT, GRID = "#1a1c1e", "#5a6067", "#d9dbdd"
COLOURS = ("#0b5c96", "#c14a00", "#2a7f4f", "#7b4ea3")
MEASURE_NAMES = {EDEMA: "edema, mL", "sparcc_estimate": "SPARCC estimate"}
STYLE: Any = {  # names of matplotlib's settings
    "font.size": 9,
    "font.family": "DejaVu Sans",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "svg.hashsalt": "mri_bme",  # same figure, same bytes
}


def measure_name(measure: str) -> str:
    """Name a measure for an axis or a table."""
    return MEASURE_NAMES.get(measure, measure)


def _plain(text: str) -> str:
    """Keep matplotlib from reading a user's dollar signs as mathematics."""
    return text.replace("$", r"\$")


def figure_uri(figure: Figure) -> str:
    """Draw a figure as SVG inside a data address."""
    buffer = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _axes(*, height: float = 3.4, left: float = 0.13) -> tuple[Figure, Axes]:
    """Axes in a figure of fixed width; `left` is the share kept for the labels."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.2, height))
        axes = figure.add_axes((left, 0.48 / height, 0.97 - left, 1 - 0.6 / height))
    return figure, axes


def cumulative_figure(cohort: Cohort, *, measure: str, followup: str) -> Figure:
    """Plot the change of every subject against cumulative probability, one line per arm."""
    figure, axes = _axes()
    axes.axhline(0, color=SOFT, linewidth=0.8)
    changes = [
        c
        for c in all_changes(cohort)
        if (c.measure, c.followup, c.region) == (measure, followup, WHOLE)
    ]
    for colour, (name, values) in zip(COLOURS, _by_arm(cohort, changes), strict=False):
        points = cumulative_probability(values)
        axes.plot(100 * points[:, 0], points[:, 1], "o-", color=colour, markersize=3.5,
                  linewidth=1.2, label=_plain(f"{name} (n = {len(values)})"))  # fmt: skip
    axes.set(
        xlim=(0, 100),
        xlabel="cumulative probability, %",
        ylabel=_plain(f"change in {measure_name(measure)}"),
    )
    axes.legend(frameon=False, loc="upper left")
    return figure


def _by_arm(cohort: Cohort, changes: Sequence[MeasuredChange]) -> list[tuple[str, list[float]]]:
    if not cohort.arms:
        return [("all", [c.change for c in changes])]
    found = {
        arm: [c.change for c in changes if cohort.arms.get(c.subject) == arm]
        for arm in sorted(set(cohort.arms.values()))
    }
    return [(arm, values) for arm, values in found.items() if values]


def regions_figure(statistics: Sequence[Statistic], *, followup: str) -> Figure:
    """Plot the mean change of edema in every region with its interval."""
    chosen = [
        s
        for s in statistics
        if (s.statistic, s.measure, s.followup, s.group) == ("mean_change", EDEMA, followup, "all")
        and s.value is not None
    ]
    figure, axes = _axes(height=0.7 + 0.21 * max(len(chosen), 4), left=0.27)
    axes.axvline(0, color=SOFT, linewidth=0.8)
    for row, found in enumerate(chosen):
        middle = np.array([found.value], dtype=np.float64)
        colour = INK if found.region == WHOLE else COLOURS[0]
        axes.plot(middle, [row], "o", color=colour, markersize=4)
        if found.ci_low is not None and found.ci_high is not None:
            axes.plot([found.ci_low, found.ci_high], [row, row], color=colour, linewidth=1.4)
    axes.set_yticks(range(len(chosen)), [_plain(region_name(s.region)) for s in chosen])
    axes.set(ylim=(len(chosen) - 0.5, -0.5), xlabel="mean change in edema, mL")
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    return figure


def agreement_figure(pairs: Sequence[AgreementPair], statistics: Sequence[Statistic]) -> Figure:
    """Plot differences against means (Bland & Altman), with bias and limits of agreement."""
    first, second = np.array([(p.first, p.second) for p in pairs], dtype=np.float64).T
    figure, axes = _axes()
    axes.axhline(0, color=GRID, linewidth=0.8)
    axes.plot((first + second) / 2, first - second, "o", color=COLOURS[0], markersize=4, alpha=0.8)
    for name, style in (
        ("bias", "-"),
        ("limit_of_agreement_low", "--"),
        ("limit_of_agreement_high", "--"),
    ):
        for found in statistics:
            if found.statistic == name and found.value is not None:
                axes.axhline(found.value, color=COLOURS[1], linewidth=1.1, linestyle=style)
    measure = _plain(measure_name(pairs[0].measure))
    axes.set(xlabel=f"mean of both, {measure}", ylabel="first minus second")
    return figure
