"""Find out what an export holds: every file looked at once, no pixels kept."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mri_bme.intake.dicom.catalogue import Catalogue
from mri_bme.intake.dicom.dicomdir import missing_files
from mri_bme.intake.dicom.free_text import is_plain_file_name
from mri_bme.intake.dicom.ids import NAMED, Ids
from mri_bme.intake.dicom.key import make_key, passing_key
from mri_bme.intake.dicom.links import keep_links
from mri_bme.intake.dicom.paths import list_files
from mri_bme.intake.dicom.people import Person, find_people
from mri_bme.intake.dicom.scan import Progress, look_at_files
from mri_bme.intake.dicom.series import DamagedFiles, find_series
from mri_bme.intake.dicom.unread import DAMAGED, find_unread
from mri_bme.intake.dicom.visits import find_subjects
from mri_bme.settings import Settings
from mri_bme.study import Series, Subject, Unread


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyIndex:
    """What an export holds.

    `skipped` counts files that are no MR images, by kind; `defects` names what should
    have been an image and is not, without personal data. `unread` counts what should have
    given a series and did not.
    """

    subjects: tuple[Subject, ...]
    n_files: int
    skipped: dict[str, int]
    defects: tuple[str, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def series(self) -> tuple[Series, ...]:
        """Every series of every visit."""
        return tuple(s for p in self.subjects for v in p.visits for s in v.series)


def index_study(
    root: Path | str,
    *,
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    progress: Progress | None = None,
    ids: Ids = Ids(),  # noqa: B008  (frozen)
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
    ids : Ids
        Says which PatientIDs are kept and which become pseudonyms.
    keep_key : bool
        Make and keep the key of the pseudonyms when there is none, and beside it the table
        of what they stand for. False writes nothing; without a key, pseudonyms then hold
        for this process only.
    n_processes : int, optional
        By default one per core, for exports large enough.

    Raises
    ------
    NothingUsable
        If `root` is missing, an archive, or holds no file.

    Examples
    --------
    >>> index = index_study("sample_data", keep_key=False)
    >>> [(one.subject_id, [visit.label for visit in one.visits]) for one in index.subjects]
    [('phantom0001', ['baseline', 'week14'])]
    """
    paths = list_files(Path(root))
    catalogue = Catalogue(paths)
    look_at_files(paths, catalogue.add, n_processes=n_processes, progress=progress)
    return _gather(catalogue, settings, ids, keep_key)


def _gather(catalogue: Catalogue, settings: Settings, ids: Ids, keep_key: bool) -> StudyIndex:
    skipped = catalogue.skipped
    key = make_key() if keep_key else passing_key()
    damage = _name_damage(catalogue)
    defects = list(damage.all_of_them)
    skipped["link to a folder outside"] = catalogue.paths.n_links_outside
    people = find_people(find_series(catalogue, damage, key), ids.patient_of)
    subjects = find_subjects(
        people, settings=settings.visits, pseudonym=lambda person: ids.subject_of(person, key)
    )
    unread = find_unread(
        catalogue,
        people,
        names={i: ids.subject_of(person, key) for i, person in enumerate(people)},
        name_of=lambda patient_id: ids.name_of(patient_id, key),
    )
    defects += [f"{one.n_files} {one.reason}" for one in unread if one.reason != DAMAGED]
    if keep_key:
        keep_links(_links(people, ids, key))
    return StudyIndex(
        subjects=subjects,
        n_files=len(catalogue.paths),
        skipped={kind: n for kind, n in sorted(skipped.items()) if kind and n},
        defects=tuple(defects),
        unread=unread,
    )


def _links(people: Iterable[Person], ids: Ids, key: bytes) -> dict[str, str]:
    """Give the ID behind every pseudonym."""
    named = {ids.subject_of(person, key): person for person in people if person.has_id}
    return {
        name: person.patient_id
        for name, person in named.items()
        if name != person.patient_id and not person.patient_id.startswith(NAMED)
    }


def _name_damage(catalogue: Catalogue) -> DamagedFiles:
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
        labels[file.number] = file_label(path, file.number)
        every.append(f"{labels[file.number]}: {file.reason}")
        if file.series_uid and not file.has_frames:
            by_series[file.series_uid].append(every[-1])
        elif not file.has_frames:
            by_folder[path.parent].append(every[-1])
    return DamagedFiles(
        labels=labels,
        by_series=by_series,
        by_folder=by_folder,
        missing={series.series_uid: series.described() for series in missing},
        all_of_them=(*every, *(f"{s.name}: {s.described()}" for s in missing)),
    )


def file_label(path: Path, order: int) -> str:
    """Name a file in a message: its own name when that is a plain number, else its rank.

    Export tools put UIDs and names into file names.
    """
    return path.name if is_plain_file_name(path.name) else f"file no. {order + 1} in path order"
