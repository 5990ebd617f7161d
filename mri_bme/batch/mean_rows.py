"""The mean of several readers, row by row; verdicts are judged on the mean."""

from collections.abc import Mapping, Sequence
from typing import Any

from mri_bme.findings import Interval, Verdict
from mri_bme.measurement_error import (
    CHOICE,
    SOURCES,
    judge_change,
    smallest_detectable_change_ml,
)
from mri_bme.readings.task import MEAN
from mri_bme.record.tables import Cell, Row
from mri_bme.record.visits import WHOLE
from mri_bme.sacroiliac import region_kind
from mri_bme.settings import CompareSettings

KEYS = ("subject", "visit", "day", "baseline", "followup", "days", "region")
Tables = Mapping[str, Sequence[Row]]


def mean_rows(
    readings: Sequence[Tables], *, settings: CompareSettings, read_by: str = MEAN, how: str = ""
) -> dict[str, Any]:
    """Average the rows of visits and changes over readers.

    Numbers are means over the readers who have them, and so are the ends of intervals: the
    interval is that of a single reading, not narrower for having several. The percentage and
    the verdict of a change follow from the mean volumes and interval. Lesions of different
    readers are not the same ones, so that there are no rows of lesions. How far the numbers of the
    whole move with whose reading is taken is told as a source of error (``sensitivity``).

    Parameters
    ----------
    readings : sequence of mapping
        Rows by the name of their table, of each reader; all of the same visits and regions.
    settings : CompareSettings
        For verdicts.
    read_by, how : str
        Whose numbers these are, and how they came about: the columns `read_by`, `read_from`.
    """
    attributed: Row = {"read_by": read_by, "read_from": how or None}
    of_visits = list(zip(*(r["visits"] for r in readings), strict=True))
    of_changes = list(zip(*(r["changes"] for r in readings), strict=True))
    visits = [{**_mean(rows), **attributed} for rows in of_visits]
    changes = [{**_judged(_mean(rows), settings), **attributed} for rows in of_changes]
    hangs = [
        *map(_volume_by_reader, visits, of_visits),
        *map(_change_by_reader, changes, of_changes),
    ]
    return {
        "visits": tuple(visits),
        "changes": tuple(changes),
        "lesions": (),
        "sensitivity": tuple({**row, "read_by": read_by} for row in hangs if row is not None),
    }


def _volume_by_reader(told: Row, rows: Sequence[Row]) -> Row | None:
    return _by_reader(told, rows, "edema_ml", visit=told["visit"], compared_with=None)


def _change_by_reader(told: Row, rows: Sequence[Row]) -> Row | None:
    """Tell what readers alone would have called the change, besides how far it moves."""
    moved = _by_reader(
        told, rows, "change_ml", visit=told["followup"], compared_with=told["baseline"]
    )
    if moved is None:
        return None
    alone = sorted(
        ((n, str(row["verdict"])) for row in rows if (n := _number(row["change_ml"])) is not None),
    )
    called = [Verdict(verdict) for _, verdict in (alone[0], alone[-1])]
    own = Verdict(str(told["verdict"]))
    return {
        **moved,
        "verdict_low": called[0].value,
        "verdict_high": called[1].value,
        "flips": any(Verdict(verdict).direction != own.direction for _, verdict in alone),
    }


def _by_reader(told: Row, rows: Sequence[Row], name: str, **where: Cell) -> Row | None:
    """Say between what the number of the whole lies, whose reading is taken; None of parts."""
    numbers = [n for n in (_number(row.get(name)) for row in rows) if n is not None]
    if told.get("region") != WHOLE or len(numbers) < 2:
        return None
    return {
        "subject": told["subject"],
        **where,
        "source": CHOICE,
        "moved_by": SOURCES[CHOICE],
        "value_ml": told[name],
        "low_ml": min(numbers),
        "high_ml": max(numbers),
        "verdict_low": None,
        "verdict_high": None,
        "flips": None,
    }


def _mean(rows: Sequence[Row]) -> Row:
    first = rows[0]
    evaluable = [row for row in rows if row["evaluable"] is True]
    told: Row = dict(evaluable[0] if evaluable else first)
    for name in told:
        if name in KEYS:
            continue
        numbers = [n for n in (_number(row.get(name)) for row in evaluable) if n is not None]
        if numbers:
            told[name] = sum(numbers) / len(numbers)
    return told


def _number(cell: Cell) -> float | None:
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return float(cell) if is_number else None  # type: ignore[arg-type]


def _judged(row: Row, settings: CompareSettings) -> Row:
    before, after = _number(row["baseline_ml"]), _number(row["followup_ml"])
    low, high = _number(row["change_ci_low_ml"]), _number(row["change_ci_high_ml"])
    if before is None or after is None:
        return row
    kind = region_kind(str(row["region"]))
    interval = None if low is None or high is None else Interval(low=low, high=high)
    wider = _number(row.get("wider_by")) or 1.0
    verdict = judge_change(
        before, after, interval_ml=interval, kind=kind, settings=settings, wider_by=wider
    )
    detectable = smallest_detectable_change_ml(
        (before + after) / 2, settings, kind=kind, wider_by=wider
    )
    has_percent = before > 0 and before >= settings.detection_limit_ml
    return {
        **row,
        "verdict": verdict.value,
        "detectable_ml": detectable,
        "change_percent": 100 * (after - before) / before if has_percent else None,
    }
