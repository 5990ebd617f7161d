"""The result tables: visits.csv, changes.csv and lesions.csv, and a visit's candidates.

Numbers are plain decimals in mL and mm, a missing value is an empty cell, truth is
``true`` or ``false``. The same results give the same bytes.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mri_bme.compare_visits import lesion_voxels
from mri_bme.errors import UnreadableInput
from mri_bme.files import write_text
from mri_bme.findings import (
    ChangeReport,
    ComparedVisit,
    EdemaBurden,
    EdemaSegmentation,
    Interval,
    Lesion,
    LesionFate,
    RegionBurden,
    RegionChange,
)
from mri_bme.pipeline import SubjectResult, VisitResult
from mri_bme.sacroiliac import QUADRANTS, REGIONS

Cell = str | int | float | bool | None
Row = dict[str, Cell]

VISIT_COLUMNS = (
    "subject",
    "visit",
    "day",
    "region",
    "edema_ml",
    "edema_ci_low_ml",
    "edema_ci_high_ml",
    "roi_ml",
    "edema_fraction",
    "relative_intensity_mean",
    "relative_intensity_max",
    "n_lesions",
    "sparcc_estimate",
    "evaluable",
    "reason",
)
CHANGE_COLUMNS = (
    "subject",
    "baseline",
    "followup",
    "days",
    "region",
    "baseline_ml",
    "followup_ml",
    "change_ml",
    "change_ci_low_ml",
    "change_ci_high_ml",
    "change_percent",
    "covered_fraction",
    "verdict",
    "evaluable",
    "reason",
)
LESION_COLUMNS = (
    "subject",
    "visit",
    "lesion",
    "side",
    "bone",
    "quadrant",
    "volume_ml",
    "depth_mm",
    "distance_to_joint_mm",
    "relative_intensity_mean",
    "centroid_lps_mm",
    "fate",
    "matched_lesion",
)
CANDIDATE_COLUMNS = (
    "candidate",
    "kept",
    "rule",
    "reason",
    "side",
    "bone",
    "quadrant",
    "counted_ml",
    "depth_mm",
    "distance_to_joint_mm",
    "relative_intensity_mean",
    "centroid_lps_mm",
)
DECIMALS = 6  # mL: a thousandth of a cubic millimetre
PREFERRED_FOLLOWUP = "week14"


def visit_rows(subject: str, result: SubjectResult) -> list[Row]:
    """One row per visit and region, also for visits that could not be measured."""
    rows: list[Row] = []
    for visit in result.visits:
        for region in REGIONS:
            row: Row = {
                "subject": subject,
                "visit": visit.label,
                "day": visit.visit.day,
                "region": region,
                "evaluable": visit.burden is not None,
                "reason": visit.reason,
            }
            if visit.burden is not None:
                row |= _burden_cells(visit.burden, region)
            rows.append(row)
    return rows


def _burden_cells(burden: EdemaBurden, region: str) -> Row:
    found: RegionBurden = burden.regions[region]
    low, high = _ends(found.interval_ml)
    return {
        "edema_ml": found.edema_ml,
        "edema_ci_low_ml": low,
        "edema_ci_high_ml": high,
        "roi_ml": found.roi_ml,
        "edema_fraction": found.edema_fraction,
        "relative_intensity_mean": found.relative_intensity_mean,
        "relative_intensity_max": found.relative_intensity_max,
        "n_lesions": found.n_lesions,
        "sparcc_estimate": burden.sparcc_estimate if region == "total" else None,
    }


def change_rows(subject: str, result: SubjectResult) -> list[Row]:
    """One row per follow-up and region, also where the change is not evaluable."""
    return [
        {
            "subject": subject,
            "baseline": change.baseline,
            "followup": change.followup,
            "days": change.days,
            "region": region,
            **_change_cells(change.regions[region]),
        }
        for change in result.changes.values()
        for region in REGIONS
    ]


def _change_cells(change: RegionChange) -> Row:
    low, high = _ends(change.interval_ml)
    return {
        "baseline_ml": change.baseline_ml,
        "followup_ml": change.followup_ml,
        "change_ml": change.change_ml,
        "change_ci_low_ml": low,
        "change_ci_high_ml": high,
        "change_percent": change.change_percent,
        "covered_fraction": change.covered_fraction,
        "verdict": change.verdict.value,
        "evaluable": change.change_ml is not None,
        "reason": change.reason,
    }


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)


def lesion_rows(subject: str, result: SubjectResult) -> list[Row]:
    """One row per lesion and visit.

    Volumes credit partial volume, as those of the visits do, and where a lesion has a fate
    they are of the marrow covered at both visits: by fate, they add up to the change of the
    total. The baseline's lesions get their fate from week 14, or else from the first follow-up
    that could be compared. A lesion outside the marrow that both visits cover, or of a
    visit without comparison, has no fate.
    """
    fates = _fates(result)
    return [
        _lesion_cells(
            subject,
            visit,
            lesion,
            found=fates.get((visit.label, lesion.label)),
            volumes_ml=volumes_ml,
        )
        for visit in result.visits
        for lesions, volumes_ml in (_credited(visit),)
        for lesion in lesions
    ]


def _credited(visit: VisitResult) -> tuple[tuple[Lesion, ...], dict[int, float]]:
    """Lesions of a visit, and their volumes with partial volume credited."""
    if visit.segmentation is None or visit.rois is None:
        return (), {}
    whole = ComparedVisit(label=visit.label, segmentation=visit.segmentation, rois=visit.rois)
    return visit.segmentation.lesions, lesion_voxels(whole).volumes_ml()


FoundFate = tuple[LesionFate, ChangeReport]


def _fates(result: SubjectResult) -> dict[tuple[str, int], FoundFate]:
    fates: dict[tuple[str, int], FoundFate] = {}
    for change in sorted(result.changes.values(), key=_is_not_preferred):
        for fate in change.fates:
            fates.setdefault((fate.visit, fate.label), (fate, change))
    return fates


def _is_not_preferred(change: ChangeReport) -> bool:
    return change.followup != PREFERRED_FOLLOWUP


def _lesion_cells(
    subject: str,
    visit: VisitResult,
    lesion: Lesion,
    *,
    found: FoundFate | None,
    volumes_ml: Mapping[int, float],
) -> Row:
    quadrant = QUADRANTS[lesion.quadrant]
    row: Row = {
        "subject": subject,
        "visit": visit.label,
        "lesion": _lonely_id(visit.label, lesion.label),
        "side": quadrant.side.value,
        "bone": quadrant.bone.value,
        "quadrant": quadrant.name,
        "volume_ml": volumes_ml.get(lesion.label, lesion.volume_ml),
        "depth_mm": lesion.depth_mm,
        "distance_to_joint_mm": lesion.distance_to_joint_mm,
        "relative_intensity_mean": lesion.relative_intensity_mean,
        "centroid_lps_mm": " ".join(f"{v:.2f}" for v in lesion.centroid_lps_mm),
    }
    if found is not None:
        fate, change = found
        matched = ";".join(_partner_ids(fate, change))
        row |= {
            "lesion": fate.lesion_id,
            "volume_ml": fate.volume_ml,
            "fate": fate.fate.value,
            "matched_lesion": matched,
        }
    return row


def _partner_ids(fate: LesionFate, change: ChangeReport) -> list[str]:
    return [
        other.lesion_id
        for other in change.fates
        if other.visit != fate.visit and other.label in fate.matched
    ]


def _lonely_id(visit: str, label: int) -> str:
    return f"L{label}" if visit == "baseline" else f"{visit}.{label}"


def candidate_rows(found: EdemaSegmentation) -> list[Row]:
    """One row per part above the cut-off, kept (they come first) or dropped, and why.

    `candidate` is the label of the lesion, or of the dropped candidate (``D3``). Volumes
    count voxels; every feature that the rules look at has a column of its own.
    """
    rows = [_candidate_cells(str(lesion.label), lesion, kept=True) for lesion in found.lesions]
    return rows + [_candidate_cells(f"D{d.label}", d, kept=False) for d in found.dropped]


def _candidate_cells(name: str, candidate: Lesion, *, kept: bool) -> Row:
    quadrant = QUADRANTS[candidate.quadrant]
    return {
        **candidate.features,
        "candidate": name,
        "kept": kept,
        "rule": candidate.rule,
        "reason": candidate.reason,
        "side": quadrant.side.value,
        "bone": quadrant.bone.value,
        "quadrant": quadrant.name,
        "counted_ml": candidate.volume_ml,
        "depth_mm": candidate.depth_mm,
        "distance_to_joint_mm": candidate.distance_to_joint_mm,
        "relative_intensity_mean": candidate.relative_intensity_mean,
        "centroid_lps_mm": " ".join(f"{v:.2f}" for v in candidate.centroid_lps_mm),
    }


def write_candidates(path: Path, found: EdemaSegmentation) -> None:
    """Write the candidates of one visit, tab-separated; features follow the fixed columns."""
    rows = candidate_rows(found)
    features = [name for row in rows for name in row if name not in CANDIDATE_COLUMNS]
    columns = (*CANDIDATE_COLUMNS, *dict.fromkeys(features))
    write_table(path, rows, columns, delimiter="\t")


def write_visits(path: Path, rows: Iterable[Row]) -> None:
    """Write visits.csv, sorted by subject, day, visit and region."""
    write_table(path, sorted(rows, key=_visit_order), VISIT_COLUMNS)


def write_changes(path: Path, rows: Iterable[Row]) -> None:
    """Write changes.csv, sorted by subject, days, follow-up and region."""
    write_table(path, sorted(rows, key=_change_order), CHANGE_COLUMNS)


def write_lesions(path: Path, rows: Iterable[Row]) -> None:
    """Write lesions.csv, sorted by subject and visit; lesions keep their order."""
    write_table(path, sorted(rows, key=lambda row: str(row["subject"])), LESION_COLUMNS)


def _visit_order(row: Row) -> tuple[str, float, str, int]:
    return str(row["subject"]), *_when(row["day"], row["visit"]), _region_order(row)


def _change_order(row: Row) -> tuple[str, float, str, int]:
    return str(row["subject"]), *_when(row["days"], row["followup"]), _region_order(row)


def _when(day: Cell, label: Cell) -> tuple[float, str]:
    return (float(day) if isinstance(day, int | float) else float("inf")), str(label)


def _region_order(row: Row) -> int:
    return list(REGIONS).index(str(row["region"]))


def write_table(
    path: Path, rows: Iterable[Row], columns: Sequence[str], *, delimiter: str = ","
) -> None:
    """Write rows under a header, whole or not at all; absent columns are empty cells."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows([_as_text(row.get(column)) for column in columns] for row in rows)
    write_text(path, text.getvalue())


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return _as_decimal(cell)
    return str(cell)


def _as_decimal(number: float) -> str:
    text = f"{number:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read a table as text; every column of `columns` must be there, others may.

    Raises
    ------
    UnreadableInput
        If the file is missing, not text, or lacks a column.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            rows = [{k: v or "" for k, v in row.items() if k is not None} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableInput(f"{path.name} cannot be read as CSV; make it again") from error
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        raise UnreadableInput(f"{path.name} lacks the column(s) {', '.join(missing)}")
    return rows
