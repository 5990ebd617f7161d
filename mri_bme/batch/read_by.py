"""Results as readers read them, in place of what the program found alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mri_bme.agreement import ReadVisit, Standing, mean_of, who_stands_behind
from mri_bme.batch.mean_rows import mean_rows
from mri_bme.batch.read_visits import read_visits
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.recalled import RecalledSubject
from mri_bme.batch.resolve import read_settings
from mri_bme.batch.status import OUTDATED, SubjectStatus, without_numbers
from mri_bme.errors import InvalidSettings, MriBmeError
from mri_bme.findings import AUTO, CONSENSUS
from mri_bme.pipeline import SubjectResult
from mri_bme.readings.audit import read_audit
from mri_bme.readings.kept_task import kept_task
from mri_bme.readings.measured import measured_as_read
from mri_bme.readings.reading import Reading, replayed
from mri_bme.readings.shelf import AUDIT_NAME, Place, find_readings, signed_anatomy, signed_masks
from mri_bme.readings.task import MEAN, Task
from mri_bme.record.subjects import rows_of
from mri_bme.record.tables import Row
from mri_bme.record.visits import READ_FROM
from mri_bme.settings import CompareSettings

READ_TABLES = ("visits", "changes", "lesions", "sensitivity")
"""Tables whose rows hang on whose edema it is."""
READING = "reading"
"""Stage of a subject that has no numbers because nobody of that name has read it."""
OF_SEVERAL = ("visits", "changes")
"""Those of them that tell a mean: lesions of several readers are not the same ones."""
OF_MEANS = (MEAN, CONSENSUS)
NOT_OF_SEVERAL = "lesions.csv and sensitivity.csv have no rows of this subject"


@dataclass(frozen=True, kw_only=True, eq=False)
class SignedReading:
    """A signed reading, and where it is kept."""

    place: Place
    reading: Reading


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredReading(SignedReading):
    """A signed reading, and what its masks come to."""

    result: SubjectResult

    def visits(self, subject: str) -> Iterator[ReadVisit]:
        """Tell it visit by visit, to be compared with other readings."""
        yield from read_visits(
            self.place.reader,
            subject,
            self.result,
            1 if self.place.is_first else 2,
            self.reading.scores,
            has_masks=self.reading.has_masks,
        )


def check_read_by(out: Path, read_by: str) -> None:
    """Raise `InvalidSettings` unless somebody of that code has read something."""
    readers = {place.reader for place, summary in find_readings(out) if summary["signed"]}
    of_several = OF_MEANS if readers - {CONSENSUS} else ()
    if read_by in (AUTO, *of_several, *readers):
        return
    known = ", ".join(dict.fromkeys((AUTO, *of_several, *sorted(readers))))
    raise InvalidSettings(f"nobody called {read_by} has signed a reading; choose one of {known}")


def as_read_by(
    out: Path, statuses: Iterable[SubjectStatus], read_by: str
) -> Iterator[SubjectStatus]:
    """Give statuses whose rows are those of a reader.

    Parameters
    ----------
    out : Path
        Results, with readings.
    statuses : iterable of SubjectStatus
        As the run left them.
    read_by : str
        ``auto``, a reader's code, ``mean`` (of all readers) or ``consensus``: what was adjudicated,
        and the mean of readers who agree within the limits of their task.

    Yields
    ------
    SubjectStatus
        A subject that was not read so stays in the tables, without numbers and with the
        reason.
    """
    task = kept_task(out) if read_by == CONSENSUS else None
    for status in statuses:
        yield status if read_by == AUTO else _as_read_by(out, status, read_by, task)


def _as_read_by(out: Path, status: SubjectStatus, read_by: str, task: Task | None) -> SubjectStatus:
    if status.status == "failed" or status.reason == OUTDATED:
        return _unread(status, status.reason, read_by)
    try:
        asked = _asked(_with_masks(out, status.folder), read_by, task)
        measured = list(_measured(out, status.folder, asked, None))
        standing = _standing(status.subject, measured, read_by, task)
    except MriBmeError as error:
        return _unread(status, str(error), read_by)
    if not standing.readers:
        return _unread(status, standing.reason, read_by)
    rows = [
        rows_of(status.subject, one.result)
        for one in measured
        if one.place.reader in standing.readers
    ]
    flags = status.flags
    if len(rows) > 1:
        told = mean_rows(rows, settings=_compared(out), read_by=read_by, how=standing.how)
        flags = (*flags, f"numbers are the {standing.how}: {NOT_OF_SEVERAL}")
    else:
        told = _told_by_one(rows[0], read_by, standing)
    read = {name: told.get(name, ()) for name in READ_TABLES}
    return status.model_copy(update={"rows": {**status.rows, **read}, "flags": flags})


def standing_behind(out: Path, status: SubjectStatus, read_by: str) -> Standing:
    """Tell whose masks stand behind a subject: of a mean, and of readers who agree, several.

    A single reader is taken at their word; whether they read the subject is not looked up.

    Raises
    ------
    UnreadableInput
        If a mask does not hold what was signed, or results are damaged.
    """
    if read_by not in OF_MEANS:
        return Standing(readers=(read_by,))
    task = kept_task(out) if read_by == CONSENSUS else None
    asked = _asked(_with_masks(out, status.folder), read_by, task)
    return _standing(
        status.subject, list(_measured(out, status.folder, asked, None)), read_by, task
    )


def _asked(signed: Sequence[SignedReading], read_by: str, task: Task | None) -> list[SignedReading]:
    """Choose whose readings are measured: of a consensus only the adjudicator's, if it is there."""
    own = [one for one in signed if one.place.reader == read_by]
    if own or read_by not in (MEAN, CONSENSUS):
        return own
    readers = [one for one in signed if one.place.reader != CONSENSUS]
    if read_by == MEAN or task is None:
        return readers
    return [one for one in readers if one.place.reader in task.readers]


def _standing(
    subject: str, measured: Sequence[MeasuredReading], read_by: str, task: Task | None
) -> Standing:
    if read_by == CONSENSUS:
        limits = (task or Task()).limits
        read = [visit for one in measured for visit in one.visits(subject)]
        return who_stands_behind(read, limits, readers=task.readers if task else ())
    readers = [one.place.reader for one in measured]
    if not readers:
        who = "anybody" if read_by == MEAN else read_by
        return Standing(reason=f"not read by {who}")
    return mean_of(readers) if read_by == MEAN else Standing(readers=tuple(readers))


def _told_by_one(
    rows: Mapping[str, Sequence[Row]], read_by: str, standing: Standing
) -> dict[str, tuple[Row, ...]]:
    """Give the rows of one reading, and say how it came to stand for several where it does."""
    said: Row = {"read_by": read_by, READ_FROM.name: standing.how}
    return {
        name: tuple(
            {**row, **said} if standing.how and name in OF_SEVERAL else row
            for row in rows.get(name, ())
        )
        for name in READ_TABLES
    }


def _compared(out: Path) -> CompareSettings:
    settings = read_settings(out)
    return CompareSettings() if settings is None else settings.compare


def _unread(status: SubjectStatus, reason: str, read_by: str) -> SubjectStatus:
    rows = {
        name: tuple({**without_numbers(row, reason), "read_by": read_by} for row in found)
        for name, found in status.rows.items()
        if name in OF_SEVERAL
    }
    why = {"status": "not_evaluable", "reason": reason, "stage": status.stage or READING}
    return status.model_copy(update={"rows": rows, **why})


def first_readings(out: Path, folder: str) -> Iterator[tuple[str, SubjectResult]]:
    """Measure the masks of signed first readings of a subject, by the code of their reader.

    Raises
    ------
    UnreadableInput
        If a mask does not hold what was signed, or results are damaged.
    """
    for one in _measured(out, folder, _with_masks(out, folder), None):
        yield one.place.reader, one.result


def all_readings(
    out: Path, folder: str, *, subject: RecalledSubject | None = None
) -> Iterator[MeasuredReading]:
    """Measure every signed reading of a subject, second ones too."""
    yield from _measured(out, folder, list(_signed(out, folder)), subject)


def readings_to_learn_from(
    out: Path, folder: str, *, subject: RecalledSubject
) -> Iterator[MeasuredReading]:
    """Measure the signed first reading of a subject by each reader.

    A second reading tells how well a reader repeats the first, and a consensus is made from
    those of the readers. Counted beside them, either would let a reader overrule each lesion
    twice; a consensus stands alone where no reader's own reading is signed.
    """
    signed = _with_masks(out, folder)
    own = [one for one in signed if one.place.reader != CONSENSUS]
    yield from _measured(out, folder, own or signed, subject)


def _with_masks(out: Path, folder: str) -> list[SignedReading]:
    """Find signed first readings of who read masks."""
    return [one for one in _signed(out, folder) if one.place.is_first and one.reading.has_masks]


def _signed(out: Path, folder: str) -> Iterator[SignedReading]:
    for place, summary in find_readings(out, folder=folder):
        reading = replayed(read_audit(place.path / AUDIT_NAME)) if summary["signed"] else None
        if reading is not None:
            yield SignedReading(place=place, reading=reading)


def _measured(
    out: Path, folder: str, signed: Sequence[SignedReading], subject: RecalledSubject | None
) -> Iterator[MeasuredReading]:
    if not signed:
        return
    subject = subject or recall_subject(out, folder)
    for one in signed:
        place, reading = one.place, one.reading
        masks = signed_masks(place, subject.grids)
        result = measured_as_read(
            subject.measured_on(signed_anatomy(reading, place, subject.grids)),
            {label: mask.voxels for label, mask in masks.items()},
            from_outlines=reading.from_outlines,
            settings=subject.settings,
        )
        yield MeasuredReading(
            place=place, reading=reading, result=replace(result, read_by=place.reader)
        )
