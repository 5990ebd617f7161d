"""What of an export reached no series: counted, with the subject where that can be told."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from mri_bme.intake.dicom.catalogue import Catalogue, DamagedFile
from mri_bme.intake.dicom.people import Person
from mri_bme.study import Unread

DAMAGED = "cannot be read; export them again"
ARCHIVES = "are archives; unpack them"
LINKS = "are links to folders outside the input; name those folders too"
DEAD_LINKS = "are links to nothing"
CLOSED = "are folders that may not be listed; ask for the right to"


def find_unread(
    catalogue: Catalogue,
    people: Sequence[Person],
    *,
    names: Mapping[int, str],
    name_of: Callable[[str], str],
) -> tuple[Unread, ...]:
    """Count files and folders that gave nothing.

    Parameters
    ----------
    catalogue : Catalogue
        Of the export, its frames already taken.
    people : sequence of Person
        Those who were found.
    names : mapping
        What each of them is called, by place in `people`.
    name_of : callable
        What the owner of a PatientID is called that none of them has.
    """
    series = {item.acquisition.series_uid for person in people for item in person.items}
    lost = [f for f in catalogue.damaged if not f.has_frames and f.series_uid not in series]
    by_id = {person.patient_id: names[i] for i, person in enumerate(people)}
    folders = _owners_of_folders(people, names)
    owners = Counter(
        _owner(file, catalogue.paths[file.number], by_id, folders, name_of) for file in lost
    )
    damaged = (
        Unread(subject=owner, n_files=n, reason=DAMAGED) for owner, n in sorted(owners.items())
    )
    return (*damaged, *_of_nobody(catalogue))


def _of_nobody(catalogue: Catalogue) -> Iterable[Unread]:
    paths = catalogue.paths
    for n, reason in (
        (catalogue.skipped["archive"], ARCHIVES),
        (paths.n_links_outside, LINKS),
        (paths.n_dead_links, DEAD_LINKS),
        (paths.n_closed_folders, CLOSED),
    ):
        if n:
            yield Unread(subject="", n_files=n, reason=reason)


def _owner(
    file: DamagedFile,
    path: Path,
    by_id: Mapping[str, str],
    folders: Mapping[Path, set[str]],
    name_of: Callable[[str], str],
) -> str:
    """Name the owner by the PatientID before the damage, else by the images around it."""
    if file.patient_id.strip():
        return by_id.get(file.patient_id.strip()) or name_of(file.patient_id)
    for folder in path.parents:
        if folder in folders:
            return next(iter(folders[folder])) if len(folders[folder]) == 1 else ""
    return ""


def _owners_of_folders(people: Sequence[Person], names: Mapping[int, str]) -> dict[Path, set[str]]:
    """Say whose images lie in each folder or below it."""
    owners: dict[Path, set[str]] = {}
    for place, person in enumerate(people):
        for item in person.items:
            for folder in item.series.instances[0].path.parents:
                owners.setdefault(folder, set()).add(names[place])
    return owners
