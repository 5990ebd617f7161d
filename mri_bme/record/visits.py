"""What is told of a visit: ``visits.csv``, and the same of each depth band in JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mri_bme.findings import AUTO, EdemaBurden, Interval, RegionBurden
from mri_bme.pipeline import SubjectResult, VisitResult
from mri_bme.record.schema import Column, Table, emptied, of_part
from mri_bme.record.tables import Cell, Row
from mri_bme.sacroiliac import REGIONS

WHOLE = "total"
NOT_MEASURED = "where the visit was not evaluable"
NO_EDEMA = "without edema in the region"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRegion:
    """One region of `sacroiliac.REGIONS` at one visit of a subject."""

    subject: str
    visit: VisitResult
    region: str
    read_by: str = AUTO

    @property
    def burden(self) -> RegionBurden | None:
        """What was measured there; None when the visit was not."""
        return None if self.visit.burden is None else self.visit.burden.regions[self.region]

    @property
    def whole_burden(self) -> EdemaBurden | None:
        """What was measured at the visit, on the row of the whole."""
        return self.visit.burden if self.region == WHOLE else None


def visit_regions(subject: str, result: SubjectResult) -> Iterator[VisitRegion]:
    """Every region of every visit, also of visits that could not be measured."""
    for visit in result.visits:
        for region in REGIONS:
            yield VisitRegion(subject=subject, visit=visit, region=region, read_by=result.read_by)


def low_end(interval: Interval | None) -> float | None:
    """Lower limit, where there is an interval."""
    return None if interval is None else interval.low


def high_end(interval: Interval | None) -> float | None:
    """Upper limit, where there is an interval."""
    return None if interval is None else interval.high


MEASURED: tuple[Column[RegionBurden], ...] = (
    Column(
        name="edema_ml",
        meaning="volume of edema, partial volume credited",
        read=lambda burden: burden.edema_ml,
    ),
    Column(
        name="edema_ci_low_ml",
        meaning="lower limit of the 95 % interval of `edema_ml`",
        read=lambda burden: low_end(burden.interval_ml),
        empty="without propagated uncertainty",
    ),
    Column(
        name="edema_ci_high_ml",
        meaning="upper limit of the 95 % interval of `edema_ml`",
        read=lambda burden: high_end(burden.interval_ml),
        empty="without propagated uncertainty",
    ),
    Column(
        name="roi_ml",
        meaning="volume of marrow that was searched",
        read=lambda burden: burden.roi_ml,
    ),
    Column(
        name="edema_fraction",
        meaning="share of the searched marrow that is edema, 0 to 1",
        read=lambda burden: burden.edema_fraction,
        empty="without marrow in the region",
    ),
    Column(
        name="relative_intensity_mean",
        meaning="mean intensity of edema in multiples of normal marrow",
        read=lambda burden: burden.relative_intensity_mean,
        empty=NO_EDEMA,
    ),
    Column(
        name="relative_intensity_max",
        meaning="highest intensity of edema in multiples of normal marrow",
        read=lambda burden: burden.relative_intensity_max,
        empty=NO_EDEMA,
    ),
    Column(
        name="n_lesions",
        meaning="lesions with a voxel in the region; one lesion may count in two regions",
        read=lambda burden: burden.n_lesions,
    ),
)
"""What is measured of a region or a depth band."""

SPARCC_ESTIMATE = Column[EdemaBurden](
    name="sparcc_estimate",
    meaning="SPARCC score (0 to 72) estimated from the mask, on the row of `total`",
    read=lambda burden: burden.sparcc_estimate,
    empty="for other regions, and where the slices cannot be scored",
)


READ_BY = Column[Any](
    name="read_by",
    meaning="whose edema was measured: `auto` (the program's), a reader's code, `mean` of the "
    "readers or their `consensus`",
    read=lambda one: one.read_by,
)

READ_FROM = Column[Any](
    name="read_from",
    meaning="how readers came to the numbers of `mean` and `consensus`: `mean of` these readers, "
    "`adjudicated`, or one reader `alone`",
    read=lambda _: None,  # told where readings are taken together
    empty="where one reader or the program measured, and where nothing is told",
)


def visit_order(row: Row) -> tuple[str, float, str, int]:
    """Sort by subject, day, visit and region."""
    return str(row["subject"]), *when(row["day"], row["visit"]), region_order(row)


def when(day: Cell, label: Cell) -> tuple[float, str]:
    """Sort by day, what has none last, then by label."""
    return (float(day) if isinstance(day, int | float) else float("inf")), str(label)


def region_order(row: Row) -> int:
    """Sort regions as `sacroiliac.REGIONS` does."""
    return list(REGIONS).index(str(row["region"]))


VISITS = Table[VisitRegion](
    name="visits",
    holds="one row per subject, visit and region",
    columns=(
        Column(name="subject", meaning="pseudonym of the subject", read=lambda v: v.subject),
        Column(
            name="visit",
            meaning="`baseline`, `week14`, or `day<N>`; with a manifest, as named there",
            read=lambda v: v.visit.label,
        ),
        Column(
            name="day",
            meaning="days since the baseline",
            read=lambda v: v.visit.visit.day,
            empty="where no date is known",
        ),
        Column(
            name="region",
            meaning="`total`, a side, a bone, a bone of one side, or a quadrant",
            read=lambda v: v.region,
        ),
        *emptied(of_part(MEASURED, lambda v: v.burden), NOT_MEASURED),
        *emptied(of_part((SPARCC_ESTIMATE,), lambda v: v.whole_burden), NOT_MEASURED),
        Column(
            name="evaluable",
            meaning="`true` where the visit was measured",
            read=lambda v: v.visit.burden is not None,
        ),
        Column(
            name="reason",
            meaning="why the visit could not be measured",
            read=lambda v: v.visit.reason,
            empty="where it was",
        ),
        READ_BY,
        READ_FROM,
    ),
    order=visit_order,
)
