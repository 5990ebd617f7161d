"""The slices that the SPARCC estimate looks at, and what each quadrant of them got."""

from dataclasses import dataclass

from mri_bme.findings import SparccSlice
from mri_bme.report.page import PageVisit
from mri_bme.sacroiliac import Bone, Level, Quadrant, Side
from mri_bme.score_edema.sparcc import DIVIDED_FROM_MM, JOINT_STARTS_MM, N_SLICES

FROM_THE_RIGHT = (
    (Side.RIGHT, Bone.ILIUM),
    (Side.RIGHT, Bone.SACRUM),
    (Side.LEFT, Bone.SACRUM),
    (Side.LEFT, Bone.ILIUM),
)
"""Bones of both joints, as they stand on a picture."""
QUADRANT_COLUMNS = tuple(
    Quadrant(side, bone, level) for side, bone in FROM_THE_RIGHT for level in Level
)
SIDES = (Side.RIGHT, Side.LEFT)
NOT_SCORED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SparccRow:
    """One slice: its number as acquired, cells, and their sum."""

    number: int
    cells: tuple[str, ...]
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SparccTable:
    """The six slices of one visit; none where SPARCC was not estimated."""

    visit: str
    rows: tuple[SparccRow, ...]
    total: int


def sparcc_tables(visits: tuple[PageVisit, ...]) -> tuple[SparccTable, ...]:
    """Tell of each visit which slices were scored and what they got."""
    tables = []
    for visit in visits:
        burden = visit.findings.burden
        if burden is None or not burden.sparcc_slices:
            continue
        rows = tuple(
            SparccRow(number=one.index + 1, cells=_cells(one), points=one.points)
            for one in burden.sparcc_slices
        )
        total = sum(row.points for row in rows)
        tables.append(SparccTable(visit=visit.findings.label, rows=rows, total=total))
    return tuple(tables)


def slice_marks(visit: PageVisit) -> dict[int, str]:
    """Caption the scored slices of a visit, by their number as acquired from 0."""
    burden = visit.findings.burden
    scored = () if burden is None else burden.sparcc_slices
    return {one.index: f"SPARCC slice {n} of {N_SLICES}" for n, one in enumerate(scored, start=1)}


def _cells(one: SparccSlice) -> tuple[str, ...]:
    quadrants = tuple(_cell(one, quadrant) for quadrant in QUADRANT_COLUMNS)
    added = tuple(
        str(int(side.value in got)) if one.joint_mm[side.value] >= JOINT_STARTS_MM else NOT_SCORED
        for got in (one.intense, one.deep)
        for side in SIDES
    )
    return quadrants + added


def _cell(one: SparccSlice, quadrant: Quadrant) -> str:
    """1 or 0; blank where the joint is too low to be scored, or to have a lower half."""
    height = one.joint_mm[quadrant.side.value]
    needed = DIVIDED_FROM_MM if quadrant.level is Level.LOWER else JOINT_STARTS_MM
    return NOT_SCORED if height < needed else str(int(quadrant.name in one.quadrants))
