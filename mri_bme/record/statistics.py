"""The tables of `mri-bme stats`: statistics, timelines, cumulative probabilities, agreement."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from mri_bme.record.tables import Row, write_table
from mri_bme.summarize_cohort import (
    WHOLE,
    AgreementPair,
    Cohort,
    Statistic,
    all_changes,
    cumulative_probability,
)

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
    "n_left_out",
    "note",
    "source",
)
LEFT_OUT_COLUMNS = (
    "statistic",
    "measure",
    "against",
    "region",
    "followup",
    "group",
    "subject",
    "reason",
)
TIMELINE_COLUMNS = ("subject", "arm", "stratum", "visit", "day", "measure", "value")
CUMULATIVE_COLUMNS = ("measure", "followup", "group", "subject", "probability", "change")
AGREEMENT_COLUMNS = tuple(field.name for field in fields(AgreementPair))


def write_statistics(path: Path, statistics: Iterable[Statistic]) -> None:
    """Write one row per statistic; p values keep three digits however small they are."""
    rows = [_row(s) for s in statistics]
    write_table(path, rows, STATISTIC_COLUMNS)


def _row(found: Statistic) -> Row:
    row: Row = {name: getattr(found, name) for name in STATISTIC_COLUMNS if name != "n_left_out"}
    n_left_out = None if found.left_out is None else len(found.left_out)
    return row | {"p_value": _p_value(found.p_value), "n_left_out": n_left_out}


def _p_value(p_value: float | None) -> str | None:
    if p_value is None:
        return None
    digits = np.format_float_positional(p_value, precision=3, fractional=False, trim="-")
    return str(digits)


def write_left_out(path: Path, statistics: Iterable[Statistic]) -> None:
    """Write one row per subject that a statistic leaves out, with the reason."""
    rows = [_row(s) | asdict(lost) for s in statistics for lost in s.left_out or ()]
    write_table(path, [{c: row[c] for c in LEFT_OUT_COLUMNS} for row in rows], LEFT_OUT_COLUMNS)


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
