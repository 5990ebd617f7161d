"""Draw a chart as SVG inside a page; colours come from the page's style, by role."""

from collections.abc import Iterable, Iterator
from html import escape

from markupsafe import Markup

from mri_bme.report.charts.chart import Axis, Chart, Dot, Line, Mark, Point, Words

WIDTH = 1000.0
LEFT, RIGHT, TOP, BOTTOM = 110.0, 64.0, 24.0, 60.0  # margins for labels, in units of `WIDTH`
LABEL_ROOM = 44.0
LETTER = 15.0  # width of a letter of a label
STRIP_HEIGHT = 60.0
STRIP_MARGIN = 30.0
PIXELS_PER_POINT = 1.6  # of a line's width, on a screen


class _Canvas:
    """Where values lie: a frame of `width` by `height`, y upwards in the chart."""

    def __init__(self, x: Axis, y: Axis, width: float, height: float) -> None:
        self.x, self.y, self.width, self.height = x, y, width, height

    def at(self, point: Point) -> Point:
        return (
            round(self.width * self.x.place(point[0]), 2),
            round(self.height * (1 - self.y.place(point[1])), 2),
        )


def chart_svg(chart: Chart) -> Markup:
    """Draw a chart with its axes as one ``<svg>``; every text is escaped."""
    canvas = _Canvas(chart.x, chart.y, WIDTH, WIDTH * chart.height_mm / chart.width_mm)
    left = _left(chart) if chart.has_frame else 0.0
    below = (BOTTOM + (LABEL_ROOM if chart.x.label else 0.0)) if chart.has_frame else 0.0
    top = TOP if chart.has_frame else 0.0
    right = RIGHT if chart.has_frame else 0.0
    view = f"{-left:g} {-top:g} {left + WIDTH + right:g} {top + canvas.height + below:g}"
    parts = [
        f'<svg class="chart" viewBox="{view}" role="img" aria-label="{escape(chart.alt)}">',
        *(_frame(chart, canvas, left) if chart.has_frame else ()),
        *_marks(chart.marks, canvas),
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704  every text in it was escaped


def chart_key(chart: Chart) -> Markup:
    """Say what the colours of a chart mean."""
    return Markup("".join(_key(chart)))  # noqa: S704  every text in it was escaped


def strip_svg(chart: Chart) -> Markup:
    """Draw a chart without axes, to be stretched into the cell of a table."""
    canvas = _Canvas(chart.x, chart.y, WIDTH, STRIP_HEIGHT)
    view = f"{-STRIP_MARGIN:g} 0 {WIDTH + 2 * STRIP_MARGIN:g} {STRIP_HEIGHT:g}"
    lines = (
        f'<path class="grid" d="M{canvas.at((value, 0))[0]:g} 0V{STRIP_HEIGHT:g}"/>'
        for value, _ in chart.x.ticks
    )
    return Markup(  # noqa: S704  every text in it was escaped
        f'<svg viewBox="{view}" preserveAspectRatio="none" aria-hidden="true">'
        + "".join([*lines, *_marks(chart.marks, canvas)])
        + "</svg>"
    )


def strip_ticks(axis: Axis) -> tuple[tuple[float, str], ...]:
    """Share of a strip's width at which each tick of its axis lies, and its label."""
    whole = WIDTH + 2 * STRIP_MARGIN
    return tuple(
        ((STRIP_MARGIN + WIDTH * axis.place(value)) / whole, text) for value, text in axis.ticks
    )


def _left(chart: Chart) -> float:
    longest = max((len(text) for _, text in chart.y.ticks), default=0)
    return max(LEFT, LETTER * longest + 24) + (LABEL_ROOM if chart.y.label else 0.0)


def _frame(chart: Chart, canvas: _Canvas, left: float) -> Iterator[str]:
    for value, text in chart.y.ticks:
        y = canvas.at((chart.x.low, value))[1]
        yield f'<path class="grid" d="M0 {y:g}H{WIDTH:g}"/>'
        yield f'<text class="end" x="-12" y="{y + 9:g}">{escape(text)}</text>'
    for value, text in chart.x.ticks:
        x = canvas.at((value, chart.y.low))[0]
        yield f'<path class="grid" d="M{x:g} {canvas.height:g}v10"/>'
        yield f'<text x="{x:g}" y="{canvas.height + 42:g}">{escape(text)}</text>'
    if chart.x.label:
        yield (
            f'<text class="label" x="{WIDTH / 2:g}" y="{canvas.height + 84:g}">'
            f"{escape(chart.x.label)}</text>"
        )
    if chart.y.label:
        x, y = 28 - left, canvas.height / 2
        yield (
            f'<text class="label" x="{x:g}" y="{y:g}" transform="rotate(-90 {x:g} {y:g})">'
            f"{escape(chart.y.label)}</text>"
        )


def _marks(marks: Iterable[Mark], canvas: _Canvas) -> Iterator[str]:
    for mark in marks:
        drawn = _mark(mark, canvas)
        if isinstance(mark, Words):
            yield drawn
            continue
        title = f"<title>{escape(mark.title)}</title>" if mark.title else ""
        of = f' data-of="{escape(mark.of)}"' if mark.of else ""
        yield f"<g{of}>{title}{drawn}</g>" if title or of else drawn


def _mark(mark: Mark, canvas: _Canvas) -> str:
    if isinstance(mark, Words):
        x, y = canvas.at(mark.at)
        small = " small" if mark.is_small else ""
        return (
            f'<text class="r-{mark.role} {mark.anchor}{small}" x="{x:g}" y="{y:g}" '
            f'dy=".35em">{escape(mark.text)}</text>'
        )
    faint = f' opacity="{mark.opacity:g}"' if mark.opacity < 1 else ""
    if isinstance(mark, Dot):
        x, y = canvas.at(mark.at)
        place = f'd="M{x:g} {y:g}h0"'
        hole = f'<path class="dot hole" {place}/>' if mark.is_open else ""
        return f'<path class="dot r-{mark.role}"{faint} {place}/>{hole}'
    return _line(mark, canvas, faint)


def _line(mark: Line, canvas: _Canvas, faint: str) -> str:
    points = " ".join(f"{x:g},{y:g}" for x, y in map(canvas.at, mark.points))
    kind = "polyline" if mark.fill is None else "polygon"
    dashed = " dashed" if mark.is_dashed else ""
    filled = "" if mark.fill is None else f' fill-opacity="{mark.fill:g}"'
    shape = "line" if mark.fill is None else "area"
    width = f' stroke-width="{PIXELS_PER_POINT * mark.width:g}"'
    look = f'class="{shape} r-{mark.role}{dashed}"{faint}{filled}{width}'
    return f'<{kind} {look} points="{points}"/>'


def _key(chart: Chart) -> Iterator[str]:
    if chart.key:
        fills = {m.role: m.fill for m in chart.marks if isinstance(m, Line) and m.fill is not None}
        yield '<p class="legend">'
        for role, text in chart.key:
            shade = f' style="--shade:{fills[role]:g}"' if role in fills and role != "grid" else ""
            yield f'<span class="key r-{role}"{shade}><span>{escape(text)}</span></span>'
        yield "</p>"
