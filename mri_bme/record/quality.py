"""What is told of how a scan looks: ``quality.csv``."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from mri_bme.check_appearance import Check
from mri_bme.pipeline import SubjectResult
from mri_bme.record.schema import Column, Table
from mri_bme.record.tables import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCheck:
    """One check at one visit of a subject."""

    subject: str
    visit: str
    check: Check


def visit_checks(subject: str, result: SubjectResult) -> Iterator[VisitCheck]:
    """Every check of every visit, in the order in which they were made."""
    for visit in result.visits:
        for check in visit.appearance.checks:
            yield VisitCheck(subject=subject, visit=visit.label, check=check)


def _limit(value: float) -> float | None:
    return value if isfinite(value) else None


def _order(row: Row) -> str:
    return str(row["subject"])


QUALITY = Table[VisitCheck](
    name="quality",
    holds="one row per subject, visit and check of how the scan looks, made before it is measured",
    order=_order,
    columns=(
        Column(name="subject", meaning="pseudonym of the subject", read=lambda c: c.subject),
        Column(name="visit", meaning="label of the visit", read=lambda c: c.visit),
        Column(name="check", meaning="what was checked", read=lambda c: c.check.name),
        Column(name="value", meaning="what was found", read=lambda c: c.check.value),
        Column(
            name="usual_from",
            meaning="least value that raises no doubt",
            read=lambda c: _limit(c.check.limits.usual[0]),
            empty="where there is no least",
        ),
        Column(
            name="usual_to",
            meaning="largest value that raises no doubt",
            read=lambda c: _limit(c.check.limits.usual[1]),
            empty="where there is no largest",
        ),
        Column(
            name="verdict",
            meaning="`fine`, `doubtful` (flagged) or `impossible` (the visit is refused)",
            read=lambda c: c.check.verdict.value,
        ),
        Column(
            name="reason",
            meaning="what a doubtful or impossible value means",
            read=lambda c: c.check.words,
            empty="where the value is fine",
        ),
    ),
)
