"""The room: who reads which case, cases that are open, and what is done to them."""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from mri_bme.agreement import ReadVisit, cases_to_adjudicate
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.recalled import RecalledSubject
from mri_bme.batch.status import read_statuses
from mri_bme.errors import MriBmeError, NothingUsable, OutputRefused, UnreadableInput
from mri_bme.findings import CONSENSUS
from mri_bme.pipeline import SubjectResult, VisitResult
from mri_bme.readings.deal import Dealt, deal
from mri_bme.readings.layers import Anatomy
from mri_bme.readings.measured import measured_as_read, prepare_to_measure
from mri_bme.readings.reading import Reading
from mri_bme.readings.scores import sparcc_total
from mri_bme.readings.shelf import (
    AUDIT_NAME,
    SUMMARY_NAME,
    Kept,
    Place,
    find_readings,
    take_up,
)
from mri_bme.readings.task import Task
from mri_bme.readings.tools import above_cutoff

MOST_OPEN = 6  # cases kept in memory; each takes some 200 MB at 336 x 336 x 25
Bools = NDArray[np.bool_]


class NoSuchCase(UnreadableInput):
    """A case that this reader was not dealt."""


@dataclass(kw_only=True, eq=False)
class OpenCase:
    """A case that a reader has open: the scans, the reading, and what it comes to.

    `lock` is held by whoever changes it, never while something is measured or written.
    """

    dealt: Dealt
    subject: RecalledSubject
    kept: Kept
    lock: threading.RLock = field(default_factory=threading.RLock)
    trouble: str = ""
    _measuring: threading.RLock = field(default_factory=threading.RLock)
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _measured: "Measured | None" = None
    _written: int = -1
    _program: tuple[Mapping[str, Anatomy], SubjectResult] | None = None
    _logged_ml: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def visits(self) -> tuple[str, ...]:
        """Labels of the visits that have a scan, in the order in which they are shown."""
        return tuple(v for v in self.dealt.visits if v in self.subject.grids)

    @property
    def program(self) -> SubjectResult:
        """What the program finds on the anatomy as the reader has it now."""
        return self._program_on(self.kept.reading.moved)

    def _program_on(self, moved: Mapping[str, Anatomy]) -> SubjectResult:
        if self._program is not None and is_same_anatomy(self._program[0], moved):
            return self._program[1]
        found = self.subject.measured_on(moved)
        self._program = (moved, found)
        return found

    def found(self, visit: str) -> VisitResult:
        """Give what the program finds at a visit."""
        return next(v for v in self.program.visits if v.label == visit)

    def anatomy(self, visit: str) -> Anatomy | None:
        """Give the anatomy of a visit, as the reader has it now, measurable or not."""
        moved = self.kept.reading.moved
        rois = None if visit in moved else self.found(visit).rois
        if rois is None:
            return moved.get(visit)
        nowhere = np.zeros(rois.geometry.shape, dtype=bool)
        reference = nowhere if rois.reference is None else rois.reference.voxels
        return Anatomy(quadrants=rois.quadrants, reference=reference)

    def above(self, visit: str) -> Bools:
        """Tell which voxels lie above the program's cut-off."""
        found = self.found(visit)
        if found.segmentation is None or found.rois is None:
            return np.zeros(self.kept.reading.masks[visit].shape, dtype=bool)
        return above_cutoff(found.segmentation, found.rois, self.subject.settings.segment)

    def measured(self) -> "Measured":
        """Give what the reading comes to as it is now; asked twice at once, it is measured once."""
        with self._measuring:
            with self.lock:
                reading = self.kept.reading.as_it_is()
            if self._measured is not None and self._measured.reading.version == reading.version:
                return self._measured
            found = measured_as_read(
                self._program_on(reading.moved),
                reading.masks,
                from_outlines=reading.from_outlines,
                settings=self.subject.settings,
                remembered=self.subject.remembered,
            )
            self._measured = Measured(reading=reading, result=found)
            return self._measured

    @property
    def written(self) -> int:
        """Version that masks and summary on the disk tell of; -1 where it is not known."""
        return self._written

    def write(self) -> None:
        """Write masks and summary beside the log, with the numbers that they come to.

        The log is told what an act made of the volumes, from what to what. Nobody waits for it:
        whoever changes the reading meanwhile is not held up, and what they change is written next.

        Raises
        ------
        OutputRefused
            If the disk does not take it.
        """
        with self._writing:
            measured = self.measured()
            reading, edema = measured.reading, measured.edema_ml
            if self._written == reading.version:
                return
            if edema != self._logged_ml:
                told = {"from_ml": self._logged_ml, "to_ml": edema, "version": reading.version}
                with self.lock:
                    self.kept.add({"what": "measured", **told})
                self._logged_ml = edema
            with _without_names():
                self.kept.write_files(
                    self.subject.grids, edema_ml=edema, reading=reading, afresh=reading.is_signed
                )
            self._written = reading.version

    def keep_up(self) -> None:
        """Write what is not written yet, and prepare for the next stroke; after an answer.

        A signed reading stays as it was written when it was signed. `trouble` says why a disk
        did not take it; the log has every stroke.
        """
        try:
            if self.kept.reading.is_signed and self._written < 0 and self.kept.is_told():
                self._written = self.kept.reading.version
            self.write()
            self.trouble = ""
        except MriBmeError as error:
            self.trouble = str(error)
        prepare_to_measure(
            self.program, settings=self.subject.settings, remembered=self.subject.remembered
        )


@contextmanager
def _without_names() -> Iterator[None]:
    """Say that files were not written without their names, which tell subject and visit."""
    try:
        yield
    except OutputRefused as error:
        why = error.__cause__.strerror if isinstance(error.__cause__, OSError) else ""
        raise OutputRefused(
            f"the masks of this case could not be written{f' ({why})' if why else ''}; the log of "
            "the reading has every stroke, and they are written as soon as the disk takes them"
        ) from error


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """A reading as it was when it was measured, and what it came to."""

    reading: Reading
    result: SubjectResult

    @property
    def edema_ml(self) -> dict[str, float]:
        """Total volume of each visit that could be measured."""
        return {
            visit.label: visit.burden.regions["total"].edema_ml
            for visit in self.result.visits
            if visit.burden is not None
        }


class Room:
    """Everything that the server knows. Safe to use from several threads.

    Parameters
    ----------
    out : Path
        Folder that `mri-bme run` wrote.
    task : Task
        Who reads what, and what they see.
    key : bytes
        Secret of the room.

    Raises
    ------
    NothingUsable
        If no subject of the folder can be read.
    """

    def __init__(self, out: Path, task: Task, *, key: bytes) -> None:
        self.out, self.task, self.key = out, task, key
        self._visits = _subjects(out, task)
        self._subjects: WeakValueDictionary[str, RecalledSubject] = WeakValueDictionary()
        self._cases: WeakValueDictionary[tuple[str, str], OpenCase] = WeakValueDictionary()
        self._recent: OrderedDict[tuple[str, str], OpenCase] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.RLock()

    @property
    def readers(self) -> tuple[str, ...]:
        """Codes of everybody who has a link."""
        more = () if self.task.adjudicator is None else (self.task.adjudicator,)
        return (*self.task.readers, *more)

    def is_adjudicator(self, reader: str) -> bool:
        """Tell whether a reader reads what the others disagree on."""
        return reader == self.task.adjudicator

    def dealt_to(self, reader: str) -> tuple[Dealt, ...]:
        """Cases of a reader, in their order."""
        if not self.is_adjudicator(reader):
            return deal(self.task, reader, self._visits, key=self.key)
        differing = {f: v for f, v in self._visits.items() if f in self.reasons_to_adjudicate()}
        plain = self.task.model_copy(update={"repeat_share": 0.0})
        return deal(plain, reader, differing, key=self.key)

    def reasons_to_adjudicate(self) -> Mapping[str, tuple[str, ...]]:
        """Why cases go to the adjudicator, by the folder of the subject."""
        read = []
        for place, summary in find_readings(self.out):
            if not summary["signed"] or place.reader == CONSENSUS or not place.is_first:
                continue
            for visit, held in summary["visits"].items():
                values = {"edema_ml": held.get("edema_ml")} if "masks" in self.task.ask else {}
                values["sparcc"] = sparcc_total(held["scores"].get("sparcc"))
                told = {name: float(v) for name, v in values.items() if v is not None}
                read.append(
                    ReadVisit(reader=place.reader, subject=place.folder, visit=visit, values=told)
                )
        beyond = {
            "edema_ml": self.task.adjudicate_beyond_ml,
            "sparcc": self.task.adjudicate_beyond_sparcc,
        }
        return cases_to_adjudicate(read, beyond)

    def place_of(self, dealt: Dealt) -> Place:
        """Where the reading of a case is kept; the adjudicator's is the consensus."""
        reader = CONSENSUS if self.is_adjudicator(dealt.reader) else dealt.reader
        return Place(out=self.out, reader=reader, folder=dealt.folder, name=dealt.name)

    def state_of(self, dealt: Dealt) -> str:
        """Tell whether a case is ``new``, ``open`` or ``signed``."""
        case = self._cases.get((dealt.reader, dealt.code))
        if case is not None:
            return "signed" if case.kept.reading.is_signed else "open"
        return _state_on_disk(self.place_of(dealt))

    def case(self, reader: str, code: str) -> OpenCase:
        """Open a case of a reader.

        Raises
        ------
        NoSuchCase
            If the reader was not dealt it.
        UnreadableInput
            If results or reading are damaged.
        """
        with self._opening(f"{reader} {code}"):
            case = self._cases.get((reader, code))  # also one that somebody still works on
            if case is None:
                dealt = next((d for d in self.dealt_to(reader) if d.code == code), None)
                if dealt is None:
                    raise NoSuchCase("there is no such case for this reader")
                case = self._opened(dealt)
            with self._lock:
                self._cases[reader, code] = case
                self._recent[reader, code] = case
                self._recent.move_to_end((reader, code))
                while len(self._recent) > MOST_OPEN:
                    self._recent.popitem(last=False)
            return case

    def _opening(self, what: str) -> threading.Lock:
        """Give the lock of what is opened: others that are open already do not wait for it."""
        with self._lock:
            lock = self._locks.get(what)
            if lock is None:
                lock = threading.Lock()
                self._locks[what] = lock
            return lock

    def readings_of(self, folder: str) -> dict[str, Kept]:
        """Signed readings of a subject by its readers, for the adjudicator."""
        found = {}
        subject = self._subject(folder)
        for place, summary in find_readings(self.out):
            is_first = place.folder == folder and place.name == folder
            if is_first and place.reader != CONSENSUS and summary["signed"]:
                found[place.reader] = take_up(
                    place, self._start(subject, empty=True), from_outlines=False
                )
        return found

    def _opened(self, dealt: Dealt) -> OpenCase:
        subject = self._subject(dealt.folder)
        empty = self.task.is_blind or self.is_adjudicator(dealt.reader)
        kept = take_up(
            self.place_of(dealt), self._start(subject, empty=empty), from_outlines=not empty
        )
        return OpenCase(dealt=dealt, subject=subject, kept=kept)

    def _start(self, subject: RecalledSubject, *, empty: bool) -> dict[str, Bools]:
        masks = {}
        for visit in subject.result.visits:
            if visit.label not in subject.grids:
                continue
            shape = subject.grids[visit.label].geometry.shape
            found = None if visit.segmentation is None else visit.segmentation.mask.voxels
            masks[visit.label] = np.zeros(shape, bool) if empty or found is None else found.copy()
        return masks

    def _subject(self, folder: str) -> RecalledSubject:
        with self._opening(folder):
            subject = self._subjects.get(folder)
            if subject is None:
                subject = recall_subject(self.out, folder)
                self._subjects[folder] = subject
            return subject


def is_same_anatomy(one: Mapping[str, Anatomy], other: Mapping[str, Anatomy]) -> bool:
    """Tell whether two states of a reading rest on the same anatomy."""
    return one.keys() == other.keys() and all(one[visit] is other[visit] for visit in one)


def _subjects(out: Path, task: Task) -> dict[str, tuple[str, ...]]:
    """Labels of visits by folder, of the subjects of a task that have results."""
    found = {}
    names: set[str] = set()
    for status in read_statuses(out):
        if status.status == "failed":
            continue
        if task.subjects and not {status.subject, status.folder} & set(task.subjects):
            continue
        names |= {status.subject, status.folder}
        found[status.folder] = status.visits
    missing = [name for name in task.subjects if name not in names]
    if missing:
        raise NothingUsable(
            f"the task names subjects without results: {', '.join(missing[:5])}; see subjects.csv"
        )
    if not found:
        raise NothingUsable("there is no subject to read; give the folder that `mri-bme run` wrote")
    return found


def _state_on_disk(place: Place) -> str:
    try:
        summary: dict[str, Any] = json.loads((place.path / SUMMARY_NAME).read_bytes())
    except (OSError, ValueError):
        return "open" if (place.path / AUDIT_NAME).is_file() else "new"
    return "signed" if summary.get("signed") else "open"
