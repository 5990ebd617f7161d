"""``mri-bme export``: results in other people's formats."""

from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.discover import find_input
from mri_bme.batch.export import TABLE_NAME, ExportOptions, Format, export_results, left_over
from mri_bme.batch.inputs import SubjectUnit
from mri_bme.batch.resolve import read_settings
from mri_bme.cli import exits
from mri_bme.cli.intake_progress import counting
from mri_bme.cli.places import check_folders
from mri_bme.errors import InvalidSettings, NothingUsable
from mri_bme.intake.dicom.ids import read_ids
from mri_bme.settings import Settings


def export(  # noqa: PLR0917  typer makes options of parameters
    out: Annotated[Path, typer.Argument(help="Folder that `mri-bme run` wrote.")],
    dest: Annotated[Path, typer.Argument(metavar="DEST", help="Where the objects go.")],
    as_format: Annotated[
        Format,
        typer.Option(
            "--as",
            help="dicom: segmentations, structured report, captures and a PDF per visit; nrrd: "
            "for 3D Slicer; rtstruct: contours; bids: a derivative.",
        ),
    ],
    source: Annotated[
        Path | None,
        typer.Option(help="INPUT of the run, whose series identified results refer to."),
    ] = None,
    identified: Annotated[
        bool,
        typer.Option(
            "--identified",
            help="Take identity and UIDs from --source, for a PACS. They are written into DEST "
            "and nowhere else.",
        ),
    ] = False,
    with_images: Annotated[
        bool,
        typer.Option("--with-images", help="Write the pseudonymous images that results refer to."),
    ] = False,
    probability: Annotated[
        bool, typer.Option("--probability", help="Add a fractional SEG of the probability.")
    ] = False,
    subject: Annotated[
        list[str] | None, typer.Option(help="Export this subject only; may be repeated.")
    ] = None,
    read_by: Annotated[
        str,
        typer.Option("--read-by", help="Whose edema: auto, a reader's code, mean or consensus."),
    ] = "auto",
    manifest: Annotated[Path | None, typer.Option(help="Manifest that the run was given.")] = None,
    ids: Annotated[str | None, typer.Option(help="--ids that the run was given.")] = None,
) -> None:
    """Write results in other people's formats: DICOM for a PACS, NRRD, RTSTRUCT, BIDS.

    Without --identified, results are pseudonymous: they refer to copies of the series that
    --with-images writes, dated by days since 1900-01-01.
    """
    _check_options(as_format, source, dest, identified=identified, with_images=with_images)
    options = ExportOptions(
        format=as_format,
        units=_units(source, out, manifest, ids) if identified and source else None,
        with_images=with_images,
        with_probability=probability,
        subjects=tuple(subject or ()),
        read_by=read_by,
    )
    with counting("subjects") as progress:
        rows = export_results(out, dest, options, show=progress)
    written = [row for row in rows if row.file]
    for row in rows:
        if not row.file:
            typer.echo(f"mri-bme: {row.subject} {row.visit}: {row.reason}", err=True)
    stale = left_over(dest, rows)
    if stale:
        typer.echo(
            f"mri-bme: {len(stale)} files of an earlier export were not written again and may be "
            f"out of date, {stale[0]} among them; delete {dest.name} and export again",
            err=True,
        )
    if not written:
        raise NothingUsable(f"nothing was exported; see {TABLE_NAME} for the reasons")
    typer.echo(_closing(len(written), options, dest))
    if len(written) < len(rows):
        raise typer.Exit(exits.NOT_ALL_EVALUABLE)


def _check_options(
    as_format: Format, source: Path | None, dest: Path, *, identified: bool, with_images: bool
) -> None:
    if identified and source is None:
        raise InvalidSettings("--identified needs --source, the INPUT that was measured")
    if identified and as_format not in {Format.DICOM, Format.RTSTRUCT}:
        raise InvalidSettings("--identified is for DICOM: --as dicom or --as rtstruct")
    if identified and with_images:
        raise InvalidSettings("--with-images writes pseudonymous copies; leave one of both out")
    if source is not None:
        check_folders(source, dest)
        if source.resolve() in dest.resolve().parents:
            raise InvalidSettings("DEST lies inside INPUT; name another folder for the export")


def _units(
    source: Path, out: Path, manifest: Path | None, ids: str | None
) -> dict[str, SubjectUnit]:
    found = find_input(
        source,
        settings=read_settings(out) or Settings(),
        manifest=manifest,
        ids=read_ids(ids),
    )
    return {unit.subject: unit for unit in found.units}


def _closing(n_files: int, options: ExportOptions, dest: Path) -> str:
    told = f"{n_files} files in {dest.name}; {TABLE_NAME} lists them"
    if options.units is not None:
        return f"{told}. They hold names and UIDs of patients: keep them as you keep the scans"
    if options.format is Format.DICOM and not options.with_images:
        return f"{told}. They refer to images that --with-images writes beside them"
    return told
