"""Charts of a cohort: change per subject, from visit to visit, and its distribution."""

from collections.abc import Callable, Mapping, Sequence

from mri_bme.errors import NotEvaluable
from mri_bme.record import numbers
from mri_bme.report.charts.chart import (
    MOST_DRAWN,
    Axis,
    Chart,
    Dot,
    Line,
    Mark,
    Role,
    across,
    box,
    change_axis,
    root_axis,
    spread,
)
from mri_bme.report.cohort import CohortPage, CohortRow, changed_rows

ROLE_OF_VERDICT: dict[str, Role] = {
    "resolved": "better",
    "decreased": "better",
    "increased": "worse",
    "new": "worse",
}
KEY: tuple[tuple[Role, str], ...] = (
    ("better", "less edema"),
    ("same", "within measurement error, or none"),
    ("worse", "more edema"),
)
LEAST_ML = 0.1
MANY = 60  # subjects, whose lines hide one another unless they are faint
FEWEST_BARS = 8  # room for as many, so that few subjects are no walls
BAR = 0.4  # half the width of a bar, of the room for one subject
VISITS = Axis(low=-0.25, high=1.25, ticks=((0.0, "baseline"), (1.0, "follow-up")))
SHARES = tuple((float(p), f"{p} %") for p in (0, 25, 50, 75, 100))


def waterfall_chart(page: CohortPage) -> Chart:
    """One bar per subject, sorted by change, each with its 95 % interval."""
    everybody = _rows(page)
    rows = spread(everybody)
    marks: list[Mark] = []
    for k, row in enumerate(rows):
        change, (low, high) = row.change_ml or 0.0, _ends(row)
        said = (
            f"{row.subject_id}: {numbers.millilitres(change, signed=True)} mL, "
            f"{row.verdict.replace('_', ' ')}"
        )
        bar = box((k - BAR, 0.0), (k + BAR, change), role=_role(row), opacity=1.0, title=said,
                  of=row.subject_id)  # fmt: skip
        whisker = Line(points=((k, low), (k, high)), role="ink", width=0.6, opacity=0.6)
        marks += [bar, whisker]
    x = Axis(
        low=-0.5, high=max(len(rows), FEWEST_BARS) - 0.5, label=f"subjects (n = {len(everybody)})"
    )
    return Chart(
        alt="Waterfall plot of the change in edema volume, one bar per subject",
        title="Change per subject, with 95 % interval" + _part_drawn(everybody),
        x=x,
        y=_change_axis(rows),
        marks=(*marks, across(x, 0.0, role="ink")),
        key=KEY,
    )


def spaghetti_chart(page: CohortPage) -> Chart:
    """One line per subject from baseline to follow-up, on a square-root axis."""
    everybody = _rows(page)
    rows = spread(everybody)
    marks: list[Mark] = []
    faint = 0.55 if len(rows) <= MANY else 0.3
    for row in rows:
        ends = ((0.0, row.baseline_ml or 0.0), (1.0, row.followup_ml or 0.0))
        said = (
            f"{row.subject_id}: {numbers.millilitres(row.baseline_ml)} to "
            f"{numbers.millilitres(row.followup_ml)} mL"
        )
        marks.append(
            Line(points=ends, role=_role(row), width=0.9, opacity=faint, title=said,
                 of=row.subject_id)
        )  # fmt: skip
        marks += [Dot(at=end, role=_role(row), opacity=faint) for end in ends]
    return Chart(
        alt="Edema volume at baseline and follow-up, one line per subject",
        title="Baseline to follow-up" + _part_drawn(everybody),
        x=VISITS,
        y=root_axis(
            max(max(row.baseline_ml or 0.0, row.followup_ml or 0.0) for row in rows),
            label="edema, mL (square-root axis)",
        ),
        marks=tuple(marks),
        key=KEY,
    )


def cumulative_chart(page: CohortPage) -> Chart:
    """Share of subjects with at most a given change."""
    rows = _rows(page)
    points = [(100 * (k + 0.5) / len(rows), row.change_ml or 0.0) for k, row in enumerate(rows)]
    drawn = spread(tuple(zip(points, rows, strict=True)))
    dots = [
        Dot(at=at, role=_role(row), title=row.subject_id, of=row.subject_id) for at, row in drawn
    ]
    x = Axis(low=0.0, high=100.0, ticks=SHARES, label="cumulative probability")
    return Chart(
        alt="Cumulative probability of the change in edema volume",
        title="Cumulative probability of change",
        x=x,
        y=_change_axis(rows),
        marks=(
            across(x, 0.0, role="ink"),
            Line(points=tuple(at for at, _ in drawn), role="soft"),
            *dots,
        ),
        key=KEY,
    )


def _part_drawn(rows: Sequence[CohortRow]) -> str:
    """Say how many are drawn where not everybody is."""
    if len(rows) <= MOST_DRAWN:
        return ""
    return f" ({MOST_DRAWN} of {len(rows)} subjects, evenly spread by change)"


def _rows(page: CohortPage) -> list[CohortRow]:
    rows = changed_rows(page)
    if not rows:
        raise NotEvaluable("no subject has a measured change; there is nothing to draw")
    return rows


def _change_axis(rows: Sequence[CohortRow]) -> Axis:
    ends = [LEAST_ML, *(end for row in rows for end in _ends(row))]
    changes = [row.change_ml or 0.0 for row in rows]
    return change_axis(changes, ends, label="change in edema, mL", n=4)


def _ends(row: CohortRow) -> tuple[float, float]:
    value = row.change_ml or 0.0
    if row.interval_ml is None:
        return value, value
    return row.interval_ml.low, row.interval_ml.high


def _role(row: CohortRow) -> Role:
    return ROLE_OF_VERDICT.get(row.verdict, "same")


COHORT_CHARTS: Mapping[str, Callable[[CohortPage], Chart]] = {
    "waterfall": waterfall_chart,
    "spaghetti": spaghetti_chart,
    "cumulative": cumulative_chart,
}
"""Every chart of the cohort page, in its order; each is a figure for papers as well."""


def cohort_charts(page: CohortPage) -> tuple[Chart, ...]:
    """Describe every chart of the cohort page; none without a measured change."""
    if not changed_rows(page):
        return ()
    return tuple(describe(page) for describe in COHORT_CHARTS.values())
