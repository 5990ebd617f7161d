"""What volumes, changes and verdicts hang on: ``sensitivity.csv``."""

from collections.abc import Iterator
from dataclasses import dataclass

from mri_bme.findings import AUTO, Interval, Verdict
from mri_bme.measurement_error import SOURCES
from mri_bme.pipeline import SubjectResult
from mri_bme.record.schema import Column, Table
from mri_bme.record.tables import Row
from mri_bme.record.visits import READ_BY, WHOLE

OF_VOLUME = "where it is a volume that moves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One number of a subject, moved by one source of error."""

    subject: str
    visit: str
    compared_with: str | None
    source: str
    value_ml: float
    ends_ml: Interval
    verdicts: tuple[Verdict, Verdict] | None = None
    flips: bool | None = None
    read_by: str = AUTO


def moved_numbers(subject: str, result: SubjectResult) -> Iterator[Moved]:
    """Every volume and every change of the whole of both joints, source by source."""
    for visit in result.visits:
        if visit.burden is None:
            continue
        value_ml = visit.burden.regions[WHOLE].edema_ml
        for source, ends in visit.burden.sensitivity.items():
            yield Moved(
                subject=subject,
                visit=visit.label,
                compared_with=None,
                source=source,
                value_ml=value_ml,
                ends_ml=ends,
                read_by=result.read_by,
            )
    for change in result.changes.values():
        for one in change.sensitivity:
            yield Moved(
                subject=subject,
                visit=change.followup,
                compared_with=change.baseline,
                source=one.source,
                value_ml=change.regions[WHOLE].change_ml or 0.0,
                ends_ml=one.change_ml,
                verdicts=one.verdicts,
                flips=one.flips(change.verdict),
                read_by=result.read_by,
            )


def _order(row: Row) -> str:
    return str(row["subject"])


SENSITIVITY = Table[Moved](
    name="sensitivity",
    holds="one row per subject, visit and source of error: how far the total volume, and the "
    "change of the total, move with that source alone",
    order=_order,
    columns=(
        Column(name="subject", meaning="pseudonym of the subject", read=lambda m: m.subject),
        Column(
            name="visit",
            meaning="label of the visit; of the follow-up where it is a change that moves",
            read=lambda m: m.visit,
        ),
        Column(
            name="compared_with",
            meaning="label of the baseline of a change",
            read=lambda m: m.compared_with,
            empty=OF_VOLUME,
        ),
        Column(name="source", meaning="what is moved", read=lambda m: m.source),
        Column(
            name="moved_by",
            meaning="what it is moved by: the ends of what it is uncertain by",
            read=lambda m: SOURCES[m.source],
        ),
        Column(
            name="value_ml",
            meaning="the volume or the change as it was measured",
            read=lambda m: m.value_ml,
        ),
        Column(name="low_ml", meaning="at the lower end", read=lambda m: m.ends_ml.low),
        Column(name="high_ml", meaning="at the upper end", read=lambda m: m.ends_ml.high),
        Column(
            name="verdict_low",
            meaning="what the change is called at the lower end",
            read=lambda m: None if m.verdicts is None else m.verdicts[0].value,
            empty=OF_VOLUME,
        ),
        Column(
            name="verdict_high",
            meaning="what the change is called at the upper end",
            read=lambda m: None if m.verdicts is None else m.verdicts[1].value,
            empty=OF_VOLUME,
        ),
        Column(
            name="flips",
            meaning="`true` where an end is called in another direction (less, more, none)",
            read=lambda m: m.flips,
            empty=OF_VOLUME,
        ),
        READ_BY,
    ),
)
