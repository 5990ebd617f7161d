"""Find out what an export holds: every file looked at once, no pixels kept."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from mri_bme.errors import NothingUsable
from mri_bme.io.dicom.frames import Acquisition
from mri_bme.io.dicom.header import FileFound, find_frames
from mri_bme.io.dicom.multiframe import read_multiframe
from mri_bme.io.dicom.pseudonyms import (
    file_label,
    is_plain_code,
    make_key,
    name_words,
    read_key,
    subject_pseudonym,
)
from mri_bme.io.dicom.series import DamagedFiles, find_series
from mri_bme.io.dicom.visits import find_subjects
from mri_bme.settings import Settings
from mri_bme.study import Series, Subject

Progress = Callable[[int, int], None]
FILES_PER_TASK = 256
FILES_FOR_TWO_PROCESSES = 30_000  # below, starting processes costs more than it saves
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".7z", ".rar")


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
    damage = _name_damage(paths, found, words)
    defects = list(damage.all_of_them)
    if skipped["archive"]:
        defects.append(f"{skipped['archive']} archive(s) not opened; unpack them to include them")
    dated = find_series(found, damage, words)
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


def _name_damage(
    paths: Sequence[Path], found: Sequence[FileFound], words: set[str]
) -> DamagedFiles:
    by_series: dict[str, list[str]] = defaultdict(list)
    by_folder: dict[Path, list[str]] = defaultdict(list)
    every = []
    for order, (path, item) in enumerate(zip(paths, found, strict=True)):
        if not item.damage and not any(frame.damage for frame in item.frames):
            continue
        label = file_label(path, order, words)
        for frame in item.frames:
            if frame.damage:
                frame.damage = f"{label}: {frame.damage}"
        every.append(f"{label}: {item.damage}" if item.damage else str(item.frames[0].damage))
        if item.damage and item.series_uid:
            by_series[item.series_uid].append(every[-1])
        elif item.damage:
            by_folder[path.parent].append(every[-1])
    return DamagedFiles(by_series=by_series, by_folder=by_folder, all_of_them=tuple(every))


def _unless_plain(a: Acquisition) -> str:
    return "" if is_plain_code(a.patient_id, a.patient_name) else a.patient_id


def _key_for(people: set[Acquisition], keep_key: bool) -> bytes:
    if all(is_plain_code(a.patient_id, a.patient_name) for a in people):
        return b""
    if keep_key:
        return make_key()
    return read_key() or os.urandom(32)
