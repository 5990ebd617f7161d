"""What a number hangs on: a bar for each source of error, the widest at the top."""

from mri_bme.findings import Interval
from mri_bme.report import words
from mri_bme.report.charts.chart import Chart, Line, Mark, Role, axis_of, box, named_axis, upright
from mri_bme.report.page import SubjectPage

HALF = 0.32  # of a bar
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
        value = change.regions["total"].change_ml or 0.0
        return (_tornado(bars, value, "change of both joints, mL"),)
    measured = [v.findings.burden for v in page.visits if v.findings.burden is not None]
    if change is not None or not measured or not measured[0].sensitivity:
        return ()
    ends = sorted(measured[0].sensitivity.items(), key=lambda one: one[1].low - one[1].high)
    alone = [(source, interval, False) for source, interval in ends]
    return (_tornado(alone, measured[0].regions["total"].edema_ml, "edema of both joints, mL"),)


def _tornado(bars: list[tuple[str, Interval, bool]], value: float, label: str) -> Chart:
    widest = [end for _, interval, _ in bars for end in (interval.low, interval.high)]
    x = axis_of([value - LEAST_ML, value + LEAST_ML, *widest], label=label)
    y = named_axis([source for source, _, _ in bars])
    marks: list[Mark] = []
    for row, (source, interval, is_flipped) in enumerate(bars):
        role: Role = "warning" if is_flipped else "same"
        marks.append(
            box(
                (interval.low, -row - HALF),
                (interval.high, -row + HALF),
                role=role,
                opacity=0.75,
                title=f"{source}: {interval.low:.2f} to {interval.high:.2f} mL",
            )
        )
    zero: tuple[Line, ...] = (upright(y, 0.0, role="ink"),) if x.low < 0 < x.high else ()
    flipped = (("warning", "another direction"),) if any(b[2] for b in bars) else ()
    return Chart(
        alt=f"How far the {label.split(',', maxsplit=1)[0]} moves with each source of error: "
        + "; ".join(f"{s} {i.low:.2f} to {i.high:.2f} mL" for s, i, _ in bars),
        title="What the number hangs on",
        x=x,
        y=y,
        marks=(*marks, *zero, upright(y, value, role="soft", is_dashed=True)),
        key=(("same", "both ends"), *flipped),
        height_mm=max(FRAME_MM + ROW_MM * len(bars), LEAST_MM),
    )
