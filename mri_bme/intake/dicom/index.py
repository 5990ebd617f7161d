"""Find out what an export holds: every file looked at once, no pixels kept."""

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mri_bme.intake.dicom.catalogue import Catalogue
from mri_bme.intake.dicom.dicomdir import missing_files
from mri_bme.intake.dicom.frames import Acquisition
from mri_bme.intake.dicom.paths import list_files
from mri_bme.intake.dicom.people import Person
from mri_bme.intake.dicom.pseudonyms import (
    PUBLIC_KEY,
    file_label,
    is_plain_code,
    keyed_digest,
    make_key,
    name_words,
    read_key,
    subject_pseudonym,
)
from mri_bme.intake.dicom.scan import Progress, look_at_files
from mri_bme.intake.dicom.series import DamagedFiles, find_series
from mri_bme.intake.dicom.visits import find_subjects
from mri_bme.settings import Settings
from mri_bme.study import Series, Subject


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
    root: Path | str,
    *,
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    progress: Progress | None = None,
    keep_key: bool = True,
    n_processes: int | None = None,
) -> StudyIndex:
    """Index a folder (or one file) of DICOM in any layout.

    Parameters
    ----------
    root : Path or str
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
    paths = list_files(Path(root))
    catalogue = Catalogue(paths)
    look_at_files(paths, catalogue.add, n_processes=n_processes, progress=progress)
    return _gather(catalogue, settings, keep_key)


def _gather(catalogue: Catalogue, settings: Settings, keep_key: bool) -> StudyIndex:
    skipped, people = catalogue.skipped, tuple(catalogue.acquisitions)
    words = name_words(
        value for a in people for value in (a.patient_name, _unless_plain(a), a.accession)
    )
    damage = _name_damage(catalogue, words)
    defects = list(damage.all_of_them)
    if skipped["archive"]:
        defects.append(f"{skipped['archive']} archive(s) not opened; unpack them to include them")
    skipped["link to a folder outside"] = catalogue.paths.n_links_outside
    dated = find_series(catalogue, damage, words)
    key = _key_for(people, keep_key)
    subjects = find_subjects(
        dated,
        settings=settings.visits,
        pseudonym=lambda person: _pseudonym(person, key),
    )
    return StudyIndex(
        subjects=subjects,
        n_files=len(catalogue.paths),
        skipped={kind: n for kind, n in sorted(skipped.items()) if kind and n},
        defects=tuple(defects),
    )


def _pseudonym(person: Person, key: bytes) -> str:
    """Pseudonym of a person; people under one ID get a mark each."""
    names = {item.acquisition.patient_name.strip().upper() for item in person.items} - {""}
    code = subject_pseudonym(person.patient_id, min(names, default=""), key)
    if not person.mark:
        return code
    return f"{code}-{keyed_digest(f'{person.patient_id} {person.mark}', key or PUBLIC_KEY)[:6]}"


def _name_damage(catalogue: Catalogue, words: set[str]) -> DamagedFiles:
    paths = catalogue.paths
    instances = catalogue.instances() if catalogue.directories else set()
    missing = [
        series
        for number in sorted(catalogue.directories)
        for series in missing_files(paths[number], paths, instances)
    ]
    by_series: dict[str, list[str]] = defaultdict(list)
    by_folder: dict[Path, list[str]] = defaultdict(list)
    labels, every = {}, []
    for file in sorted(catalogue.damaged, key=lambda file: file.number):
        path = paths[file.number]
        labels[file.number] = file_label(path, file.number, words)
        every.append(f"{labels[file.number]}: {file.reason}")
        if file.series_uid and not file.has_frames:
            by_series[file.series_uid].append(every[-1])
        elif not file.has_frames:
            by_folder[path.parent].append(every[-1])
    return DamagedFiles(
        labels=labels,
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
