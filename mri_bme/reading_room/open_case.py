"""A case that a reader has open: what is shown, what was changed, and what that comes to."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mri_bme.batch.recalled import RecalledSubject
from mri_bme.errors import MriBmeError, OutputRefused
from mri_bme.pipeline import SubjectResult, VisitResult
from mri_bme.readings.deal import Dealt
from mri_bme.readings.layers import Anatomy
from mri_bme.readings.measured import measured_as_read, prepare_to_measure
from mri_bme.readings.reading import Reading
from mri_bme.readings.shelf import Kept
from mri_bme.readings.tools import above_cutoff

Bools = NDArray[np.bool_]


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
    has_looked_ahead: bool = False
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


def is_same_anatomy(one: Mapping[str, Anatomy], other: Mapping[str, Anatomy]) -> bool:
    """Tell whether two states of a reading rest on the same anatomy."""
    return one.keys() == other.keys() and all(one[visit] is other[visit] for visit in one)
