"""Find the subjects of an input: by their DICOM headers, or by the user's manifest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from mri_bme.batch.inputs import Source, SubjectUnit, VisitUnit
from mri_bme.batch.named import NamedSources
from mri_bme.batch.plan import with_folders
from mri_bme.batch.read import reason_without_series
from mri_bme.errors import MriBmeError, NothingUsable
from mri_bme.intake.dicom import StudyIndex, index_study
from mri_bme.intake.dicom.ids import Ids
from mri_bme.intake.dicom.key import make_key
from mri_bme.intake.dicom.nothing import no_series_message
from mri_bme.intake.listed import listed_visits
from mri_bme.intake.manifest import ManifestVisit
from mri_bme.intake.nifti import check_orientation
from mri_bme.select_series import select_series
from mri_bme.settings import Settings
from mri_bme.study import BASELINE, Subject, Unread, Visit

ShowFiles = Callable[[int, int], None]
ONE_FILE = ". The input is one file, perhaps one slice of a scan: name the folder that holds all"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInput:
    """Subjects of an input, and what of it gave nothing."""

    units: tuple[SubjectUnit, ...]
    unread: tuple[Unread, ...] = ()


def find_input(
    source: Path,
    *,
    settings: Settings,
    manifest: Path | None = None,
    patterns: Sequence[str] = (),
    atlas: Path | None = None,
    orientation: str | None = None,
    show_files: ShowFiles | None = None,
    ids: Ids = Ids(),  # noqa: B008  (frozen)
    keep_key: bool = True,
) -> FoundInput:
    """List the subjects of an input, each with its visits and the series to measure.

    Parameters
    ----------
    source : Path
        Folder of DICOM in any layout, or a BIDS tree.
    settings : Settings
        Says which examinations are which visits, and which series are preferred.
    manifest : Path, optional
        Table of files; then no header is read here. Relative paths in it are looked up
        beside the table first, then below `source`.
    patterns : sequence of str
        Naming rules of NIfTI files, as `intake.pattern.read_pattern` takes them.
    atlas : Path, optional
        Folder of annotated scans, for every visit.
    orientation : str, optional
        How the axes of NIfTI files run (as in ``RAS``) whose header does not say it, and whose
        row of the manifest does not either.
    show_files : callable, optional
        Told the number of files looked at, and of all.
    ids : Ids
        Says which PatientIDs are kept and which become pseudonyms.
    keep_key : bool
        Keep the key of the pseudonyms, as every run but a dry one must.

    Raises
    ------
    NothingUsable
        If there is not a single visit that could be measured.
    """
    unread: tuple[Unread, ...] = ()
    otherwise = "no volume was named"
    rows = listed_visits(source, settings=settings.visits, manifest=manifest, patterns=patterns)
    if rows is not None:
        if keep_key:
            make_key()  # folders of DICOM in it are read by many processes
        units = units_of_manifest(rows)
    else:
        index = index_study(
            source, settings=settings, progress=show_files, ids=ids, keep_key=keep_key
        )
        units, unread = units_of_index(index, settings), index.unread
        otherwise = no_series_message(index.n_files, index.skipped)
    placed = with_folders(units)
    if not any(visit.volume for unit in placed for visit in unit.visits):
        raise NothingUsable(_nothing(placed, otherwise) + (ONE_FILE if source.is_file() else ""))
    if atlas is not None:
        placed = tuple(
            replace(
                u,
                visits=tuple(
                    replace(v, given={"atlas": Source(path=atlas)} | dict(v.given))
                    for v in u.visits
                ),
            )
            for u in placed
        )
    if orientation is not None:
        placed = tuple(_with_orientation(unit, check_orientation(orientation)) for unit in placed)
    return FoundInput(units=placed, unread=unread)


def _with_orientation(unit: SubjectUnit, orientation: str) -> SubjectUnit:
    visits = (replace(v, orientation=v.orientation or orientation) for v in unit.visits)
    return replace(unit, visits=tuple(visits))


def units_of_index(index: StudyIndex, settings: Settings) -> tuple[SubjectUnit, ...]:
    """Make a unit of every subject that was found by headers, or in damaged files only."""
    lost = {one.subject: f"{one.n_files} file(s) {one.reason}" for one in index.unread}
    found = tuple(
        SubjectUnit(
            subject=subject.subject_id,
            folder="",
            visits=tuple(_visit_of_headers(visit, settings) for visit in _visits(subject)),
            defects=(*subject.defects, *filter(None, [lost.pop(subject.subject_id, "")])),
        )
        for subject in index.subjects
    )
    return (*found, *(_lost_unit(name, reason) for name, reason in lost.items() if name))


def _lost_unit(subject: str, reason: str) -> SubjectUnit:
    """Make a unit of a subject of whom nothing can be read, so that a row says so."""
    visit = VisitUnit(label=BASELINE, day=None, volume=None, reason=reason, problem=reason)
    return SubjectUnit(subject=subject, folder="", visits=(visit,))


def _visits(subject: Subject) -> tuple[Visit, ...]:
    return tuple(visit for visit in subject.visits if visit.series)


def _visit_of_headers(visit: Visit, settings: Settings) -> VisitUnit:
    choice = select_series(visit, settings=settings.select)
    return VisitUnit(
        label=visit.label,
        day=visit.day,
        volume=Source(series=choice.chosen) if choice.chosen else None,
        t1=Source(series=choice.t1) if choice.t1 else None,
        reason="" if choice.chosen else reason_without_series(choice),
        doubts=choice.doubts,
        calendar_day=visit.calendar_day,
    )


def units_of_manifest(rows: Sequence[ManifestVisit]) -> tuple[SubjectUnit, ...]:
    """Make a unit of every subject of a manifest."""
    named = NamedSources()
    return tuple(
        SubjectUnit(
            subject=subject, folder="", visits=tuple(_visit_of_row(row, named) for row in visits)
        )
        for subject, visits in groupby(rows, key=lambda row: row.subject)
    )


def _visit_of_row(row: ManifestVisit, named: NamedSources) -> VisitUnit:
    problem, volume, t1 = row.problem, None, None
    try:
        t1 = None if row.t1 is None or problem else named.source_of(row.t1)
        volume = None if problem else named.source_of(row.path)
    except MriBmeError as error:
        problem = f"manifest line {row.line}: {error}"
    return VisitUnit(
        label=row.visit,
        day=row.day,
        volume=volume,
        t1=t1,
        given={role: Source(path=path) for role, path in row.given.items()},
        reference=_source(row.reference),
        orientation=row.orientation,
        reason=problem,
        problem=problem,
        calendar_day=row.calendar_day,
    )


def _source(path: Path | None) -> Source | None:
    return None if path is None else Source(path=path)


def _nothing(units: Sequence[SubjectUnit], otherwise: str) -> str:
    reasons = dict.fromkeys(v.reason for unit in units for v in unit.visits if v.reason)
    if not reasons:
        return otherwise
    shown = list(reasons)[:3]
    more = f" (and {len(reasons) - 3} more reasons)" if len(reasons) > 3 else ""
    return f"nothing can be measured: {'; '.join(shown)}{more}"
