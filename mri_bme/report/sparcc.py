"""The slices that the SPARCC estimate looks at, and what each quadrant of them got."""

from collections.abc import Mapping
from dataclasses import dataclass

from mri_bme.findings import SparccSlice
from mri_bme.report.display import Display, display_slice
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
    """One slice: its number as acquired, the picture that shows it, cells, and their sum."""

    number: int
    level: int
    cells: tuple[str, ...]
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SparccTable:
    """The six slices of one visit; none where SPARCC was not estimated."""

    visit: str
    rows: tuple[SparccRow, ...]
    total: int


def sparcc_tables(
    visits: tuple[PageVisit, ...], display: Display | None
) -> tuple[SparccTable, ...]:
    """Tell of each visit which slices were scored and what they got."""
    levels = scored_levels(visits, display)
    tables = []
    for visit in visits:
        burden = visit.findings.burden
        if burden is None or not burden.sparcc_slices:
            continue
        label = visit.findings.label
        rows = tuple(
            SparccRow(
                number=one.index + 1,
                level=levels.get((label, number), 0),
                cells=_cells(one),
                points=one.points,
            )
            for number, one in enumerate(burden.sparcc_slices)
        )
        tables.append(SparccTable(visit=label, rows=rows, total=sum(row.points for row in rows)))
    return tuple(tables)


def scored_levels(
    visits: tuple[PageVisit, ...], display: Display | None
) -> dict[tuple[str, int], int]:
    """Picture of every scored slice, by visit and place among the six."""
    if display is None:
        return {}
    levels: dict[tuple[str, int], int] = {}
    for visit, move in zip(visits, display.visit_from_display, strict=True):
        burden, pixels = visit.findings.burden, visit.pixels
        if burden is None or pixels is None:
            continue
        rows, columns = pixels.volume.geometry.shape[1:]
        for number, one in enumerate(burden.sparcc_slices):
            middle = pixels.volume.geometry.points_lps([one.index, rows / 2, columns / 2])
            level = display_slice(display, move, middle)
            levels[visit.findings.label, number] = level
    return levels


def marks(levels: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], str]:
    """Caption the pictures of scored slices, by visit and picture."""
    return {
        (visit, level): f"SPARCC slice {number + 1} of {N_SLICES}"
        for (visit, number), level in levels.items()
    }


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
