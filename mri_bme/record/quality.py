"""What is told of how a scan looks: ``quality.csv``."""

from collections.abc import Iterator
from dataclasses import dataclass

from mri_bme.pipeline import SubjectResult
from mri_bme.record.looked import Looked, looked_at
from mri_bme.record.schema import Column, Table
from mri_bme.record.tables import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCheck:
    """One check at one visit of a subject."""

    subject: str
    visit: str
    looked: Looked


def visit_checks(subject: str, result: SubjectResult) -> Iterator[VisitCheck]:
    """Every check of every visit, in the order in which they were made."""
    for visit in result.visits:
        for looked in looked_at(visit):
            yield VisitCheck(subject=subject, visit=visit.label, looked=looked)


def _order(row: Row) -> str:
    return str(row["subject"])


QUALITY = Table[VisitCheck](
    name="quality",
    holds="one row per subject, visit and check of how the scan looks, made before it is measured; "
    "`marrow_snr`, `sharpness`, `fat`, `joint_seen_mm` and `t1_fit` have a row at every visit that "
    "was looked at",
    order=_order,
    columns=(
        Column(name="subject", meaning="pseudonym of the subject", read=lambda c: c.subject),
        Column(name="visit", meaning="label of the visit", read=lambda c: c.visit),
        Column(name="check", meaning="what was checked", read=lambda c: c.looked.name),
        Column(
            name="value",
            meaning="what was found",
            read=lambda c: c.looked.value,
            empty="where it could not be known",
        ),
        Column(
            name="usual_from",
            meaning="least value that raises no doubt",
            read=lambda c: c.looked.usual[0],
            empty="where there is no least",
        ),
        Column(
            name="usual_to",
            meaning="largest value that raises no doubt",
            read=lambda c: c.looked.usual[1],
            empty="where there is no largest",
        ),
        Column(
            name="verdict",
            meaning="`fine`, `doubtful` (flagged), `impossible` (the visit is refused) or "
            "`unknown` (it could not be looked at)",
            read=lambda c: c.looked.verdict,
        ),
        Column(
            name="reason",
            meaning="what a doubtful or impossible value means, or why it is unknown",
            read=lambda c: c.looked.reason,
            empty="where the value is fine",
        ),
        Column(
            name="refused_below",
            meaning="a smaller value refuses the visit",
            read=lambda c: c.looked.possible[0],
            empty="where none does",
        ),
        Column(
            name="refused_above",
            meaning="a larger value refuses the visit",
            read=lambda c: c.looked.possible[1],
            empty="where none does",
        ),
    ),
)
