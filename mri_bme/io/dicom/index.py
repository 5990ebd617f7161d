"""Find out what an export holds: every file looked at once, no pixels kept."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mri_bme.errors import NothingUsable
from mri_bme.io.dicom.dicomdir import missing_files
from mri_bme.io.dicom.frames import Acquisition
from mri_bme.io.dicom.header import DICOMDIR, FileFound
from mri_bme.io.dicom.pseudonyms import (
    file_label,
    is_plain_code,
    make_key,
    name_words,
    read_key,
    subject_pseudonym,
)
from mri_bme.io.dicom.scan import Progress, look_at_files
from mri_bme.io.dicom.series import DamagedFiles, find_series
from mri_bme.io.dicom.visits import find_subjects
from mri_bme.settings import Settings
from mri_bme.study import Series, Subject

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
        By default one per core, for exports large enough.

    Raises
    ------
    NothingUsable
        If `root` is missing, an archive, or holds no file.
    """
    paths = list_files(root)
    found = look_at_files(paths, n_processes=n_processes, progress=progress)
    _share_acquisitions(found)
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
    paths: list[str] = []
    folders = [str(root)]
    while folders:
        folders += _list_folder(folders.pop(), paths)
    if not paths:
        raise NothingUsable("the input folder holds no file; name the folder of the export")
    return [Path(path) for path in sorted(paths)]


def _list_folder(folder: str, paths: list[str]) -> list[str]:
    """Add the files of a folder to `paths`; give its folders. What may not be listed is empty."""
    below = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                below.append(entry.path)
            elif entry.is_file():
                paths.append(entry.path)
    return below


def _share_acquisitions(found: Iterable[FileFound]) -> None:
    """Keep one copy of what frames have in common, whatever process read it."""
    seen: dict[Acquisition, Acquisition] = {}
    last: Acquisition | None = None
    kept = last
    for item in found:
        for frame in item.frames:
            if frame.acquisition is not last:  # mostly it is, and comparing them takes longer
                last = frame.acquisition
                kept = seen.setdefault(last, last)
            frame.acquisition = kept or frame.acquisition


def _gather(
    paths: Sequence[Path], found: Sequence[FileFound], settings: Settings, keep_key: bool
) -> StudyIndex:
    skipped = Counter(item.kind for item in found if not item.frames)
    people = {id(f.acquisition): f.acquisition for item in found for f in item.frames}.values()
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
    directories = [path for path, item in zip(paths, found, strict=True) if item.kind == DICOMDIR]
    missing = [
        series
        for path in directories
        for series in missing_files(path, paths, (f for item in found for f in item.frames))
    ]
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
    return DamagedFiles(
        by_series=by_series,
        by_folder=by_folder,
        missing={series.series_uid: series.described(words) for series in missing},
        all_of_them=(*every, *(f"{s.name}: {s.described(words)}" for s in missing)),
    )


def _unless_plain(a: Acquisition) -> str:
    return "" if is_plain_code(a.patient_id, a.patient_name) else a.patient_id


def _key_for(people: Iterable[Acquisition], keep_key: bool) -> bytes:
    if all(is_plain_code(a.patient_id, a.patient_name) for a in people):
        return b""
    if keep_key:
        return make_key()
    return read_key() or os.urandom(32)
