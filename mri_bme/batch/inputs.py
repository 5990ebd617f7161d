"""What a subject's results are computed from: files by content, never by name."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from mri_bme.files import file_sha256
from mri_bme.intake.nifti import files_of
from mri_bme.intake.scanned_with import sidecar_of
from mri_bme.study import Series

MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where one volume or mask is: a DICOM series, or a NIfTI file or DICOM folder."""

    series: Series | None = None
    path: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that holds a part of it, in a fixed order."""
        if self.series is not None:
            return tuple(dict.fromkeys(instance.path for instance in self.series.instances))
        if self.path is None:
            return ()
        if self.path.is_dir():
            return tuple(sorted(p for p in self.path.rglob("*") if p.is_file()))
        sidecar = sidecar_of(self.path)  # says how it was scanned, which widens limits
        return (*files_of(self.path), *((sidecar,) if sidecar.is_file() else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitUnit:
    """What is known of one visit before any pixel is read.

    `given` holds, by role, what ROIs are to be placed with (`roi_sources`). `session` names its
    files; `reason` says why it has no volume, `problem` that it should have had one.
    `orientation` is what the user states of NIfTI files whose header does not say how they lie.
    `calendar_day` is that of `study.Visit`: it orders scans, and is never shown or written.
    """

    label: str
    day: int | None
    volume: Source | None
    session: str = ""
    orientation: str | None = None
    t1: Source | None = None
    given: Mapping[str, Source] = field(default_factory=dict)
    reference: Source | None = None
    reason: str = ""
    problem: str = ""
    doubts: tuple[str, ...] = ()
    calendar_day: int | None = field(default=None, repr=False)

    @property
    def sources(self) -> Iterator[tuple[str, Source]]:
        """Role and place of everything that is read for this visit."""
        fixed = {"volume": self.volume, "t1": self.t1, "reference": self.reference}
        for role, source in (fixed | dict(self.given)).items():
            if source is not None:
                yield role, source


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectUnit:
    """One subject: the unit of work. `folder` is its place in the output, ``sub-ID``."""

    subject: str
    folder: str
    visits: tuple[VisitUnit, ...]
    defects: tuple[str, ...] = ()


def flags_of_unit(unit: SubjectUnit) -> tuple[str, ...]:
    """Say what was doubtful before any pixel was read."""
    doubts = [f"{visit.label}: {doubt}" for visit in unit.visits for doubt in visit.doubts]
    return tuple(dict.fromkeys((*unit.defects, *doubts)))


class InputRecord(BaseModel):
    """One input by content; `stamp` shows cheaply whether it is unchanged.

    It covers sizes and times, among them the time of the last change, which nobody can set back.
    """

    model_config = ConfigDict(frozen=True)

    visit: str
    role: str
    n_files: int
    n_bytes: int
    stamp: str
    sha256: str = ""


def stamped_inputs(unit: SubjectUnit) -> tuple[InputRecord, ...]:
    """Look at every input of a subject without reading it."""
    return tuple(
        _stamp(visit.label, role, source) for visit in unit.visits for role, source in visit.sources
    )


def hashed_inputs(unit: SubjectUnit) -> tuple[InputRecord, ...]:
    """Read and hash every input of a subject; one that cannot be read is `MISSING`."""
    return tuple(
        _stamp(visit.label, role, source).model_copy(update={"sha256": _content_sha256(source)})
        for visit in unit.visits
        for role, source in visit.sources
    )


def combined_sha256(parts: Iterator[str]) -> str:
    """Hash a sequence of texts, each ended by a newline."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\n")
    return digest.hexdigest()


def unit_sha256(unit: SubjectUnit) -> str:
    """Hash what is known of a subject besides its files: visits, days, reasons."""
    visits = (
        f"{v.label} {v.day} {v.reason} {'; '.join(v.doubts)}{v.orientation or ''}"
        for v in unit.visits
    )
    return combined_sha256(iter((unit.subject, *visits, *unit.defects)))


def inputs_sha256(inputs: tuple[InputRecord, ...]) -> str:
    """Hash what was read for a subject, role by role."""
    return combined_sha256(f"{i.visit} {i.role} {i.sha256}" for i in inputs)


def _stamp(label: str, role: str, source: Source) -> InputRecord:
    n_bytes, marks = 0, []
    files = source.files
    for path in files:
        try:
            found = path.stat()
        except OSError:
            marks.append(MISSING)
        else:
            n_bytes += found.st_size
            marks.append(f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}")
    stamp = combined_sha256(iter(marks))
    return InputRecord(visit=label, role=role, n_files=len(files), n_bytes=n_bytes, stamp=stamp)


def _content_sha256(source: Source) -> str:
    try:
        return combined_sha256(file_sha256(path) for path in source.files)
    except OSError:
        return MISSING
