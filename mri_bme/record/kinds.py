"""What is told of findings other than edema: one table for each kind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mri_bme.finding_kind import FindingKind, KindFindings, Quantity
from mri_bme.pipeline import SubjectResult, VisitResult
from mri_bme.record.schema import Column, Table
from mri_bme.record.visits import NOT_MEASURED, visit_order
from mri_bme.sacroiliac import REGIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRegion:
    """One region at one visit, and what was found there of one kind."""

    subject: str
    visit: VisitResult
    region: str
    found: KindFindings | None

    @property
    def numbers(self) -> Mapping[str, float | None]:
        """Quantities by name; empty where nothing was measured."""
        return {} if self.found is None else self.found.regions.get(self.region, {})

    @property
    def reason(self) -> str:
        """Why nothing was measured."""
        return self.visit.reason if self.found is None else self.found.reason


def kind_regions(kind: FindingKind, subject: str, result: SubjectResult) -> Iterator[KindRegion]:
    """Every region of every visit, also where this kind could not be measured."""
    for visit in result.visits:
        for region in REGIONS:
            yield KindRegion(
                subject=subject, visit=visit, region=region, found=visit.others.get(kind.name)
            )


def kind_table(kind: FindingKind) -> Table[KindRegion]:
    """Describe the table of one kind."""
    return Table[KindRegion](
        name=kind.name,
        holds=f"one row per subject, visit and region: {kind.words}",
        columns=(
            Column(name="subject", meaning="pseudonym of the subject", read=lambda k: k.subject),
            Column(name="visit", meaning="label of the visit", read=lambda k: k.visit.label),
            Column(
                name="day",
                meaning="days since the baseline",
                read=lambda k: k.visit.visit.day,
                empty="where no date is known",
            ),
            Column(name="region", meaning="as in `visits.csv`", read=lambda k: k.region),
            *map(_column, kind.quantities),
            Column(
                name="evaluable",
                meaning="`true` where it was measured",
                read=lambda k: bool(k.numbers),
            ),
            Column(
                name="reason",
                meaning="why it was not",
                read=lambda k: k.reason,
                empty="where it was",
            ),
        ),
        order=visit_order,
    )


def _column(quantity: Quantity) -> Column[KindRegion]:
    return Column(
        name=quantity.name,
        meaning=quantity.meaning,
        read=lambda k: k.numbers.get(quantity.name),
        empty="; ".join(filter(None, (NOT_MEASURED, quantity.empty))),
    )
