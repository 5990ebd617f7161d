"""Numbers of a cohort by the week of the scan: did a scanner change on the way."""

from collections.abc import Sequence

import numpy as np

from mri_bme.report import words
from mri_bme.report.charts.chart import Chart, Dot, Line, Mark, Point, Role, axis_of, spread
from mri_bme.report.cohort import CohortPage

DRIFTING = (
    ("reference", "reference marrow over other marrow"),
    ("fluid", "how far fluid stands out"),
    ("bright_tail", "how far bright voxels stand out"),
)
"""Checks of how a scan looks that do not depend on edema, and what they are."""
FEWEST_SCANS = 10
MOST_DOTS = 1000  # of more scans, as many are drawn; the running median is of all
NEIGHBOURS = 15  # scans that a running median is taken over
ROLES: tuple[Role, ...] = ("first", "second", "arm3", "arm4")


def drift_charts(page: CohortPage) -> tuple[Chart, ...]:
    """Describe how scans looked by their week; none of a check that too few dated scans had."""
    charts = (_chart(page, check, what) for check, what in DRIFTING)
    return tuple(chart for chart in charts if chart is not None)


def _chart(page: CohortPage, check: str, what: str) -> Chart | None:
    visits = list(dict.fromkeys(visit for row in page.rows for visit, _ in row.checks))
    dots: list[Mark] = []
    points: list[Point] = []
    for row in page.rows:
        for visit, week in row.weeks.items():
            value = row.checks.get((visit, check))
            if value is None or visit not in visits:
                continue
            at = (float(week), value)
            points.append(at)
            dots.append(
                Dot(
                    at=at,
                    role=ROLES[visits.index(visit) % len(ROLES)],
                    opacity=0.5,
                    title=f"{row.subject_id}, {words.visit_name(visit).lower()}, week {week}: "
                    f"{value:.3g}",
                    of=row.subject_id,
                )
            )
    if len(points) < FEWEST_SCANS:
        return None
    y = axis_of([value for _, value in points], label=what, n=4)
    x = axis_of([0.0, *(week for week, _ in points)], label="weeks since the first scan", n=5)
    course = Line(points=running_median(points), role="ink", width=1.4)
    return Chart(
        alt=f"{what.capitalize()} of every scan by the week of the study, with a running median",
        title=f"By week: {what}",
        x=x,
        y=y,
        marks=(*spread(dots, MOST_DOTS), course),
        key=(
            *((ROLES[k % len(ROLES)], words.visit_name(v)) for k, v in enumerate(visits)),
            ("ink", f"running median of {NEIGHBOURS} scans" + _part_drawn(len(points))),
        ),
    )


def _part_drawn(n: int) -> str:
    return f"; {MOST_DOTS} of {n} scans are drawn" if n > MOST_DOTS else ""


def running_median(points: Sequence[Point]) -> tuple[Point, ...]:
    """Median of the values of the nearest scans in time, at every week that has one.

    The window holds `NEIGHBOURS` scans, fewer where there are fewer.
    """
    ordered = sorted(points)
    half = NEIGHBOURS // 2
    found: dict[float, float] = {}
    for k, (week, _) in enumerate(ordered):
        near = ordered[max(0, k - half) : k + half + 1]
        found[week] = float(np.median([value for _, value in near]))
    return tuple(found.items())
