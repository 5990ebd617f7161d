"""The room: who reads which case, cases that are open, and what is done to them."""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from mri_bme.agreement import ReadVisit, cases_to_adjudicate
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.recalled import RecalledSubject
from mri_bme.batch.status import read_statuses
from mri_bme.errors import MriBmeError, NothingUsable, UnreadableInput
from mri_bme.findings import CONSENSUS
from mri_bme.reading_room.ahead import Ahead, GiveWay
from mri_bme.reading_room.calibration import consensus_of
from mri_bme.reading_room.open_case import OpenCase
from mri_bme.readings.deal import Dealt, deal
from mri_bme.readings.measured import prepare_to_measure
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

MOST_OPEN = 4  # cases kept in memory; each takes some 200 MB at 336 x 336 x 25
WORKED_ON_S = 600.0  # as long as a case of each reader is kept beyond that
MOST_AHEAD = 2  # subjects that are ready before a reader opens them
Bools = NDArray[np.bool_]


class NoSuchCase(UnreadableInput):
    """A case that this reader was not dealt."""


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
        self._visits = _with_consensus(out, _subjects(out, task), task)
        self._subjects: WeakValueDictionary[str, RecalledSubject] = WeakValueDictionary()
        self._cases: WeakValueDictionary[tuple[str, str], OpenCase] = WeakValueDictionary()
        self._recent: OrderedDict[tuple[str, str], tuple[OpenCase, float]] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.RLock()
        self.ahead = Ahead(self._made_ready, most=MOST_AHEAD)

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
        reasons = self.reasons_to_adjudicate()
        differing = {folder: visits for folder, visits in self._visits.items() if folder in reasons}
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
        return cases_to_adjudicate(read, self.task.limits)

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
            self._keep(case)
            return case

    def _keep(self, case: OpenCase) -> None:
        """Keep the case that is used now, and those that were used last."""
        key, now_s = (case.dealt.reader, case.dealt.code), time.monotonic()
        with self._lock:
            self._cases[key] = case
            self._recent[key] = (case, now_s)
            self._recent.move_to_end(key)
            while len(self._recent) > MOST_OPEN:
                _, used_s = next(iter(self._recent.values()))
                if now_s - used_s < WORKED_ON_S and len(self._recent) <= len(self.readers):
                    break  # each reader has one open: none is taken up anew at every request
                self._recent.popitem(last=False)

    def look_ahead(self, case: OpenCase) -> None:
        """Make ready what the reader of a case opens next; once for each time it is opened."""
        with case.lock:
            if case.has_looked_ahead:
                return
            case.has_looked_ahead = True
        self.ahead.want(self._next_of(case.dealt.reader, after=case.dealt.code))

    def look_ahead_for_all(self) -> None:
        """Make ready what readers open first."""
        self.ahead.want([name for reader in self.readers for name in self._next_of(reader)])

    def _next_of(self, reader: str, *, after: str = "") -> list[str]:
        """Folder of the first case that a reader has not signed; none where all are."""
        try:
            cases = self.dealt_to(reader)
        except MriBmeError:  # a damaged reading is told to whoever asks for it
            return []
        at = next((n for n, dealt in enumerate(cases, start=1) if dealt.code == after), 0)
        later = (dealt for dealt in cases[at:] if self.state_of(dealt) != "signed")
        first = next(later, None)
        return [] if first is None else [first.folder]

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
        with self.ahead.waiting_for(folder):
            subject = self._taken_up(folder)
        self.ahead.taken(folder)
        return subject

    def _made_ready(self, folder: str, give_way: GiveWay) -> RecalledSubject:
        """Take a subject up, and what the first stroke on it needs."""
        subject = self._taken_up(folder, give_way)
        give_way()
        prepare_to_measure(subject.result, settings=subject.settings, remembered=subject.remembered)
        return subject

    def _taken_up(self, folder: str, give_way: GiveWay | None = None) -> RecalledSubject:
        with self._opening(folder):
            subject = self._subjects.get(folder)
            if subject is None:
                subject = recall_subject(self.out, folder, before_each=give_way)
                self._subjects[folder] = subject
            return subject


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


def _with_consensus(
    out: Path, visits: dict[str, tuple[str, ...]], task: Task
) -> dict[str, tuple[str, ...]]:
    """Of practice, keep the cases that have something to be compared with."""
    if not task.calibration:
        return visits
    summaries = list(find_readings(out))
    known = {
        folder: labels
        for folder, labels in visits.items()
        if any(consensus_of(summaries, folder, asked=task.ask).values())
    }
    if not known:
        raise NothingUsable(
            "practice (`calibration`) needs cases with a signed consensus of what the task asks, "
            "volume or SPARCC, and there is none: let an `adjudicator` read them first, in a study "
            "without `calibration`"
        )
    return known


def _state_on_disk(place: Place) -> str:
    try:
        summary: dict[str, Any] = json.loads((place.path / SUMMARY_NAME).read_bytes())
    except (OSError, ValueError):
        return "open" if (place.path / AUDIT_NAME).is_file() else "new"
    return "signed" if summary.get("signed") else "open"
