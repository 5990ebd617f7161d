"""Everything that was found in an export, in about a hundred bytes a frame.

A large export has a hundred thousand files. As objects, their frames take a kilobyte
each; here they are rows of bytes, turned into frames again series by series.
"""

import marshal
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, overload

from mri_bme.intake.dicom.frames import Acquisition, Frame
from mri_bme.intake.dicom.header import DICOMDIR, FileFound
from mri_bme.intake.dicom.paths import FilePaths
from mri_bme.study import Instances

SeriesKey = tuple[str, str, str]
Row = tuple[Any, ...]
_LENGTH_BYTES = 4
_FIELDS = (
    *("frame", "sop_uid", "position", "instance_number", "acquisition_number"),
    *("temporal_index", "trigger_time_ms", "time", "dimensions", "damage"),
)
_values = attrgetter(*_FIELDS)


@dataclass(frozen=True, slots=True)
class DamagedFile:
    """A file that should have been an image; `series_uid` is empty where it ends before that."""

    number: int
    reason: str
    series_uid: str
    has_frames: bool
    patient_id: str = ""


@dataclass(slots=True)
class Catalogue:
    """What every file holds; filled by `add` in any order, emptied series by series.

    `torn` says of series that were put together again what told their slices apart.
    """

    paths: FilePaths
    skipped: Counter[str] = field(default_factory=Counter)
    damaged: list[DamagedFile] = field(default_factory=list)
    directories: list[int] = field(default_factory=list)
    acquisitions: list[Acquisition] = field(default_factory=list)
    torn: dict[SeriesKey, str] = field(default_factory=dict)
    _numbers: dict[Acquisition, int] = field(default_factory=dict)
    _rows: dict[SeriesKey, bytearray] = field(default_factory=lambda: defaultdict(bytearray))

    def add(self, first: int, found: Sequence[FileFound]) -> None:
        """Take what files hold, beginning with the one of number `first`."""
        for number, item in enumerate(found, start=first):
            if item.frames:
                self._add_frames(number, item.frames)
            else:
                self.skipped[item.kind] += 1
                if item.kind == DICOMDIR:
                    self.directories.append(number)
            reason = item.damage or next((f.damage for f in item.frames if f.damage), None)
            if reason:
                self.damaged.append(
                    DamagedFile(number, reason, item.series_uid, bool(item.frames), item.patient_id)
                )

    def _add_frames(self, number: int, frames: Sequence[Frame]) -> None:
        last, acquisition, rows = None, 0, bytearray()
        for frame in frames:
            if frame.acquisition is not last:  # the frames of an object share a few
                last = frame.acquisition
                acquisition = self._number_of(last)
                rows = self._rows[_key_of(last)]
            rows += _packed(frame, number, acquisition)

    def _number_of(self, acquisition: Acquisition) -> int:
        if self.acquisitions and acquisition is self.acquisitions[-1]:
            return len(self.acquisitions) - 1
        number = self._numbers.setdefault(acquisition, len(self.acquisitions))
        if number == len(self.acquisitions):
            self.acquisitions.append(acquisition)
        return number

    @property
    def keys(self) -> list[SeriesKey]:
        """Patient, study and UID of every series."""
        return sorted(self._rows)

    def join_nameless(self) -> None:
        """Give frames without PatientID to the one patient with whom they share their series."""
        owners: dict[tuple[str, str], list[str]] = defaultdict(list)
        for patient, study, series in self._rows:
            owners[study, series].append(patient)
        for (study, series), patients in owners.items():
            named = [patient for patient in patients if patient]
            if study and series and "" in patients and len(named) == 1:
                rows = self._rows.pop(("", study, series))
                self._rows[named[0], study, series] += rows

    def join_torn(self) -> None:
        """Put slices of one series together that carry different patients or studies.

        They must share no instance number, no place, and be of one day: poor exporters
        give one UID to different series. Whose the series is, nobody can tell.
        """
        parts: dict[str, list[SeriesKey]] = defaultdict(list)
        for key in self._rows:
            parts[key[2]].append(key)
        for series, keys in parts.items():
            if len(keys) > 1 and "." in series and self._are_halves(keys):
                largest, *others = sorted(keys, key=lambda k: (-len(self._rows[k]), k))
                patients = {patient for patient, _, _ in keys}
                what = "PatientIDs" if len(patients) > 1 else "study UIDs"
                for other in others:
                    self._rows[largest] += self._rows.pop(other)
                self.torn[largest] = f"its slices carry {len(keys)} different {what}; correct them"

    def _are_halves(self, keys: Sequence[SeriesKey]) -> bool:
        numbers: list[int | None] = []
        places: list[Any] = []
        days = set()
        for key in keys:
            rows = list(rows_of(self._rows[key]))
            numbers += {row[5] for row in rows}
            places += {row[4] for row in rows}
            days |= {self.acquisitions[row[1]].study_date for row in rows}
        is_told_apart = None not in numbers and None not in places and len(days) == 1
        return is_told_apart and all(len(set(v)) == len(v) for v in (numbers, places))

    def take(self, key: SeriesKey, labels: Mapping[int, str]) -> list[Frame]:
        """Give the frames of a series, in file order, and forget them.

        `labels` names damaged files in words that may be shown.
        """
        frames = [self.frame(row) for row in rows_of(self._rows.pop(key))]
        for frame in frames:
            if frame.damage:
                frame.damage = f"{labels[frame.number]}: {frame.damage}"
            if frame.acquisition.patient_id != key[0]:
                frame.acquisition = self._named(frame.acquisition, key[0])
        return sorted(frames, key=lambda frame: (frame.number, frame.frame or 0))

    def _named(self, acquisition: Acquisition, patient: str) -> Acquisition:
        number = self._number_of(replace(acquisition, patient_id=patient))
        return self.acquisitions[number]

    def packed(self, frames: Iterable[Frame]) -> "PackedFrames":
        """Keep frames in little memory again."""
        rows = bytearray()
        for frame in frames:
            rows += _packed(frame, frame.number, self._number_of(frame.acquisition))
        return PackedFrames(self, bytes(rows))

    def instances(self) -> set[str]:
        """Digests of the SOP instance UIDs of every file not yet taken."""
        frames = (row[3] for rows in self._rows.values() for row in rows_of(rows))
        return {uid.partition("#")[0] for uid in frames}

    def frame(self, row: Row) -> Frame:
        """Make a frame of its row."""
        number, acquisition, frame, uid, position, *order, dimensions, damage = row
        instance_number, acquisition_number, temporal_index, trigger_time_ms, time = order
        return Frame(
            path=self.paths.text(number),
            number=number,
            frame=frame,
            acquisition=self.acquisitions[acquisition],
            sop_uid=uid,
            position=position,
            instance_number=instance_number,
            acquisition_number=acquisition_number,
            temporal_index=temporal_index,
            trigger_time_ms=trigger_time_ms,
            time=time,
            dimensions=dimensions,
            damage=damage,
        )


class PackedFrames(Sequence[Frame]):
    """Frames as rows; made again, each time, when they are asked for."""

    __slots__ = ("_catalogue", "_rows")

    def __init__(self, catalogue: Catalogue, rows: bytes) -> None:
        self._catalogue, self._rows = catalogue, rows

    def __iter__(self) -> Iterator[Frame]:
        return map(self._catalogue.frame, rows_of(self._rows))

    def __len__(self) -> int:
        return sum(1 for _ in _places(self._rows))

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Frame, ...]: ...
    def __getitem__(self, index: int | slice) -> Frame | tuple[Frame, ...]:
        return next(iter(self)) if index == 0 else tuple(self)[index]

    def instances(self) -> Instances:
        """Say where the pixels of each frame are."""
        places = [(row[0], row[2], row[5]) for row in rows_of(self._rows)]
        paths = map(self._catalogue.paths.text, (number for number, _, _ in places))
        numbers = (number if frame is None else frame + 1 for _, frame, number in places)
        return Instances(paths, (frame for _, frame, _ in places), numbers)


def _key_of(a: Acquisition) -> SeriesKey:
    return a.patient_id, a.study_uid, a.series_uid or f"{a.series_number} {a.description}"


def _packed(frame: Frame, number: int, acquisition: int) -> bytes:
    row = marshal.dumps((number, acquisition, *_values(frame)))
    return len(row).to_bytes(_LENGTH_BYTES, "little") + row


def _places(rows: bytes | bytearray) -> Iterator[tuple[int, int]]:
    """Begin and end of every row."""
    end = 0
    while end < len(rows):
        begin = end + _LENGTH_BYTES
        end = begin + int.from_bytes(rows[end:begin], "little")
        yield begin, end


def rows_of(rows: bytes | bytearray) -> Iterator[Row]:
    """Give the number of the file, that of the acquisition, and what else a frame has."""
    for begin, end in _places(rows):
        yield marshal.loads(rows[begin:end])  # noqa: S302  (our own rows)
