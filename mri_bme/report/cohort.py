"""The cohort page: every subject in one sortable table, and the trial at a glance."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mri_bme.files import write_text
from mri_bme.findings import Interval, Verdict
from mri_bme.report.charts import ticks
from mri_bme.report.html import render
from mri_bme.version import __version__

STATUS_WORDS = {"ok": "measured", "not_evaluable": "not evaluable", "failed": "failed"}
WIDTH, HEIGHT = 1000.0, 420.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRow:
    """One subject on the cohort page.

    `page` and `thumbnail` are addresses below the cohort page's folder; empty where there
    is none. Numbers are None where nothing was measured.
    """

    subject_id: str
    status: str
    reason: str = ""
    verdict: str = ""
    baseline_ml: float | None = None
    followup_ml: float | None = None
    change_ml: float | None = None
    interval_ml: Interval | None = None
    change_percent: float | None = None
    flags: tuple[str, ...] = ()
    page: str = ""
    thumbnail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortPage:
    """All subjects, in the order of the table, and where it came from."""

    rows: tuple[CohortRow, ...]
    facts: tuple[tuple[str, str], ...] = ()
    version: str = __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One subject in a plot; coordinates on a `WIDTH` x `HEIGHT` canvas."""

    row: CohortRow
    x: float
    y: float
    x_end: float
    y_end: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Marks and the ticks of both axes."""

    marks: tuple[Mark, ...]
    y_ticks: tuple[tuple[float, str], ...]
    x_ticks: tuple[tuple[float, str], ...] = ()
    zero: float = 0.0
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A reason why subjects have no result, and which subjects."""

    reason: str
    status: str
    subjects: tuple[CohortRow, ...] = field(default=())


def verdict_counts(page: CohortPage) -> tuple[tuple[str, int], ...]:
    """Count subjects per verdict, in the order of `Verdict`."""
    counts = Counter(row.verdict for row in page.rows if row.verdict)
    return tuple((v.value, counts[v.value]) for v in Verdict if counts[v.value])


def changed_rows(page: CohortPage) -> list[CohortRow]:
    """Subjects whose change was measured, from the largest decrease to the largest increase."""
    found = [row for row in page.rows if row.change_ml is not None]
    return sorted(found, key=lambda row: (row.change_ml or 0.0, row.subject_id))


def waterfall(page: CohortPage) -> Plot | None:
    """One bar per subject, sorted by change, each with its interval."""
    rows = changed_rows(page)
    if not rows:
        return None
    axis = ticks(*_range(rows), n=4)
    zero = _height(0.0, axis)
    slot = WIDTH / len(rows)
    marks = []
    for k, row in enumerate(rows):
        low, high = _ends(row)
        marks.append(
            Mark(
                row=row,
                x=round((k + 0.1) * slot, 2),
                x_end=round((k + 0.9) * slot, 2),
                y=_height(row.change_ml or 0.0, axis),
                y_end=zero,
                low=_height(low, axis),
                high=_height(high, axis),
            )
        )
    return Plot(marks=tuple(marks), y_ticks=_labels(axis), zero=zero)


def cumulative(page: CohortPage) -> Plot | None:
    """Share of subjects with at most a given change."""
    rows = changed_rows(page)
    if not rows:
        return None
    axis = ticks(*_range(rows), n=4)
    shares = (np.arange(len(rows)) + 0.5) / len(rows)
    marks = tuple(
        Mark(
            row=row,
            x=round(WIDTH * float(share), 2),
            x_end=0.0,
            y=_height(row.change_ml or 0.0, axis),
            y_end=0.0,
            low=0.0,
            high=0.0,
        )
        for row, share in zip(rows, shares, strict=True)
    )
    return Plot(
        marks=marks,
        y_ticks=_labels(axis),
        x_ticks=tuple((WIDTH * p / 100, f"{p} %") for p in (0, 25, 50, 75, 100)),
        zero=_height(0.0, axis),
        line=" ".join(f"{mark.x},{mark.y}" for mark in marks),
    )


def spaghetti(page: CohortPage) -> Plot | None:
    """One line per subject from baseline to follow-up, on a square-root axis."""
    rows = changed_rows(page)
    if not rows:
        return None
    top = max(max(row.baseline_ml or 0.0, row.followup_ml or 0.0) for row in rows)
    axis = _root_ticks(top)
    marks = tuple(
        Mark(
            row=row,
            x=140.0,
            x_end=WIDTH - 140.0,
            y=_root_height(row.baseline_ml or 0.0, axis[-1]),
            y_end=_root_height(row.followup_ml or 0.0, axis[-1]),
            low=0.0,
            high=0.0,
        )
        for row in rows
    )
    return Plot(
        marks=marks, y_ticks=tuple((_root_height(v, axis[-1]), f"{v:g}") for v in axis), zero=HEIGHT
    )


def failures(page: CohortPage) -> tuple[Failure, ...]:
    """Group subjects without a result by the reason, the most frequent first."""
    groups: dict[tuple[str, str], list[CohortRow]] = {}
    for row in page.rows:
        if row.status != "ok":
            groups.setdefault((row.status, row.reason or "no reason kept"), []).append(row)
    found = [
        Failure(status=status, reason=reason, subjects=tuple(rows))
        for (status, reason), rows in groups.items()
    ]
    return tuple(sorted(found, key=lambda failure: (-len(failure.subjects), failure.reason)))


def cohort_page_html(page: CohortPage) -> str:
    """Render the cohort page as one HTML document; thumbnails are files of their own."""
    return render(
        "cohort.html.j2",
        script="cohort.js",
        page=page,
        counts=verdict_counts(page),
        waterfall=waterfall(page),
        spaghetti=spaghetti(page),
        cumulative=cumulative(page),
        failures=failures(page),
        status_words=STATUS_WORDS,
        canvas=(WIDTH, HEIGHT),
    )


def write_cohort_page(page: CohortPage, path: Path) -> None:
    """Write the cohort page."""
    write_text(path, cohort_page_html(page))


def _ends(row: CohortRow) -> tuple[float, float]:
    value = row.change_ml or 0.0
    return (
        (value, value) if row.interval_ml is None else (row.interval_ml.low, row.interval_ml.high)
    )


def _range(rows: Sequence[CohortRow]) -> tuple[float, float]:
    ends = [end for row in rows for end in _ends(row)]
    return min(0.0, *ends), max(0.0, 0.1, *ends)


def _height(value: float, axis: Sequence[float]) -> float:
    return round(HEIGHT * (1 - (value - axis[0]) / (axis[-1] - axis[0])), 2)


def _labels(axis: Sequence[float]) -> tuple[tuple[float, str], ...]:
    return tuple((_height(v, axis), f"{v:g}".replace("-", "−")) for v in axis)


def _root_ticks(top: float) -> list[float]:
    steps = [0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0]
    last = next((v for v in steps if v >= max(top, 0.1)), top)
    shown = [v for v in steps if v < last and (v == 0 or v > last / 60)]
    return [*shown, last]


def _root_height(value: float, top: float) -> float:
    return round(HEIGHT * (1 - math.sqrt(max(value, 0.0) / top)), 2)
