"""What was scanned: series, visits and subjects. No pixels, no personal data."""

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import overload

from mri_bme.volume import VolumeGeometry

BASELINE, WEEK14 = "baseline", "week14"


def main_followup(labels: Iterable[str]) -> str | None:
    """Name the follow-up that a subject is judged by: week 14, else the last; None without.

    `labels` are those of the follow-ups, in order of time.
    """
    known = list(labels)
    return WEEK14 if WEEK14 in known else known[-1] if known else None


class Contrast(StrEnum):
    """What a series makes bright, judged from physics before names."""

    STIR = "STIR"
    T2_FS = "T2-FS"
    DIXON_WATER = "Dixon-water"
    PD_FS = "PD-FS"
    T1 = "T1"
    T1_FS = "T1-FS"
    T2 = "T2"
    LOCALIZER = "localizer"
    OTHER = "other"


FLUID_SENSITIVE = frozenset({Contrast.STIR, Contrast.T2_FS, Contrast.DIXON_WATER, Contrast.PD_FS})


class Plane(StrEnum):
    """How the slices lie in the patient."""

    SEMICORONAL = "semicoronal"
    CORONAL = "coronal"
    AXIAL = "axial"
    SAGITTAL = "sagittal"
    UNKNOWN = "unknown"


class ProtocolPart(StrEnum):
    """What may differ in how two visits were scanned."""

    SCANNER = "scanner"
    FIELD = "field strength"
    SEQUENCE = "sequence"
    RESOLUTION = "pixels"
    SLICES = "slices"
    SLAB = "slab"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedWith:
    """What a header says of how a series was scanned; empty or None where it says nothing.

    `sequence` is the contrast and how fat was made dark (``STIR``, ``T2-FS, SPAIR``),
    `echo_time_ms` its effective echo time.
    """

    manufacturer: str = ""
    model: str = ""
    field_tesla: float | None = None
    sequence: str = ""
    echo_time_ms: float | None = None
    slice_thickness_mm: float | None = None


NOT_SAID = ScannedWith()
"""Of a scan without a header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """Where the pixels of one slice are: a file and, in a multi-frame file, a frame.

    `number` is what a PACS shows of it: its instance number, or that of the frame.
    """

    path: Path
    frame: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSeries:
    """What a reader is told of a series, nothing of it personal.

    `words` name it as in the PACS, `images` are the numbers of its slices in the order of
    the volume (empty where they are not known), and `window` the intensities that the
    scanner proposed to show black and white. `is_laid` tells that its voxels were laid on the
    slices of another series, so that they are images of its own no more.
    """

    words: str = ""
    images: tuple[int, ...] = ()
    window: tuple[float, float] | None = None
    is_laid: bool = False


class PackedPaths(Sequence[Path]):
    """Paths that mostly share a folder, at a few bytes each."""

    __slots__ = ("_n", "_rest", "_shared")

    def __init__(self, paths: Iterable[Path | str]) -> None:
        texts = [str(path) for path in paths]
        self._n = len(texts)
        self._shared = os.path.commonprefix(texts)  # noqa: RUF071  (of characters, as wanted)
        self._rest = "\0".join(text[len(self._shared) :] for text in texts)

    def __len__(self) -> int:
        return self._n

    def texts(self) -> list[str]:
        """Give the paths as text."""
        rest = self._rest.split("\0") if self._n else []
        return [self._shared + text for text in rest]

    def __iter__(self) -> Iterator[Path]:
        return map(Path, self.texts())

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Path, ...]: ...
    def __getitem__(self, index: int | slice) -> Path | tuple[Path, ...]:
        found = self.texts()[index]
        return Path(found) if isinstance(found, str) else tuple(map(Path, found))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PackedPaths) and self.texts() == other.texts()

    def __hash__(self) -> int:
        return hash((self._shared, self._rest))


class Instances(Sequence[Instance]):
    """The slices of a stack, kept in little memory: an export has a hundred thousand."""

    __slots__ = ("_frames", "_numbers", "_paths")

    def __init__(
        self,
        paths: Iterable[Path | str],
        frames: Iterable[int | None],
        numbers: Iterable[int | None] = (),
    ) -> None:
        self._paths = PackedPaths(paths)
        self._frames = _packed(frames)
        self._numbers = _packed(numbers)

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[Instance]:
        for place, path in enumerate(self._paths):
            yield Instance(
                path=path,
                frame=_unpacked(self._frames, place),
                number=_unpacked(self._numbers, place),
            )

    @overload
    def __getitem__(self, index: int) -> Instance: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Instance, ...]: ...
    def __getitem__(self, index: int | slice) -> Instance | tuple[Instance, ...]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instances) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash((self._paths, self._frames.tobytes(), self._numbers.tobytes()))


def _packed(numbers: Iterable[int | None]) -> "array[int]":
    """Numbers from 0 in little memory, -1 for none; nothing where all are none."""
    held = array("q", (-1 if number is None else number for number in numbers))
    return held if max(held, default=-1) >= 0 else array("q")


def _unpacked(held: "array[int]", place: int) -> int | None:
    number = held[place] if held else -1
    return None if number < 0 else number


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One stack of parallel, evenly spaced slices.

    `series_id` and `study_id` are pseudonyms of the UIDs. `geometry` has the slices in the
    order of `instances`, along the normal of the image plane. `component` says which part
    of the signal it shows (``magnitude``, ``phase``, ``water``, ...), `repeat` which of how
    many images of the same slices it is. `contrast_doubts` are what speaks against
    `contrast_reason`. `refused` is the reason why
    the stack must not be measured (a missing slice, a truncated file), None when it may.
    `defects` are findings that do not forbid measuring. `model` is a known one of its
    maker and `suppression` the technique by which fat is dark, each where the header tells it.
    `is_named_only` tells that nothing
    but a name says that fat is dark, `is_inverted` that bright is stored as dark, and
    `is_uncorrected` that its geometric distortion was left in.
    """

    series_id: str
    study_id: str
    number: int | None
    description: str
    contrast: Contrast
    plane: Plane
    geometry: VolumeGeometry | None
    instances: Sequence[Instance]
    echo_time_ms: float | None = None
    repetition_time_ms: float | None = None
    inversion_time_ms: float | None = None
    field_tesla: float | None = None
    slice_thickness_mm: float | None = None
    manufacturer: str = ""
    model: str = ""
    suppression: str = ""
    component: str = "magnitude"
    repeat: tuple[int, int] = (1, 1)
    is_3d: bool = False
    contrast_reason: str = ""
    contrast_doubts: tuple[str, ...] = ()
    is_named_only: bool = False
    is_inverted: bool = False
    is_uncorrected: bool = False
    refused: str | None = None
    defects: tuple[str, ...] = ()

    @property
    def n_slices(self) -> int:
        """Number of slices that were found."""
        return len(self.instances)

    @property
    def scanned_with(self) -> ScannedWith:
        """How it was scanned."""
        return ScannedWith(
            manufacturer=self.manufacturer,
            model=self.model,
            field_tesla=self.field_tesla,
            sequence=", ".join(filter(None, (self.contrast.value, self.suppression))),
            echo_time_ms=self.echo_time_ms,
            slice_thickness_mm=self.slice_thickness_mm,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Part of an input that gave nothing: how much of it, why, and whose as far as known.

    `subject` is empty where nobody can tell.
    """

    subject: str
    n_files: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One examination of one subject; `day` counts from the baseline.

    `calendar_day` is a day of the calendar as a number, by which scans of different subjects
    can be put in order; None without a date. It is never shown or written.
    """

    label: str
    day: int | None
    series: tuple[Series, ...]
    calendar_day: int | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One person under a pseudonym, with visits in order of time."""

    subject_id: str
    visits: tuple[Visit, ...]
    defects: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        labels = [visit.label for visit in self.visits]
        if len(set(labels)) != len(labels):
            raise ValueError(f"visit labels must differ within a subject, found {labels}")
