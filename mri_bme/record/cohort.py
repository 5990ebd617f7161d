"""Read what a run left in its output folder as a cohort."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from sys import intern

from mri_bme.errors import NothingUsable, UnreadableInput
from mri_bme.record.tables import table_rows
from mri_bme.study import BASELINE
from mri_bme.summarize_cohort import (
    EDEMA,
    SPARCC,
    WHOLE,
    Cohort,
    MeasuredChange,
    Measurement,
)

UNKNOWN_SCANNER = "unknown scanner"
MOST = {EDEMA: math.inf, SPARCC: 72.0}
SCANNER_KEYS = ("Manufacturer", "ManufacturersModelName", "MagneticFieldStrength")

USED_OF_VISITS = ("subject", "visit", "day", "region", EDEMA, SPARCC, "evaluable")
USED_OF_CHANGES = (
    *("subject", "baseline", "followup", "region", "baseline_ml", "change_ml"),
    *("verdict", "evaluable", "reason"),
)
"""Columns that statistics are made of: tables of an earlier version lack others."""


def read_cohort(out: Path) -> Cohort:
    """Read the tables of an output folder.

    Raises
    ------
    NothingUsable
        If there are no tables, or no visit could be measured.
    UnreadableInput
        If a table lacks a column or holds text where a number belongs.
    """
    if not (out / "visits.csv").is_file() or not (out / "changes.csv").is_file():
        raise NothingUsable(
            f"{out.name} holds no visits.csv and changes.csv; use mri-bme run first"
        )
    visits = _used(out / "visits.csv", USED_OF_VISITS)
    changes = _used(out / "changes.csv", USED_OF_CHANGES)
    if not any(_evaluable(row) for row in visits):
        raise NothingUsable(
            f"no visit in {out.name} could be measured; its visits.csv says why for each"
        )
    followups = _followups(visits, changes)
    baselines = Counter(row["baseline"] for row in changes)
    return Cohort(
        measurements=tuple(_measurements(visits)),
        changes=tuple(_changes(changes)),
        baseline=baselines.most_common(1)[0][0] if baselines else BASELINE,
        followups=followups,
        reasons={
            (row["subject"], row["followup"]): row["reason"]
            for row in changes
            if row["region"] == WHOLE and not _evaluable(row)
        },
        known=frozenset((row["subject"], row["visit"]) for row in visits),
    )


def _used(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read some columns, and each text but once: names are repeated in every row."""
    return [{name: intern(row[name]) for name in columns} for row in table_rows(path, columns)]


def _evaluable(row: Mapping[str, str]) -> bool:
    return row["evaluable"] == "true"


def _followups(
    visits: Sequence[Mapping[str, str]], changes: Sequence[Mapping[str, str]]
) -> tuple[str, ...]:
    """Labels of follow-ups in order of their usual day."""
    days: dict[str, list[float]] = {row["followup"]: [] for row in changes}
    for row in visits:
        if row["visit"] in days and row["day"]:
            days[row["visit"]].append(_number(row, "day"))
    return tuple(sorted(days, key=lambda v: (min(days[v], default=float("inf")), v)))


def _number(
    row: Mapping[str, str], column: str, *, low: float = -math.inf, high: float = math.inf
) -> float:
    try:
        number = float(row[column])
    except ValueError as error:
        raise UnreadableInput(
            f"the results hold text where {column} belongs; make the tables again"
        ) from error
    if not (math.isfinite(number) and low <= number <= high):
        raise UnreadableInput(
            f"the results hold {number:g} as {column} of {row['subject']}, which is impossible; "
            "make the tables again"
        )
    return number


def _day(row: Mapping[str, str]) -> int | None:
    return int(_number(row, "day")) if row["day"] else None


def _measurements(visits: Sequence[Mapping[str, str]]) -> Iterator[Measurement]:
    for row in visits:
        for measure in (EDEMA, SPARCC):
            if _evaluable(row) and row[measure]:
                yield Measurement(
                    subject=row["subject"],
                    visit=row["visit"],
                    day=_day(row),
                    measure=measure,
                    region=row["region"],
                    value=_number(row, measure, low=0, high=MOST[measure]),
                )


def _changes(changes: Sequence[Mapping[str, str]]) -> Iterator[MeasuredChange]:
    for row in changes:
        if _evaluable(row) and row["change_ml"]:
            yield MeasuredChange(
                subject=row["subject"],
                followup=row["followup"],
                measure=EDEMA,
                baseline=_number(row, "baseline_ml", low=0),
                change=_number(row, "change_ml"),
                region=row["region"],
                verdict=row["verdict"],
            )


def read_scanners(out: Path, folders: Mapping[str, str]) -> dict[str, str]:
    """Say which scanner each subject's first visit was made on, where a sidecar tells.

    Empty when there is only one, since one stratum says nothing that all do not.

    Parameters
    ----------
    out : Path
        Results.
    folders : mapping
        Name of each subject's folder, by subject.
    """
    found = {subject: _scanner(out / folder) for subject, folder in folders.items()}
    return found if len(set(found.values())) > 1 else {}


def _scanner(folder: Path) -> str:
    for sidecar in sorted(folder.glob("ses-*/anat/*_T2w.json")):
        try:
            header = json.loads(sidecar.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        maker, model, field_tesla = (header.get(key) for key in SCANNER_KEYS)
        field = f"{float(field_tesla):g} T" if isinstance(field_tesla, int | float) else ""
        words = [str(word) for word in (maker, model, field) if word]
        if words:
            return " ".join(words)
    return UNKNOWN_SCANNER
