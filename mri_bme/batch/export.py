"""Write the results of a run in other people's formats, subject by subject."""

import csv
import io
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePosixPath

from mri_bme.batch.inputs import SubjectUnit
from mri_bme.batch.measured import measured_subject
from mri_bme.batch.originals import original_series
from mri_bme.batch.read_by import check_read_by, standing_behind
from mri_bme.batch.status import SubjectStatus, read_statuses
from mri_bme.errors import InvalidSettings, MriBmeError, NothingUsable, OutputRefused
from mri_bme.export.bids import write_dataset_description
from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.export.objects.seg_nrrd import write_seg_nrrd
from mri_bme.export.objects.source_images import SourceImages, pseudonymous_images
from mri_bme.export.objects.visit_objects import (
    Write,
    contour_objects,
    copied_images,
    dicom_objects,
    writers,
)
from mri_bme.extras import needing
from mri_bme.files import replacing, write_text
from mri_bme.findings import AUTO
from mri_bme.inert import for_cell
from mri_bme.nearest import did_you_mean
from mri_bme.report import SubjectPage

TABLE_NAME = "export.csv"
COLUMNS = ("subject", "visit", "object", "file", "status", "reason")
OK, REFUSED = "ok", "refused"
SETTLED_BY = (
    "name an `adjudicator` in the task of `mri-bme read`, or export one reader with --read-by"
)
ShowSubjects = Callable[[int, int], None]


class Format(StrEnum):
    """What results can be written as."""

    DICOM = "dicom"
    NRRD = "nrrd"
    RTSTRUCT = "rtstruct"
    BIDS = "bids"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What is written of each visit.

    `read_by` says whose edema it is; where several readers stand behind a number, each one's mask
    is written by itself, in a folder of that reader. `units` are the subjects of the input whose
    identity the objects take on; None leaves them pseudonymous.
    """

    format: Format
    units: Mapping[str, SubjectUnit] | None = None
    with_images: bool = False
    with_probability: bool = False
    subjects: Sequence[str] = ()
    read_by: str = AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedObject:
    """One row of ``export.csv``; `file` is relative to the destination, empty when refused."""

    subject: str
    visit: str
    what: str
    file: str = ""
    reason: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row, with text from outside made inert."""
        status = OK if self.file else REFUSED
        return (self.subject, self.visit, self.what, self.file, status, for_cell(self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whose:
    """One of several readers whose numbers are averaged, and how many were written before."""

    reader: str
    how: str
    n_before: int

    @property
    def note(self) -> str:
        return f"the mask of {self.reader}; tables tell the {self.how}"


@dataclass(slots=True, kw_only=True)
class _Destination:
    root: Path
    rows: list[ExportedObject] = field(default_factory=list)

    def save(self, visit: MeasuredVisit, name: str, write: Write, note: str = "") -> None:
        """Write a file whole or not at all; it is in the table once it is there."""
        with replacing(self.root / name) as temporary:
            write(temporary)
        what = PurePosixPath(name).name.split(".")[0]
        self.rows.append(
            ExportedObject(
                subject=visit.subject, visit=visit.label, what=what, file=name, reason=note
            )
        )


def export_results(
    out: Path, dest: Path, options: ExportOptions, *, show: ShowSubjects | None = None
) -> tuple[ExportedObject, ...]:
    """Write every subject of an output folder into `dest`, then the table ``export.csv``.

    What cannot be written of a visit becomes a row with the reason, and the rest goes on.

    Raises
    ------
    NothingUsable
        If there is no subject to export.
    InvalidSettings
        If `dest` holds files of somebody else, or lies where results are; or if the pictures
        among DICOM objects cannot be drawn here.
    OutputRefused
        If `dest` cannot be written to or is full.
    """
    check_destination(out, dest)
    _check_reader(out, options)
    if options.format is Format.DICOM:
        with needing("figures"):
            import mri_bme.report.figures.handout  # noqa: F401, PLC0415  an extra
    statuses = _chosen(list(read_statuses(out)), options.subjects)
    place = _Destination(root=dest)
    for n_done, status in enumerate(statuses, start=1):
        _export_subject(out, status, options, place)
        if show is not None:
            show(n_done, len(statuses))
    if options.format is Format.BIDS:
        write_dataset_description(dest)
    write_text(dest / TABLE_NAME, _table(place.rows))
    return tuple(place.rows)


def check_destination(out: Path, dest: Path) -> None:
    """Refuse a destination inside the results, or one with files that nobody exported."""
    if dest.exists() and not dest.is_dir():
        raise InvalidSettings(f"{dest.name} is a file; name a folder for the export")
    home, goal = out.resolve(), dest.resolve()
    if goal == home or home in goal.parents or goal in home.parents:
        raise InvalidSettings("DEST must lie beside OUT, not in it or around it; name another one")
    if dest.is_dir() and any(dest.iterdir()) and not (dest / TABLE_NAME).is_file():
        raise InvalidSettings(
            f"{dest.name} holds files that no export left; name an empty or new folder"
        )


def _check_reader(out: Path, options: ExportOptions) -> None:
    check_read_by(out, options.read_by)
    if options.read_by != AUTO and options.format is Format.BIDS:
        raise InvalidSettings("masks of readers are a BIDS derivative already, in OUT/readings")


def left_over(dest: Path, rows: Sequence[ExportedObject]) -> tuple[str, ...]:
    """Name objects of an earlier export that this one did not write again."""
    written = {row.file for row in rows}
    found = (path.relative_to(dest).as_posix() for path in sorted(dest.glob("sub-*/ses-*/**/*.*")))
    return tuple(name for name in found if name not in written)


def _chosen(statuses: list[SubjectStatus], names: Sequence[str]) -> list[SubjectStatus]:
    if not statuses:
        raise NothingUsable(
            "no subject of an earlier run was found there; give the folder that `mri-bme run` wrote"
        )
    if not names:
        return statuses
    chosen = [s for s in statuses if s.subject in names or s.folder in names]
    lost = [name for name in names if not any(name in (s.subject, s.folder) for s in chosen)]
    if lost:
        known = [s.subject for s in statuses]
        advice = did_you_mean(lost[0], known, otherwise="subjects.csv lists all")
        raise InvalidSettings(f"there is no subject {lost[0]} in the output; {advice}")
    return chosen


def _export_subject(
    out: Path, status: SubjectStatus, options: ExportOptions, place: _Destination
) -> None:
    def refuse(label: str, reason: object) -> None:
        place.rows.append(_refused(status.subject, label, options.format.value, reason))

    try:
        standing = standing_behind(out, status, options.read_by)
        if not standing.readers:
            refuse("", f"{standing.reason}; {SETTLED_BY}")
        read = [measured_subject(out, status, read_by=reader) for reader in standing.readers]
    except MriBmeError as error:
        refuse("", error)
        return
    for n_done, (reader, (page, visits)) in enumerate(zip(standing.readers, read, strict=True)):
        if not n_done:
            _refuse_unread(status, visits, refuse)
        whose = _Whose(reader=reader, how=standing.how, n_before=n_done) if len(read) > 1 else None
        if options.format is Format.BIDS:
            _copy_derivative(out, status, place)
            return
        for visit in visits:
            try:
                _export_visit(page, visit, status, options, place, whose=whose)
            except OutputRefused:
                raise
            except MriBmeError as error:
                refuse(visit.label, error)


def _refuse_unread(
    status: SubjectStatus, visits: Sequence[MeasuredVisit], refuse: Callable[[str, object], None]
) -> None:
    measured = {visit.label for visit in visits}
    for label in status.visits:
        if label not in measured:
            refuse(label, status.reason or "no series of this visit was read")


def _export_visit(
    page: SubjectPage,
    visit: MeasuredVisit,
    status: SubjectStatus,
    options: ExportOptions,
    place: _Destination,
    *,
    whose: _Whose | None,
) -> None:
    images = f"{status.folder}/ses-{_plain(visit.label)}/images"
    folder = images.removesuffix("/images") + (f"/{whose.reader}" if whose else "")
    said = whose.note if whose else ""
    if options.format is Format.NRRD:
        if visit.is_evaluable:
            save = partial(write_seg_nrrd, visit=visit)
            place.save(visit, f"{folder}/edema.seg.nrrd", save, said)
        return
    source = _source(visit, status, options)
    if options.format is Format.RTSTRUCT:
        made = writers(contour_objects(visit, source))
    else:
        made = _dicom(page, visit, source, options)
    note = "; ".join(filter(None, (said, *source.notes)))
    for what, write in made:
        place.save(visit, f"{folder}/{what}.dcm", write, note)
    if options.with_images and options.units is None and not (whose and whose.n_before):
        for what, write in writers(copied_images(source)):  # the same ones for all readers
            place.save(visit, f"{images}/{what}.dcm", write)


def _source(visit: MeasuredVisit, status: SubjectStatus, options: ExportOptions) -> SourceImages:
    if options.units is None:
        return pseudonymous_images(visit)
    return original_series(options.units.get(visit.subject), status, visit.label)


def _dicom(
    page: SubjectPage, visit: MeasuredVisit, source: SourceImages, options: ExportOptions
) -> Iterator[tuple[str, Write]]:
    from mri_bme.report.figures.handout import (  # noqa: PLC0415  an extra
        figure_picture,
        figures_pdf,
        handout_figures,
        page_up_to,
    )

    figures = tuple(handout_figures(page_up_to(page, visit.label, named=options.units is None)))
    made = dicom_objects(
        visit,
        source,
        pictures=[figure_picture(figure) for figure in figures],
        pdf=figures_pdf(figures),
        with_probability=options.with_probability,
    )
    return writers(made)


def _copy_derivative(out: Path, status: SubjectStatus, place: _Destination) -> None:
    """Copy the files of a subject that BIDS knows: volumes and masks with their sidecars."""
    for name in status.outputs:
        if name.startswith("ses-") and name.endswith((".nii.gz", ".json")):
            file = f"{status.folder}/{name}"
            with replacing(place.root / file) as temporary:
                shutil.copyfile(out / file, temporary)
            label = name.split("/")[0].removeprefix("ses-")
            place.rows.append(
                ExportedObject(subject=status.subject, visit=label, what="derivative", file=file)
            )


def _refused(subject: str, visit: str, what: str, reason: object) -> ExportedObject:
    return ExportedObject(subject=subject, visit=visit, what=what, reason=str(reason))


def _plain(label: str) -> str:
    return "".join(c for c in label if c.isalnum()) or "none"


def _table(rows: Sequence[ExportedObject]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row.cells for row in rows)
    return stream.getvalue()
