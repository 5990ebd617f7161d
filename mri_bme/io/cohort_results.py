"""Read what a run left in its output folder as a cohort, and write cohort statistics."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np

from mri_bme.errors import NothingUsable, UnreadableInput
from mri_bme.io.clinical import ClinicalTable
from mri_bme.io.tables import CHANGE_COLUMNS, VISIT_COLUMNS, Row, read_table, write_table
from mri_bme.summarize_cohort import (
    EDEMA,
    SPARCC,
    WHOLE,
    AgreementPair,
    Cohort,
    MeasuredChange,
    Measurement,
    Statistic,
    all_changes,
    cumulative_probability,
)

DEFAULT_BASELINE = "baseline"
UNKNOWN_SCANNER = "unknown scanner"
SCANNER_KEYS = ("Manufacturer", "ManufacturersModelName", "MagneticFieldStrength")


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
    visits = read_table(out / "visits.csv", VISIT_COLUMNS)
    changes = read_table(out / "changes.csv", CHANGE_COLUMNS)
    if not any(_evaluable(row) for row in visits):
        raise NothingUsable(
            f"no visit in {out.name} could be measured; its visits.csv says why for each"
        )
    followups = _followups(visits, changes)
    baselines = Counter(row["baseline"] for row in changes)
    return Cohort(
        measurements=tuple(_measurements(visits)),
        changes=tuple(_changes(changes)),
        baseline=baselines.most_common(1)[0][0] if baselines else DEFAULT_BASELINE,
        followups=followups,
        not_evaluable={
            followup: sum(
                row["followup"] == followup and row["region"] == WHOLE and not _evaluable(row)
                for row in changes
            )
            for followup in followups
        },
        strata=read_scanners(out, dict.fromkeys(row["subject"] for row in visits)),
        known=frozenset((row["subject"], row["visit"]) for row in visits),
    )


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


def _number(row: Mapping[str, str], column: str) -> float:
    try:
        return float(row[column])
    except ValueError as error:
        raise UnreadableInput(
            f"the results hold text where {column} belongs; make the tables again"
        ) from error


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
                    value=_number(row, measure),
                )


def _changes(changes: Sequence[Mapping[str, str]]) -> Iterator[MeasuredChange]:
    for row in changes:
        if _evaluable(row) and row["change_ml"]:
            yield MeasuredChange(
                subject=row["subject"],
                followup=row["followup"],
                measure=EDEMA,
                baseline=_number(row, "baseline_ml"),
                change=_number(row, "change_ml"),
                region=row["region"],
                verdict=row["verdict"],
            )


def read_scanners(out: Path, subjects: Iterable[str]) -> dict[str, str]:
    """Say which scanner each subject's first visit was made on, where a sidecar tells.

    Empty when there is only one, since one stratum says nothing that all do not.
    """
    found = {subject: _scanner(out, subject) for subject in subjects}
    return found if len(set(found.values())) > 1 else {}


def _scanner(out: Path, subject: str) -> str:
    folder = out / f"sub-{subject.removeprefix('sub-')}"
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


def with_clinical(cohort: Cohort, clinical: ClinicalTable) -> Cohort:
    """Add the numbers of a clinical table; a measure named like one of ours is set apart."""
    days = {(m.subject, m.visit): m.day for m in cohort.measurements}
    added = tuple(
        Measurement(
            subject=row.subject,
            visit=row.visit,
            day=days.get((row.subject, row.visit)),
            measure=f"{measure} (clinical)" if measure in (EDEMA, SPARCC) else measure,
            value=value,
        )
        for row in clinical.rows
        for measure, value in row.numbers.items()
    )
    return replace(cohort, measurements=(*cohort.measurements, *added))


STATISTIC_COLUMNS = (
    "statistic",
    "measure",
    "against",
    "region",
    "followup",
    "group",
    "n",
    "value",
    "ci_low",
    "ci_high",
    "p_value",
    "note",
    "source",
)
TIMELINE_COLUMNS = ("subject", "arm", "stratum", "visit", "day", "measure", "value")
CUMULATIVE_COLUMNS = ("measure", "followup", "group", "subject", "probability", "change")
AGREEMENT_COLUMNS = tuple(field.name for field in fields(AgreementPair))


def write_statistics(path: Path, statistics: Iterable[Statistic]) -> None:
    """Write one row per statistic; p values keep three digits however small they are."""
    rows = [asdict(s) | {"p_value": _p_value(s.p_value)} for s in statistics]
    write_table(path, rows, STATISTIC_COLUMNS)


def _p_value(p_value: float | None) -> str | None:
    if p_value is None:
        return None
    digits = np.format_float_positional(p_value, precision=3, fractional=False, trim="-")
    return str(digits)


def write_timelines(path: Path, cohort: Cohort) -> None:
    """Write every measure of every subject at every visit, in order of time."""
    order = {visit: k for k, visit in enumerate((cohort.baseline, *cohort.followups))}
    rows: list[Row] = [
        {
            "subject": m.subject,
            "arm": cohort.arms.get(m.subject),
            "stratum": cohort.strata.get(m.subject),
            "visit": m.visit,
            "day": m.day,
            "measure": m.measure,
            "value": m.value,
        }
        for m in sorted(
            (m for m in cohort.measurements if m.region == WHOLE),
            key=lambda m: (m.subject, order.get(m.visit, len(order)), m.visit, m.measure),
        )
    ]
    write_table(path, rows, TIMELINE_COLUMNS)


def write_cumulative(path: Path, cohort: Cohort) -> None:
    """Write the points of the cumulative probability plots, by measure, visit and arm."""
    rows: list[Row] = []
    arms = sorted(set(cohort.arms.values()))
    changes = sorted(
        (c for c in all_changes(cohort) if c.region == WHOLE), key=lambda c: (c.change, c.subject)
    )
    for measure, followup in sorted({(c.measure, c.followup) for c in changes}):
        for group in ("all", *arms):
            chosen = [
                c
                for c in changes
                if (c.measure, c.followup) == (measure, followup)
                and (group == "all" or cohort.arms.get(c.subject) == group)
            ]
            points = cumulative_probability([c.change for c in chosen])
            rows += [
                {
                    "measure": measure,
                    "followup": followup,
                    "group": group,
                    "subject": c.subject,
                    "probability": float(probability),
                    "change": c.change,
                }
                for c, (probability, _) in zip(chosen, points, strict=True)
            ]
    write_table(path, rows, CUMULATIVE_COLUMNS)


def write_agreement(path: Path, pairs: Iterable[AgreementPair]) -> None:
    """Write what was compared, one row per visit measured twice."""
    write_table(path, [asdict(pair) for pair in pairs], AGREEMENT_COLUMNS)
