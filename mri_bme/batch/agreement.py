"""Readers of an output against each other and against the program: tables and a page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from mri_bme.agreement import (
    MaskAgreement,
    ReadVisit,
    cases_to_adjudicate,
    compare_masks,
    overruled_lesions,
    reader_agreement,
)
from mri_bme.batch.own_files import record_own, remove_own
from mri_bme.batch.pages import refresh_index
from mri_bme.batch.read_by import all_readings
from mri_bme.batch.read_visits import read_visits
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.status import STATUS_NAME, SubjectStatus, in_brief, read_status
from mri_bme.errors import NothingUsable
from mri_bme.findings import AUTO, CONSENSUS
from mri_bme.pipeline import SubjectResult
from mri_bme.readings.kept_task import kept_task
from mri_bme.readings.reading import Reading
from mri_bme.readings.scores import berlin_total, sparcc_total
from mri_bme.readings.shelf import Place, find_readings
from mri_bme.readings.strokes import Stroke
from mri_bme.readings.task import Task
from mri_bme.record.agreement import (
    MASKS,
    OVERRULED,
    READ,
    MaskPair,
    OverruledRow,
    ReadRow,
    write_to_adjudicate,
)
from mri_bme.record.statistics import write_statistics
from mri_bme.report.agreement_page import AgreementPage, write_agreement_page
from mri_bme.study import BASELINE

FOLDER = "agreement"
PAGE_NAME = "agreement.html"
FILES = ("agreement.csv", "readings.csv", "masks.csv", "overruled.csv", "adjudicate.csv", PAGE_NAME)


@dataclass(kw_only=True)
class _Found:
    """What was collected of all subjects."""

    read: list[ReadVisit] = field(default_factory=list)
    rows: list[ReadRow] = field(default_factory=list)
    pairs: list[MaskPair] = field(default_factory=list)
    overruled: list[OverruledRow] = field(default_factory=list)


@dataclass(kw_only=True)
class AgreementMemory:
    """What was collected of subjects, for as long as nobody signs or amends another reading."""

    held: dict[str, tuple[Any, _Found]] = field(default_factory=dict)
    statuses: dict[str, tuple[int, SubjectStatus]] = field(default_factory=dict)

    def collect(self, out: Path) -> Iterator[str]:
        """Measure what was signed or amended since, a subject at a time; gives their folders."""
        for status, stamp in self._signed(out):
            if not self._holds(status.folder, stamp):
                found = _Found()
                _collect(out, status.subject, status.folder, found)
                self.held[status.folder] = (stamp, found)
                yield status.folder

    def told(self, out: Path) -> tuple[_Found, int]:
        """Give what is held of every subject, and how many subjects are still to be measured."""
        found, n_left = _Found(), 0
        for status, stamp in self._signed(out):
            if not self._holds(status.folder, stamp):
                n_left += 1
                continue
            of_subject = self.held[status.folder][1]
            for name in ("read", "rows", "pairs", "overruled"):
                getattr(found, name).extend(getattr(of_subject, name))
        return found, n_left

    def _signed(self, out: Path) -> Iterator[tuple[SubjectStatus, Any]]:
        """Subjects of whom a reading is signed, and what tells it from readings of later."""
        for folder, stamp in sorted(_signed(out).items()):
            status = self._status(out, folder)
            if status is not None and status.status != "failed":
                yield status, stamp

    def _status(self, out: Path, folder: str) -> SubjectStatus | None:
        """Read a subject's status, once for as long as it stays as it is."""
        path = out / folder / STATUS_NAME
        written = path.stat().st_mtime_ns if path.is_file() else 0
        known = self.statuses.get(folder)
        if known is not None and known[0] == written:
            return known[1]
        status = read_status(out, folder)
        if status is not None:
            self.statuses[folder] = (written, in_brief(status))
        return status

    def _holds(self, folder: str, stamp: Any) -> bool:
        return folder in self.held and self.held[folder][0] == stamp


def _signed(out: Path) -> dict[str, tuple[Any, ...]]:
    """Signed readings of each subject, and their versions."""
    found: dict[str, tuple[Any, ...]] = {}
    for place, summary in find_readings(out):
        if summary["signed"]:
            told = (place.reader, place.name, summary.get("version"))
            found[place.folder] = (*found.get(place.folder, ()), told)
    return found


def agreement_page(
    out: Path, *, limits: Mapping[str, float] | None = None, memory: AgreementMemory | None = None
) -> AgreementPage:
    """Measure every signed reading of an output, and how far readers agree.

    Parameters
    ----------
    out : Path
        Folder that `mri-bme run` wrote.
    limits : mapping or None
        Largest difference between two readers, by measure, that needs no adjudication; of what
        is not named that of the task that they read by (`kept_task`).
    memory : AgreementMemory or None
        What was collected before, for a page that is asked for again and again: it tells of what
        is held, and how many subjects are still to be measured. None measures all.

    Raises
    ------
    UnreadableInput
        If a mask or log is not what was signed.
    """
    limits = {**(kept_task(out) or Task()).limits, **(limits or {})}
    if memory is None:
        memory = AgreementMemory()
        for _ in memory.collect(out):
            pass
    found, n_left = memory.told(out)
    people = [one for one in found.read if one.reader != CONSENSUS]
    return AgreementPage(
        statistics=reader_agreement(found.read, baseline=_baseline(found.read)),
        read=tuple(found.read),
        rows=tuple(found.rows),
        masks=tuple(found.pairs),
        overruled=tuple(found.overruled),
        to_adjudicate=cases_to_adjudicate(people, limits),
        limits=limits,
        baseline=_baseline(found.read),
        n_left=n_left,
    )


def write_agreement_of_readers(
    out: Path, *, limits: Mapping[str, float] | None = None
) -> tuple[Path, int]:
    """Measure every signed reading of an output, and how far readers agree.

    Parameters
    ----------
    out : Path
        Folder that `mri-bme run` wrote, with signed readings.
    limits : mapping or None
        Largest difference between two readers, by measure, that needs no adjudication; of what
        is not named that of the task that they read by (`kept_task`).

    Returns
    -------
    Path, int
        The page, and how many readings it stands on.

    Raises
    ------
    NothingUsable
        If nobody has signed a reading.
    UnreadableInput
        If a mask or log is not what was signed.
    """
    page = agreement_page(out, limits=limits)
    if not page.rows:
        raise NothingUsable(
            "no reading has been signed there; `mri-bme read` opens the room in which readers sign"
        )
    folder = out / FOLDER
    remove_own(folder, FILES)  # what somebody changed there is set aside
    write_statistics(folder / "agreement.csv", page.statistics)
    READ.write(folder / "readings.csv", READ.rows(page.rows))
    MASKS.write(folder / "masks.csv", MASKS.rows(page.masks))
    OVERRULED.write(folder / "overruled.csv", OVERRULED.rows(page.overruled))
    write_to_adjudicate(folder / "adjudicate.csv", page.to_adjudicate)
    write_agreement_page(page, folder / PAGE_NAME)
    record_own(folder, FILES)
    refresh_index(out)
    return folder / PAGE_NAME, len({(row.reader, row.case) for row in page.rows})


def _baseline(read: Sequence[ReadVisit]) -> str:
    visits = [one.visit for one in read]
    return BASELINE if BASELINE in visits or not visits else visits[0]


def _collect(out: Path, subject: str, folder: str, found: _Found) -> None:
    recalled = recall_subject(out, folder)
    readings = list(all_readings(out, folder, subject=recalled))
    found.read += read_visits(AUTO, subject, recalled.result, 1, {})
    results: dict[str, SubjectResult] = {AUTO: recalled.result}
    for one in readings:
        place, reading, result = one.place, one.reading, one.result
        repeat = 1 if place.is_first else 2
        found.read += one.visits(subject)
        found.rows += _rows(place, subject, result, reading, repeat)
        program = recalled.measured_on(reading.moved)
        found.overruled += _overruled(place, subject, program, reading)
        if not reading.has_masks:
            continue
        name = place.reader if repeat == 1 else f"{place.reader} again"
        results[name] = result
    for first, second in combinations(results, 2):
        found.pairs += _mask_pairs(subject, first, second, results)


def _rows(
    place: Place, subject: str, result: SubjectResult, reading: Reading, repeat: int
) -> Iterator[ReadRow]:
    for visit in result.visits:
        if visit.label not in reading.masks:
            continue
        scores = reading.scores.get(visit.label, {})
        is_measured = visit.burden is not None and reading.has_masks
        total = visit.burden.regions["total"] if visit.burden and is_measured else None
        yield ReadRow(
            reader=place.reader,
            subject=subject,
            case=place.name,
            visit=visit.label,
            repeat=repeat,
            edema_ml=None if total is None else total.edema_ml,
            sparcc=sparcc_total(scores.get("sparcc")),
            berlin=berlin_total(scores.get("berlin")),
            asas=scores.get("asas"),
            impression=scores.get("impression"),
            quality=scores.get("quality"),
            seconds=reading.seconds,
            n_amendments=reading.n_signed - 1,
        )


def _overruled(
    place: Place, subject: str, program: SubjectResult, reading: Reading
) -> Iterator[OverruledRow]:
    """Compare who had the program's outlines before them with it, on the anatomy as they had it."""
    if not reading.from_outlines:
        return
    for visit in program.visits:
        mask = reading.masks.get(visit.label)
        if mask is None or visit.segmentation is None:
            continue
        reasons = [
            (stroke.off, stroke.reason)
            for stroke in reading.done
            if isinstance(stroke, Stroke) and stroke.visit == visit.label and stroke.reason
        ]
        for one in overruled_lesions(visit.segmentation, mask, reasons):
            yield OverruledRow(
                reader=place.reader, subject=subject, visit=visit.label, overruled=one
            )


def _mask_pairs(
    subject: str, first: str, second: str, results: Mapping[str, SubjectResult]
) -> Iterator[MaskPair]:
    for a, b in zip(results[first].visits, results[second].visits, strict=True):
        if a.segmentation is not None and b.segmentation is not None:
            compared: MaskAgreement = compare_masks(a.segmentation.mask, b.segmentation.mask)
            yield MaskPair(
                subject=subject, visit=a.label, first=first, second=second, masks=compared
            )
