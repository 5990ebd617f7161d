"""The order in which the scans of a study were made: weeks since its first one, never dates."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mri_bme.batch.inputs import SubjectUnit
from mri_bme.errors import UnreadableInput
from mri_bme.files import remove_outdated
from mri_bme.record.scan_weeks import SCAN_WEEKS, ScanWeek
from mri_bme.record.tables import read_table

DAYS_OF_WEEK = 7


def scan_weeks(units: Iterable[SubjectUnit]) -> tuple[ScanWeek, ...]:
    """Give the week of every dated visit; nothing where all are of one week."""
    days = {
        (unit.subject, visit.label): visit.calendar_day
        for unit in units
        for visit in unit.visits
        if visit.calendar_day is not None
    }
    first = min(days.values(), default=0)
    found = tuple(
        ScanWeek(subject=subject, visit=visit, week=(day - first) // DAYS_OF_WEEK)
        for (subject, visit), day in days.items()
    )
    return found if len({one.week for one in found}) > 1 else ()


def write_scan_weeks(out: Path, weeks: Sequence[ScanWeek]) -> None:
    """Write the weeks; without any, no file of an earlier input is left."""
    path = out / f"{SCAN_WEEKS.name}.csv"
    if weeks:
        SCAN_WEEKS.write(path, SCAN_WEEKS.rows(weeks))
    else:
        remove_outdated(path)


def read_scan_weeks(out: Path) -> Mapping[tuple[str, str], int]:
    """Read weeks by subject and visit; empty where none were written."""
    path = out / f"{SCAN_WEEKS.name}.csv"
    if not path.is_file():
        return {}
    rows = read_table(path, SCAN_WEEKS.names)
    try:
        return {(row["subject"], row["visit"]): int(row["week"]) for row in rows}
    except ValueError as error:
        raise UnreadableInput(f"{path.name} holds a week that is no number") from error
