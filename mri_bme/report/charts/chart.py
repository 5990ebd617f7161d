"""The description of a chart: axes, and marks in the units of the axes.

A chart is what a page and a paper show alike. Nothing here knows of pixels or of a
library: `svg.chart_svg` and `figures.drawing.chart_figure` draw what is described.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

Role = Literal[
    "ink", "soft", "grid", "first", "second", "better", "same", "worse", "edema", "warning",
    "arm1", "arm2", "arm3", "arm4",
]  # fmt: skip
"""What a mark stands for; each way of drawing has a colour for it."""

Scale = Literal["linear", "root"]
Point = tuple[float, float]
Item = TypeVar("Item")

MOST_DRAWN = 500
"""Marks of a kind in one chart: more cannot be told apart, and make a page slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis: its ends, its ticks and what they mean.

    ``root`` is a square-root axis; below 0 it mirrors what lies above.
    """

    low: float
    high: float
    label: str = ""
    ticks: tuple[tuple[float, str], ...] = ()
    scale: Scale = "linear"

    def place(self, value: float) -> float:
        """Position of a value, 0 at the low and 1 at the high end."""
        inside = max(value, self.low) if self.scale == "root" else value
        low, high, at = (_scaled(v, self.scale) for v in (self.low, self.high, inside))
        return 0.0 if high == low else (at - low) / (high - low)


def _scaled(value: float, scale: Scale) -> float:
    return math.copysign(math.sqrt(abs(value)), value) if scale == "root" else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line through points; closed and filled where `fill` (its opacity) is given."""

    points: tuple[Point, ...]
    role: Role = "ink"
    width: float = 1.0
    opacity: float = 1.0
    fill: float | None = None
    is_dashed: bool = False
    title: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A value; open dots stand for what came first. `of` names whose mark it is."""

    at: Point
    role: Role = "ink"
    opacity: float = 1.0
    title: str = ""
    of: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Text at a place; `anchor` is the part of it that lies there."""

    at: Point
    text: str
    role: Role = "ink"
    anchor: Literal["start", "middle", "end"] = "middle"
    is_small: bool = False


Mark = Line | Dot | Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart.

    Parameters
    ----------
    alt : str
        What it shows, for those who do not see it.
    x, y : Axis
        In the units of the marks; `y` grows upwards.
    marks : tuple of Line, Dot or Words
        Drawn in their order.
    key : tuple of (Role, str)
        What the colours mean.
    title : str
        Above the chart.
    width_mm, height_mm : float
        On paper; a page keeps the proportion.
    has_frame : bool
        Whether axes are drawn.
    """

    alt: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    key: tuple[tuple[Role, str], ...] = ()
    title: str = ""
    width_mm: float = 85.0
    height_mm: float = 60.0
    has_frame: bool = field(default=True)


def across(axis: Axis, at: float, *, role: Role = "soft", is_dashed: bool = False) -> Line:
    """Draw a horizontal rule at `at`, along the whole of the x axis `axis`."""
    return Line(points=((axis.low, at), (axis.high, at)), role=role, is_dashed=is_dashed)


def upright(axis: Axis, at: float, *, role: Role = "soft", is_dashed: bool = False) -> Line:
    """Draw a vertical rule at `at`, along the whole of the y axis `axis`."""
    return Line(points=((at, axis.low), (at, axis.high)), role=role, is_dashed=is_dashed)


def box(
    low: Point,
    high: Point,
    *,
    role: Role,
    opacity: float,
    title: str = "",
    of: str = "",
) -> Line:
    """Fill a rectangle between two corners."""
    (x0, y0), (x1, y1) = low, high
    corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return Line(points=corners, role=role, width=0.0, fill=opacity, title=title, of=of)


def ticks(low: float, high: float, *, n: int = 3) -> list[float]:
    """Round values that span `low` to `high`, about `n` steps."""
    raw = max(high - low, 1e-9) / n
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(m for m in (1, 2, 5, 10) if m * power >= 0.8 * raw)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]


ROOT_TICKS = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
CLOSEST_ROOT_TICK = 1 / 60  # of the top: nearer to zero, labels run into one another
CLOSEST_LABELS = 0.055  # of the length of the axis
LEAST_HALF = 1 / 40  # of the axis: where half of the changes are shorter, nobody sees which way


def spread(items: Sequence[Item], most: int = MOST_DRAWN) -> Sequence[Item]:
    """Give at most `most` items, evenly spread, the first and the last among them.

    Examples
    --------
    >>> spread(range(9), most=3)
    (0, 4, 8)
    """
    if len(items) <= most:
        return items
    return tuple(items[round(k * (len(items) - 1) / (most - 1))] for k in range(most))


def axis_of(values: Sequence[float], *, label: str = "", n: int = 3) -> Axis:
    """Make a linear axis with round ends that spans some values."""
    found = ticks(min(values), max(values), n=n)
    return Axis(low=found[0], high=found[-1], label=label, ticks=tuple(_marked(found)))


def root_axis(top: float, *, label: str = "") -> Axis:
    """Make a square-root axis from 0 to at least `top`, which keeps small volumes apart."""
    last = _root_end(top)
    ticks_to = _marked(_root_ticks(last, length=math.sqrt(last)))
    return Axis(low=0.0, high=last, label=label, ticks=tuple(ticks_to), scale="root")


def change_axis(changes: Sequence[float], ends: Sequence[float], *, label: str, n: int = 3) -> Axis:
    """Make an axis of changes: linear, unless a few large ones would flatten most of them.

    Where half of the changes that are not 0 are shorter than `LEAST_HALF` of it, it is a
    square-root axis to either side, and its label says so.

    Parameters
    ----------
    changes, ends : sequences of float
        What is told of every subject, and what the axis has to hold.

    Examples
    --------
    >>> change_axis([-2.0, 3.0], [-2.0, 3.0], label="mL").scale
    'linear'
    >>> change_axis([-2.0, 1.0, 1.0, 300.0], [-2.0, 300.0], label="mL").label
    'mL (square-root axis)'
    """
    linear = axis_of([0.0, *ends], label=label, n=n)
    sizes = sorted(abs(change) for change in changes if change)
    if not sizes or sizes[len(sizes) // 2] >= LEAST_HALF * (linear.high - linear.low):
        return linear
    up, down = (_root_end(max(sign * end for end in (0.0, *ends))) for sign in (1, -1))
    length = math.sqrt(up) + math.sqrt(down)
    below, above = (_root_ticks(end, length=length) for end in (down, up))
    return Axis(
        low=-down,
        high=up,
        label=f"{label} (square-root axis)",
        ticks=tuple(_marked([*(-v for v in reversed(below[1:])), *above])),
        scale="root",
    )


def _root_end(top: float) -> float:
    return next((v for v in ROOT_TICKS if v >= max(top, ROOT_TICKS[1])), top)


def _root_ticks(last: float, *, length: float) -> list[float]:
    """Ticks from 0 to `last`, as close as labels allow on an axis of so many roots."""
    shown = [last]
    for value in reversed(ROOT_TICKS):
        root = math.sqrt(value)
        is_apart = math.sqrt(shown[0]) - root >= CLOSEST_LABELS * length
        if is_apart and root > math.sqrt(CLOSEST_ROOT_TICK) * length:
            shown.insert(0, value)
    return [0.0, *shown]


def _marked(values: Sequence[float]) -> Iterator[tuple[float, str]]:
    return ((value, f"{value:g}".replace("-", "−")) for value in values)


def named_axis(names: Sequence[str]) -> Axis:
    """Make an axis of names, the first at the top: name `k` lies at ``-k``."""
    rows = tuple((-float(k), name) for k, name in enumerate(names))
    return Axis(low=0.5 - len(names), high=0.5, ticks=rows)
