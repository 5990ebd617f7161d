"""The tables of `mri-bme agreement`: readings, masks, what was overruled or differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mri_bme.agreement import MaskAgreement, Overruled
from mri_bme.record.schema import Column, Table
from mri_bme.record.tables import Row, write_table


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """What one reader said of one visit. `seconds` are of the whole case."""

    reader: str
    subject: str
    case: str
    visit: str
    repeat: int
    edema_ml: float | None
    sparcc: int | None
    berlin: int | None
    asas: bool | None
    impression: int | None
    quality: str | None
    seconds: float
    n_amendments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskPair:
    """Masks of one visit by two readers (or a reader and ``auto``, the program)."""

    subject: str
    visit: str
    first: str
    second: str
    masks: MaskAgreement


def _read_order(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("reader", "subject", "repeat", "visit"))


NOT_ASKED = "where it was not scored"

READ = Table[ReadRow](
    name="readings",
    holds="one row per signed reading and visit",
    columns=(
        Column(name="reader", meaning="code of the reader", read=lambda r: r.reader),
        Column(name="subject", meaning="pseudonym of the subject", read=lambda r: r.subject),
        Column(name="visit", meaning="label of the visit", read=lambda r: r.visit),
        Column(
            name="repeat", meaning="1, or 2 where it is a second reading", read=lambda r: r.repeat
        ),
        Column(
            name="edema_ml",
            meaning="volume of the reader's mask, measured as a run measures",
            read=lambda r: r.edema_ml,
            empty="where the visit could not be measured",
        ),
        Column(
            name="sparcc",
            meaning="SPARCC by eye, 0 to 72",
            read=lambda r: r.sparcc,
            empty=NOT_ASKED,
        ),
        Column(
            name="berlin",
            meaning="sum of Berlin grades, 0 to 24",
            read=lambda r: r.berlin,
            empty="where not every quadrant was graded",
        ),
        Column(
            name="asas",
            meaning="`true` where the scan was called positive for active sacroiliitis",
            read=lambda r: r.asas,
            empty=NOT_ASKED,
        ),
        Column(
            name="impression",
            meaning="activity by eye, 0 to 10",
            read=lambda r: r.impression,
            empty=NOT_ASKED,
        ),
        Column(
            name="quality",
            meaning="image quality: `good`, `limited` or `unreadable`",
            read=lambda r: r.quality,
            empty=NOT_ASKED,
        ),
        Column(
            name="seconds",
            meaning="time that the case took, pauses over a minute left out",
            read=lambda r: round(r.seconds, 1),
        ),
        Column(
            name="n_amendments",
            meaning="how often it was changed after it was signed",
            read=lambda r: r.n_amendments,
        ),
    ),
    order=_read_order,
)


def _pair_order(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("first", "second", "subject", "visit"))


NO_VOXEL = "where neither mask holds a voxel"

MASKS = Table[MaskPair](
    name="masks",
    holds="one row per visit and pair of readers, or of a reader and the program (`auto`)",
    columns=(
        Column(name="subject", meaning="pseudonym of the subject", read=lambda p: p.subject),
        Column(name="visit", meaning="label of the visit", read=lambda p: p.visit),
        Column(name="first", meaning="one of the two", read=lambda p: p.first),
        Column(name="second", meaning="the other", read=lambda p: p.second),
        Column(
            name="dice",
            meaning="overlap: twice the common voxels over all voxels of both, 0 to 1",
            read=lambda p: p.masks.dice,
            empty=NO_VOXEL,
        ),
        Column(
            name="surface_mean_mm",
            meaning="mean distance of each surface from the other",
            read=lambda p: p.masks.surface_mean_mm,
            empty="where a mask holds no voxel",
        ),
        Column(
            name="surface_95_mm",
            meaning="95th percentile of these distances",
            read=lambda p: p.masks.surface_95_mm,
            empty="where a mask holds no voxel",
        ),
        Column(
            name="first_counted_ml",
            meaning="voxels of the first mask",
            read=lambda p: p.masks.first_ml,
        ),
        Column(
            name="second_counted_ml",
            meaning="voxels of the second mask",
            read=lambda p: p.masks.second_ml,
        ),
        Column(name="n_first", meaning="lesions of the first mask", read=lambda p: p.masks.n_first),
        Column(
            name="n_first_matched",
            meaning="those with a voxel in the second",
            read=lambda p: p.masks.n_first_matched,
        ),
        Column(
            name="n_second", meaning="lesions of the second mask", read=lambda p: p.masks.n_second
        ),
        Column(
            name="n_second_matched",
            meaning="those with a voxel in the first",
            read=lambda p: p.masks.n_second_matched,
        ),
    ),
    order=_pair_order,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverruledRow:
    """One lesion on which a reader overruled the program."""

    reader: str
    subject: str
    visit: str
    overruled: Overruled


def _overruled_order(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("reader", "subject", "visit", "what", "lesion"))


OVERRULED = Table[OverruledRow](
    name="overruled",
    holds="one row per lesion on which a reader who saw the program's outlines overruled it",
    columns=(
        Column(name="reader", meaning="code of the reader", read=lambda r: r.reader),
        Column(name="subject", meaning="pseudonym of the subject", read=lambda r: r.subject),
        Column(name="visit", meaning="label of the visit", read=lambda r: r.visit),
        Column(
            name="what",
            meaning="`rejected` (the program kept it), `taken back` (the program dropped it) or "
            "`drawn` (the program saw no candidate there)",
            read=lambda r: r.overruled.what,
        ),
        Column(
            name="lesion",
            meaning="number of the lesion, of the candidate, or of the drawn part",
            read=lambda r: r.overruled.label,
        ),
        Column(
            name="volume_ml",
            meaning="its volume, as the program or, where drawn, the reader has it",
            read=lambda r: r.overruled.volume_ml,
        ),
        Column(
            name="rule",
            meaning="rule of the program that had dropped it",
            read=lambda r: r.overruled.rule or None,
            empty="where it was rejected",
        ),
        Column(
            name="reason",
            meaning="why the reader rejected it",
            read=lambda r: r.overruled.reason or None,
            empty="where none was given",
        ),
    ),
    order=_overruled_order,
)


def write_to_adjudicate(path: Path, reasons: Mapping[str, tuple[str, ...]]) -> None:
    """Write the subjects on which readers differ beyond a limit, and by how much."""
    rows: list[Row] = [
        {"subject": subject, "reason": "; ".join(why)} for subject, why in reasons.items()
    ]
    write_table(path, rows, ("subject", "reason"))
