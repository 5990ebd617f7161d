"""What is told of a change: ``changes.csv``."""

from collections.abc import Iterator
from dataclasses import dataclass

from mri_bme.findings import AUTO, ProtocolChange, RegionChange, Verdict
from mri_bme.pipeline import SubjectResult
from mri_bme.record.schema import Column, Table, emptied, of_part
from mri_bme.record.tables import Row
from mri_bme.record.visits import READ_BY, READ_FROM, high_end, low_end, region_order, when
from mri_bme.sacroiliac import REGIONS

NO_FOLLOWUP = "no follow-up visit"
NOT_COMPARED = "where the change is not evaluable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRegion:
    """One region of a subject, the baseline against a follow-up; None when there was none."""

    subject: str
    baseline: str | None
    followup: str | None
    days: int | None
    region: str
    change: RegionChange
    read_by: str = AUTO
    protocol_changes: tuple[ProtocolChange, ...] = ()
    wider_by: float | None = None


def changed_regions(subject: str, result: SubjectResult) -> Iterator[ChangedRegion]:
    """Every region of every comparison, whether or not it could be made."""
    for change in result.changes.values():
        for region in REGIONS:
            yield ChangedRegion(
                subject=subject,
                baseline=change.baseline,
                followup=change.followup,
                days=change.days,
                region=region,
                change=change.regions[region],
                read_by=result.read_by,
                protocol_changes=change.protocol_changes,
                wider_by=change.wider_by if change.evaluable else None,
            )
    if not result.changes:
        for region in REGIONS:
            yield ChangedRegion(
                subject=subject,
                baseline=result.visits[0].label if result.visits else None,
                followup=None,
                days=None,
                region=region,
                change=RegionChange(verdict=Verdict.NOT_EVALUABLE, reason=NO_FOLLOWUP),
                read_by=result.read_by,
            )


COMPARED: tuple[Column[RegionChange], ...] = (
    *emptied(
        (
            Column(
                name="baseline_ml",
                meaning="edema at the baseline, in the marrow that both visits measured",
                read=lambda change: change.baseline_ml,
            ),
            Column(
                name="followup_ml",
                meaning="edema at the follow-up, in the marrow that both visits measured",
                read=lambda change: change.followup_ml,
            ),
            Column(
                name="change_ml",
                meaning="follow-up minus baseline",
                read=lambda change: change.change_ml,
            ),
            Column(
                name="change_ci_low_ml",
                meaning="lower limit of the 95 % interval of `change_ml`",
                read=lambda change: low_end(change.interval_ml),
                empty="without propagated uncertainty",
            ),
            Column(
                name="change_ci_high_ml",
                meaning="upper limit of the 95 % interval of `change_ml`",
                read=lambda change: high_end(change.interval_ml),
                empty="without propagated uncertainty",
            ),
            Column(
                name="change_percent",
                meaning="`change_ml` as a share of `baseline_ml`",
                read=lambda change: change.change_percent,
                empty="where the baseline lies below the detection limit",
            ),
        ),
        NOT_COMPARED,
    ),
    Column(
        name="covered_fraction",
        meaning="share of the region's marrow that both visits measured, 0 to 1",
        read=lambda change: change.covered_fraction,
        empty="where the visits were not compared",
    ),
    Column(
        name="verdict",
        meaning="`resolved`, `decreased`, `unchanged`, `increased`, `new`, `none` (no edema at "
        "either visit) or `not_evaluable`",
        read=lambda change: change.verdict.value,
    ),
    Column(
        name="evaluable",
        meaning="`true` where the change could be measured",
        read=lambda change: change.change_ml is not None,
    ),
    Column(
        name="reason",
        meaning="why it could not",
        read=lambda change: change.reason,
        empty="where it could",
    ),
    *emptied(
        (
            Column(
                name="common_roi_ml",
                meaning="marrow that both visits measured, the region of the change",
                read=lambda change: change.common_roi_ml,
            ),
            Column(
                name="baseline_only_ml",
                meaning="edema at the baseline in marrow that the follow-up did not measure",
                read=lambda change: change.baseline_only_ml,
            ),
            Column(
                name="followup_only_ml",
                meaning="edema at the follow-up in marrow that the baseline did not measure",
                read=lambda change: change.followup_only_ml,
            ),
            Column(
                name="detectable_ml",
                meaning="smallest detectable change of such a region at the mean of both volumes",
                read=lambda change: change.detectable_ml,
            ),
        ),
        NOT_COMPARED,
    ),
)
"""What is told of the change of one region."""


def _change_order(row: Row) -> tuple[str, float, str, int]:
    return str(row["subject"]), *when(row["days"], row["followup"]), region_order(row)


CHANGES = Table[ChangedRegion](
    name="changes",
    holds="one row per subject, follow-up and region: baseline against follow-up",
    columns=(
        Column(name="subject", meaning="pseudonym of the subject", read=lambda c: c.subject),
        Column(
            name="baseline",
            meaning="label of the earlier visit",
            read=lambda c: c.baseline,
            empty="without a visit",
        ),
        Column(
            name="followup",
            meaning="label of the later visit",
            read=lambda c: c.followup,
            empty="without a follow-up",
        ),
        Column(
            name="days",
            meaning="days between the two",
            read=lambda c: c.days,
            empty="where a date is not known",
        ),
        Column(
            name="region",
            meaning="`total`, a side, a bone, a bone of one side, or a quadrant",
            read=lambda c: c.region,
        ),
        *of_part(COMPARED, lambda c: c.change),
        READ_BY,
        Column(
            name="protocol_change",
            meaning="what differs in how the two visits were scanned: scanner, field strength, "
            "sequence, pixels, slices or slab, as far as the headers say",
            read=lambda c: "; ".join(change.words for change in c.protocol_changes),
            empty="where nothing does, and where the visits were not compared",
        ),
        Column(
            name="wider_by",
            meaning="how many times as wide the interval and the smallest detectable change are "
            "because of that",
            read=lambda c: c.wider_by,
            empty="where the visits were not compared",
        ),
        READ_FROM,
    ),
    order=_change_order,
)
