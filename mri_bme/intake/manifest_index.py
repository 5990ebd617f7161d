"""What the files of a manifest hold, in the form in which headers describe an export."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from mri_bme.errors import MriBmeError
from mri_bme.intake.dicom import StudyIndex, index_study
from mri_bme.intake.manifest import ManifestVisit
from mri_bme.intake.nifti import is_nifti, read_nifti, read_nifti_geometry
from mri_bme.intake.source import find_one_series
from mri_bme.settings import Settings
from mri_bme.study import Series, Subject, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestIndex:
    """Subjects of a manifest; `notes` says of a visit without series what its file is.

    Its keys are subject and visit; `problems` are those which cannot be measured.
    """

    index: StudyIndex
    notes: Mapping[tuple[str, str], str]
    problems: frozenset[tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class _Gathered:
    notes: dict[tuple[str, str], str]
    problems: set[tuple[str, str]]
    skipped: Counter[str]
    defects: list[str]
    n_files: int = 0


def index_manifest(
    found: Iterable[ManifestVisit], *, settings: Settings, orientation: str | None = None
) -> ManifestIndex:
    """Look at the files of every row; what cannot be read becomes a note."""
    rows = tuple(replace(row, orientation=row.orientation or orientation) for row in found)
    gathered = _Gathered(notes={}, problems=set(), skipped=Counter(), defects=[])
    subjects = tuple(
        Subject(
            subject_id=name,
            visits=tuple(
                Visit(
                    label=row.visit,
                    day=row.day,
                    series=_series(row, gathered, settings),
                    calendar_day=row.calendar_day,
                )
                for row in visits
            ),
        )
        for name, visits in groupby(rows, key=lambda row: row.subject)
    )
    index = StudyIndex(
        subjects=subjects,
        n_files=gathered.n_files,
        skipped=dict(sorted(gathered.skipped.items())),
        defects=tuple(gathered.defects),
    )
    return ManifestIndex(index=index, notes=gathered.notes, problems=frozenset(gathered.problems))


def _series(row: ManifestVisit, gathered: _Gathered, settings: Settings) -> tuple[Series, ...]:
    key = (row.subject, row.visit)
    try:
        if row.problem:
            gathered.notes[key] = row.problem
            gathered.problems.add(key)
        elif is_nifti(row.path):
            gathered.n_files += 1
            gathered.notes[key] = f"NIfTI file of {_size(row)}; measured as it is"
        elif row.path.is_file():
            gathered.n_files += 1
            return (find_one_series(row.path),)
        else:
            return _series_of_folder(row, gathered, settings)
    except MriBmeError as error:
        gathered.notes[key] = f"manifest line {row.line}: {error}"
        gathered.problems.add(key)
    return ()


def _size(row: ManifestVisit) -> str:
    """Read the file to its end, so that damage shows, and say how large the volume is."""
    read_nifti(row.path, what="the volume", orientation=row.orientation)
    geometry = read_nifti_geometry(row.path, what="the volume", orientation=row.orientation)
    voxels = " x ".join(str(n) for n in geometry.shape)
    return f"{voxels} voxels, {' x '.join(f'{mm:.3g}' for mm in geometry.spacing_mm)} mm"


def _series_of_folder(
    row: ManifestVisit, gathered: _Gathered, settings: Settings
) -> tuple[Series, ...]:
    index = index_study(row.path, settings=settings, keep_key=False)
    gathered.n_files += index.n_files
    gathered.skipped.update(index.skipped)
    gathered.defects += [f"manifest line {row.line}: {defect}" for defect in index.defects]
    return index.series
