"""Results as readers read them, in place of what the program found alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mri_bme.batch.mean_rows import mean_rows
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.recalled import RecalledSubject
from mri_bme.batch.resolve import read_settings
from mri_bme.batch.status import OUTDATED, SubjectStatus, without_numbers
from mri_bme.errors import InvalidSettings, MriBmeError
from mri_bme.findings import AUTO, CONSENSUS
from mri_bme.pipeline import SubjectResult
from mri_bme.readings.audit import read_audit
from mri_bme.readings.measured import measured_as_read
from mri_bme.readings.reading import replayed
from mri_bme.readings.shelf import AUDIT_NAME, Place, find_readings, signed_anatomy, signed_masks
from mri_bme.readings.task import MEAN
from mri_bme.record.subjects import rows_of
from mri_bme.settings import CompareSettings

READ_TABLES = ("visits", "changes", "lesions", "sensitivity")
"""Tables whose rows hang on whose edema it is."""


def check_read_by(out: Path, read_by: str) -> None:
    """Raise `InvalidSettings` unless somebody of that code has read something."""
    readers = {place.reader for place, summary in find_readings(out) if summary["signed"]}
    if read_by == AUTO or read_by in readers or (read_by == MEAN and readers - {CONSENSUS}):
        return
    known = ", ".join((AUTO, *((MEAN,) if readers - {CONSENSUS} else ()), *sorted(readers)))
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
        ``auto``, a reader's code, ``mean`` (of all readers) or ``consensus``.

    Yields
    ------
    SubjectStatus
        A subject that was not read so stays in the tables, without numbers and with the
        reason.
    """
    for status in statuses:
        yield status if read_by == AUTO else _as_read_by(out, status, read_by)


def _as_read_by(out: Path, status: SubjectStatus, read_by: str) -> SubjectStatus:
    if status.status == "failed" or status.reason == OUTDATED:
        return _unread(status, status.reason, read_by)
    try:
        results = dict(first_readings(out, status.folder))
    except MriBmeError as error:
        return _unread(status, str(error), read_by)
    if read_by == MEAN:
        results.pop(CONSENSUS, None)
        chosen = list(results.values())
    else:
        chosen = [results[read_by]] if read_by in results else []
    if not chosen:
        return _unread(status, f"not read by {read_by}", read_by)
    rows = [rows_of(status.subject, result) for result in chosen]
    told = rows[0] if read_by != MEAN else mean_rows(rows, settings=_compared(out))
    return status.model_copy(
        update={"rows": {**status.rows, **{name: told.get(name, ()) for name in READ_TABLES}}}
    )


def _compared(out: Path) -> CompareSettings:
    settings = read_settings(out)
    return CompareSettings() if settings is None else settings.compare


def _unread(status: SubjectStatus, reason: str, read_by: str) -> SubjectStatus:
    rows = {
        name: tuple({**without_numbers(row, reason), "read_by": read_by} for row in found)
        for name, found in status.rows.items()
        if name in ("visits", "changes")
    }
    return status.model_copy(update={"rows": rows, "status": "not_evaluable", "reason": reason})


def first_readings(out: Path, folder: str) -> Iterator[tuple[str, SubjectResult]]:
    """Measure the masks of signed first readings of a subject, by the code of their reader.

    Raises
    ------
    UnreadableInput
        If a mask does not hold what was signed, or results are damaged.
    """
    places = [place for place in _signed(out, folder, first=True) if _has_masks(place)]
    for place, result in _measured(out, folder, places, None):
        yield place.reader, result


def _has_masks(place: Place) -> bool:
    reading = replayed(read_audit(place.path / AUDIT_NAME))
    return reading is not None and reading.has_masks


def all_readings(
    out: Path, folder: str, *, subject: RecalledSubject | None = None
) -> Iterator[tuple[Place, SubjectResult]]:
    """Measure every signed reading of a subject, second ones too."""
    yield from _measured(out, folder, _signed(out, folder, first=False), subject)


def readings_to_learn_from(
    out: Path, folder: str, *, subject: RecalledSubject
) -> Iterator[tuple[Place, SubjectResult]]:
    """Measure the signed first reading of a subject by each reader.

    A second reading tells how well a reader repeats the first, and a consensus is made from
    those of the readers. Counted beside them, either would let a reader overrule each lesion
    twice; a consensus stands alone where no reader's own reading is signed.
    """
    signed = [place for place in _signed(out, folder, first=True) if _has_masks(place)]
    own = [place for place in signed if place.reader != CONSENSUS]
    yield from _measured(out, folder, own or signed, subject)


def _signed(out: Path, folder: str, *, first: bool) -> list[Place]:
    return [
        place
        for place, summary in find_readings(out)
        if place.folder == folder and summary["signed"] and (place.is_first or not first)
    ]


def _measured(
    out: Path, folder: str, places: Sequence[Place], subject: RecalledSubject | None
) -> Iterator[tuple[Place, SubjectResult]]:
    if not places:
        return
    subject = subject or recall_subject(out, folder)
    for place in places:
        reading = replayed(read_audit(place.path / AUDIT_NAME))
        masks = signed_masks(place, subject.grids)
        moved = {} if reading is None else signed_anatomy(reading, place, subject.grids)
        result = measured_as_read(
            subject.measured_on(moved),
            {label: mask.voxels for label, mask in masks.items()},
            from_outlines=reading is not None and reading.from_outlines,
            settings=subject.settings,
        )
        yield place, replace(result, read_by=place.reader)
