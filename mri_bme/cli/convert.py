"""``mri-bme convert``: every MR series of an export as NIfTI."""

from pathlib import Path
from typing import Annotated

import typer

from mri_bme.cli import exits
from mri_bme.cli.intake_progress import counting
from mri_bme.cli.places import check_beginnings, check_folders, check_pictures, own_files
from mri_bme.cli.voice import remark
from mri_bme.errors import NothingUsable
from mri_bme.export.conversion import (
    COLUMNS,
    OK,
    SERIES_TABLE,
    convert_index,
    files_of,
    sidecar_of,
)
from mri_bme.intake.dicom import index_study
from mri_bme.intake.dicom.ids import read_ids
from mri_bme.intake.dicom.nothing import no_series_message


def convert(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Folder of an export.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Where the files go.")],
    ids: Annotated[
        str | None, typer.Option(help="`keep` PatientIDs, or a CSV: patient_id,subject.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that mri-bme did not make.")
    ] = False,
) -> None:
    """Write every MR series as NIfTI with a sidecar, and OUT/series.csv with one row each."""
    check_folders(source, out)
    check_beginnings({out / SERIES_TABLE: ",".join(COLUMNS)}, force=force)
    with counting("files") as progress:
        index = index_study(source, progress=progress, ids=read_ids(ids))
    if not index.series:
        raise NothingUsable(no_series_message(index.n_files, index.skipped))
    with own_files(out, force=force) as written, counting("series") as progress:
        check_pictures(out, files_of(index), force=force)
        converted = convert_index(index, out, progress=progress)
        for item in converted:
            written.extend([item.file, sidecar_of(item.file)] if item.status == OK else [])
        written.append(SERIES_TABLE)
    n_ok = sum(item.status == OK for item in converted)
    for defect in index.defects:
        remark(defect)
    typer.echo(f"{n_ok} of {len(converted)} series written; {out / SERIES_TABLE} lists them")
    if n_ok == 0:
        raise NothingUsable(f"all {len(converted)} series were refused; see {SERIES_TABLE}")
    if n_ok < len(converted) or index.defects:
        raise typer.Exit(exits.NOT_ALL_EVALUABLE)
