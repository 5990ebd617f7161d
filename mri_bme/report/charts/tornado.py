"""What a number hangs on: a bar for each source of error, the widest at the top."""

from mri_bme.findings import Interval
from mri_bme.record import numbers
from mri_bme.report import words
from mri_bme.report.charts.chart import (
    Axis,
    Chart,
    Line,
    Mark,
    Role,
    Words,
    axis_of,
    box,
    named_axis,
    upright,
)
from mri_bme.report.page import SubjectPage

HALF = 0.32  # of a bar
ROOM = 0.16  # of the widest bar, beside it: for the numbers at its ends
TOGETHER = "all together"
ROW_MM, FRAME_MM = 6.0, 16.0
LEAST_MM = 40.0  # for the axis, its label and the key, however few the bars
LEAST_ML = 0.05  # the axis is at least this long


def tornado_charts(page: SubjectPage) -> tuple[Chart, ...]:
    """Describe how far the change moves with each source; of a single visit, its volume.

    None where nothing was measured, or no uncertainty was propagated.
    """
    change = words.main_change(page)
    if change is not None and change.sensitivity:
        bars = [
            (one.source, one.change_ml, one.flips(change.verdict)) for one in change.sensitivity
        ]
        whole = change.regions["total"]
        value, label = whole.change_ml or 0.0, "change of both joints, mL"
        return (_tornado(bars, value, whole.interval_ml, label),)
    measured = [v.findings.burden for v in page.visits if v.findings.burden is not None]
    if change is not None or not measured or not measured[0].sensitivity:
        return ()
    ends = sorted(measured[0].sensitivity.items(), key=lambda one: one[1].low - one[1].high)
    alone = [(source, interval, False) for source, interval in ends]
    total = measured[0].regions["total"]
    return (_tornado(alone, total.edema_ml, total.interval_ml, "edema of both joints, mL"),)


def _tornado(
    bars: list[tuple[str, Interval, bool]], value: float, together: Interval | None, label: str
) -> Chart:
    first = [] if together is None else [(TOGETHER, together, False)]
    rows = [*first, *bars]
    ends = [value - LEAST_ML, value + LEAST_ML]
    ends += [end for _, interval, _ in rows for end in (interval.low, interval.high)]
    room = ROOM * (max(ends) - min(ends))
    low, high = min(ends) - room, max(ends) + room
    shown = tuple(tick for tick in axis_of(ends).ticks if low <= tick[0] <= high)
    x = Axis(low=low, high=high, label=label, ticks=shown)
    y = named_axis([source for source, _, _ in rows])
    marks: list[Mark] = []
    for row, (source, interval, is_flipped) in enumerate(rows):
        role: Role = "warning" if is_flipped else "ink" if source == TOGETHER else "same"
        least, most = (numbers.millilitres(end) for end in (interval.low, interval.high))
        lowest, highest = (interval.low, -row - HALF), (interval.high, -row + HALF)
        said = f"{source}: {least} to {most} mL"
        marks += [
            box(lowest, highest, role=role, opacity=0.75, title=said),
            Words(at=(interval.low - room / 8, -row), text=least, role="soft", anchor="end"),
            Words(at=(interval.high + room / 8, -row), text=most, role="soft", anchor="start"),
        ]
    zero: tuple[Line, ...] = (upright(y, 0.0, role="ink"),) if x.low < 0 < x.high else ()
    flipped = (("warning", "another direction"),) if any(b[2] for b in bars) else ()
    return Chart(
        alt=f"How far the {label.split(',', maxsplit=1)[0]} moves with each source of error: "
        + "; ".join(f"{s} {i.low:.2f} to {i.high:.2f} mL" for s, i, _ in rows),
        title="What the number hangs on",
        x=x,
        y=y,
        marks=(*marks, *zero, upright(y, value, role="soft", is_dashed=True)),
        key=(
            *((("ink", "95 % interval"),) if first else ()),
            ("same", "one source, from end to end"),
            *flipped,
        ),
        height_mm=max(FRAME_MM + ROW_MM * len(rows), LEAST_MM),
    )
