"""Find out what an export holds: every file looked at once, no pixels kept."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from mri_bme.errors import NothingUsable
from mri_bme.io.dicom.contrast import judge_contrast
from mri_bme.io.dicom.frames import Acquisition, Frame
from mri_bme.io.dicom.header import FileFound, find_frames
from mri_bme.io.dicom.multiframe import read_multiframe
from mri_bme.io.dicom.pixels import pixel_digest
from mri_bme.io.dicom.pseudonyms import (
    clean_text,
    file_label,
    is_plain_code,
    make_key,
    name_words,
    read_key,
    subject_pseudonym,
    uid_pseudonym,
)
from mri_bme.io.dicom.stacks import Stack, stack_frames
from mri_bme.io.dicom.visits import DatedSeries, date_of, find_subjects
from mri_bme.settings import Settings
from mri_bme.study import Instance, Plane, Series, Subject
from mri_bme.volume import VolumeGeometry

Progress = Callable[[int, int], None]
FILES_PER_TASK = 256
FILES_FOR_TWO_PROCESSES = 3000
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".7z", ".rar")
SEMICORONAL_MIN_TILT = 10.0  # degrees between the slices' normal and front-back
PLANE_MAX_TILT = 35.0  # beyond it, a plane belongs to its neighbour or to none


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyIndex:
    """What an export holds.

    `skipped` counts files that are no MR images, by kind; `defects` names what should
    have been an image and is not, without personal data.
    """

    subjects: tuple[Subject, ...]
    n_files: int
    skipped: dict[str, int]
    defects: tuple[str, ...]

    @property
    def series(self) -> tuple[Series, ...]:
        """Every series of every visit."""
        return tuple(s for p in self.subjects for v in p.visits for s in v.series)


def index_study(
    root: Path,
    *,
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    progress: Progress | None = None,
    keep_key: bool = True,
    n_processes: int | None = None,
) -> StudyIndex:
    """Index a folder (or one file) of DICOM in any layout.

    Parameters
    ----------
    root : Path
        The export.
    settings : Settings
        Says which examinations are which visits.
    progress : callable, optional
        Called with the number of files done and the number of files.
    keep_key : bool
        Make and keep the key of the pseudonyms when there is none and one is needed.
        False writes nothing; pseudonyms then hold for this call only.
    n_processes : int, optional
        For large exports; one per core by default.

    Raises
    ------
    NothingUsable
        If `root` is missing, an archive, or holds no file.
    """
    paths = list_files(root)
    found = list(_look_at(paths, progress, n_processes))
    return _gather(paths, found, settings, keep_key)


def list_files(root: Path) -> list[Path]:
    """List every regular file below a folder, sorted, links to folders not followed.

    Raises
    ------
    NothingUsable
        If `root` is missing, an archive, or holds no file.
    """
    if not root.exists():
        raise NothingUsable("the input does not exist; check the path")
    if root.is_file():
        if root.name.lower().endswith(ARCHIVE_SUFFIXES):
            raise NothingUsable("the input is an archive; unpack it and name the folder")
        return [root]
    paths = []
    for folder, _, names in os.walk(root, followlinks=False):
        paths += [os.path.join(folder, name) for name in names]  # noqa: PTH118  (hot path)
    files = [Path(path) for path in sorted(paths) if os.path.isfile(path)]  # noqa: PTH113
    if not files:
        raise NothingUsable("the input folder holds no file; name the folder of the export")
    return files


def _look_at(
    paths: Sequence[Path], progress: Progress | None, n_processes: int | None
) -> Iterator[FileFound]:
    n = n_processes or min(os.cpu_count() or 1, 8)
    tasks = [paths[i : i + FILES_PER_TASK] for i in range(0, len(paths), FILES_PER_TASK)]
    if n == 1 or (n_processes is None and len(paths) < FILES_FOR_TWO_PROCESSES):
        yield from _report(map(_look_at_some, tasks), len(paths), progress)
        return
    with ProcessPoolExecutor(n, mp_context=get_context("spawn")) as pool:
        yield from _report(pool.map(_look_at_some, tasks), len(paths), progress)


def _report(
    batches: Iterator[list[FileFound]], n_files: int, progress: Progress | None
) -> Iterator[FileFound]:
    seen: dict[Acquisition, Acquisition] = {}
    n_done = 0
    for batch in batches:
        for found in batch:
            for frame in found.frames:  # one copy of what frames share, whatever process read it
                frame.acquisition = seen.setdefault(frame.acquisition, frame.acquisition)
            yield found
        n_done += len(batch)
        if progress is not None:
            progress(n_done, n_files)


def _look_at_some(paths: Sequence[Path]) -> list[FileFound]:
    return [_look_at_one(path) for path in paths]


def _look_at_one(path: Path) -> FileFound:
    try:
        return find_frames(path, read_multiframe)
    except OSError as error:
        return FileFound(kind="unreadable", damage=f"it cannot be opened ({error.strerror})")
    except MemoryError:
        raise
    except Exception as error:
        return FileFound(kind="damaged", damage=f"it cannot be read ({type(error).__name__})")


def _gather(
    paths: Sequence[Path], found: Sequence[FileFound], settings: Settings, keep_key: bool
) -> StudyIndex:
    skipped = Counter(item.kind for item in found if not item.frames)
    people = {f.acquisition for item in found for f in item.frames}
    words = name_words(
        value for a in people for value in (a.patient_name, _unless_plain(a), a.accession)
    )
    labels = {path: file_label(path, order, words) for order, path in enumerate(paths)}
    damaged: dict[str, list[str]] = defaultdict(list)
    defects = []
    for path, item in zip(paths, found, strict=True):
        if item.damage:
            damaged[item.series_uid].append(f"{labels[path]}: {item.damage}")
            defects.append(f"{labels[path]}: {item.damage}")
        for frame in item.frames:
            if frame.damage:
                frame.damage = f"{labels[path]}: {frame.damage}"
                if frame.frame in (None, 0):
                    defects.append(frame.damage)
    if skipped["archive"]:
        defects.append(f"{skipped['archive']} archive(s) not opened; unpack them to include them")
    dated = _dated_series(found, damaged, words)
    key = _key_for(people, keep_key)
    subjects = find_subjects(
        dated,
        settings=settings.visits,
        pseudonym=lambda patient, name: subject_pseudonym(patient, name, key),
    )
    return StudyIndex(
        subjects=subjects,
        n_files=len(paths),
        skipped={kind: n for kind, n in sorted(skipped.items()) if kind},
        defects=tuple(defects),
    )


def _unless_plain(a: Acquisition) -> str:
    return "" if is_plain_code(a.patient_id, a.patient_name) else a.patient_id


def _key_for(people: set[Acquisition], keep_key: bool) -> bytes:
    if all(is_plain_code(a.patient_id, a.patient_name) for a in people):
        return b""
    if keep_key:
        return make_key()
    return read_key() or os.urandom(32)


def _dated_series(
    found: Sequence[FileFound], damaged: dict[str, list[str]], words: set[str]
) -> list[DatedSeries]:
    by_series: dict[tuple[str, str, str], list[Frame]] = defaultdict(list)
    for item in found:
        for frame in item.frames:
            a = frame.acquisition
            by_series[(a.patient_id, a.study_uid, a.series_uid)].append(frame)
    dated = []
    for frames in by_series.values():
        stacks = stack_frames(frames, pixel_digest=pixel_digest)
        for number, stack in enumerate(stacks, start=1):
            dated.append(_dated(stack, number, len(stacks), damaged, words))
    return sorted(dated, key=lambda d: (d.series.number or 0, d.series.series_id))


def _dated(
    stack: Stack, number: int, n_stacks: int, damaged: dict[str, list[str]], words: set[str]
) -> DatedSeries:
    a = stack.acquisition
    broken = damaged.get(a.series_uid, [])
    if broken:
        reason = f"{len(broken)} of its files cannot be read: {'; '.join(broken[:3])}"
        stack = replace(stack, refused=f"{stack.refused}; {reason}" if stack.refused else reason)
    series_id = uid_pseudonym(a.series_uid)
    return DatedSeries(
        series=_series(stack, series_id if n_stacks == 1 else f"{series_id}-{number}", words),
        patient_id=a.patient_id,
        patient_name=a.patient_name,
        study_uid=a.study_uid,
        day=date_of(a),
    )


def _series(stack: Stack, series_id: str, words: set[str]) -> Series:
    a = stack.acquisition
    judged = judge_contrast(a)
    geometry = stack.geometry
    if geometry is not None and geometry.frame_of_reference:
        frame = uid_pseudonym(geometry.frame_of_reference)
        geometry = replace(geometry, frame_of_reference=frame)
    return Series(
        series_id=series_id,
        study_id=uid_pseudonym(a.study_uid),
        number=a.series_number,
        description=clean_text(a.description, words),
        contrast=judged.contrast,
        plane=plane_of(geometry),
        geometry=geometry,
        instances=tuple(Instance(path=f.path, frame=f.frame) for f in stack.frames),
        echo_time_ms=a.echo_time_ms,
        repetition_time_ms=a.repetition_time_ms,
        inversion_time_ms=a.inversion_time_ms,
        field_tesla=a.field_tesla,
        slice_thickness_mm=a.slice_thickness_mm,
        manufacturer=clean_text(a.manufacturer, words),
        component=a.component,
        repeat=stack.repeat,
        is_3d=a.is_3d,
        contrast_reason=judged.reason,
        contrast_doubts=judged.doubts,
        refused=stack.refused,
        defects=stack.defects,
    )


def plane_of(geometry: VolumeGeometry | None) -> Plane:
    """Name the plane of the slices by their normal.

    Semicoronal slices are coronal ones tilted about the left-right axis, along the sacrum.
    """
    if geometry is None:
        return Plane.UNKNOWN
    left, back, head = np.abs(geometry.directions[:, 0])
    if left >= np.cos(np.radians(PLANE_MAX_TILT)):
        return Plane.SAGITTAL
    if head >= np.cos(np.radians(PLANE_MAX_TILT)):
        return Plane.AXIAL
    if left > np.sin(np.radians(PLANE_MAX_TILT)):
        return Plane.UNKNOWN
    return Plane.CORONAL if back >= np.cos(np.radians(SEMICORONAL_MIN_TILT)) else Plane.SEMICORONAL
