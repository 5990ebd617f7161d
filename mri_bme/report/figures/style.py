"""How figures look: journal widths, one font size, colours that the colour-blind tell apart."""

import io
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mri_bme.errors import InvalidSettings

Subject = TypeVar("Subject")

MM_PER_INCH = 25.4
ONE_COLUMN_MM, TWO_COLUMNS_MM = 85.0, 174.0  # most journals take 84-90 and 170-180
DPI = 300
FORMATS = ("svg", "png", "pdf")

# Okabe & Ito, colour universal design, 2008
BLUE, VERMILION, ORANGE, GREY = "#0072b2", "#d55e00", "#e69f00", "#6b7075"
GREEN, PURPLE, LIGHT = "#009e73", "#cc79a7", "#d9dbdd"

STYLE: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "lines.linewidth": 1.0,
    "pdf.fonttype": 42,  # text stays text in a journal's proofs
    "svg.hashsalt": "mri_bme",
    "savefig.dpi": DPI,
}
NO_DATES: dict[str, dict[str, None]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "ModDate": None},
    "png": {"Software": None},
}


def styled(draw: Callable[[Subject], Figure]) -> Callable[[Subject], Figure]:
    """Draw in the style of all figures, leaving the caller's settings alone."""

    @wraps(draw)
    def drawn(page: Subject) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(page)

    return drawn


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """Make an empty figure of a size on paper."""
    return Figure(
        figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), layout="constrained", dpi=150
    )


def bare(axes: Axes) -> None:
    """Take ticks and frame away, for pictures."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def figure_bytes(figure: Figure, file_format: str) -> bytes:
    """Encode a figure; the same figure gives the same bytes.

    Raises
    ------
    InvalidSettings
        If the format is not one of `FORMATS`.
    """
    if file_format not in FORMATS:
        raise InvalidSettings(f"no figures as {file_format!r}; choose one of {', '.join(FORMATS)}")
    buffer = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format=file_format, metadata=NO_DATES[file_format], dpi=DPI)
    return buffer.getvalue()
