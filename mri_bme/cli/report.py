"""`mri-bme report`: pages and figures again, from what a run left."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.figures import ALL, FIGURES_FOLDER, PAPER_FORMATS, draw_figure
from mri_bme.batch.pages import INDEX_NAME, rebuild_pages
from mri_bme.batch.read_pages import rebuild_as_read_by
from mri_bme.cli import exits
from mri_bme.cli.places import own_files
from mri_bme.cli.voice import remark


def report(
    out: Annotated[Path, typer.Argument(help="Folder that `mri-bme run` wrote.")],
    figure: Annotated[
        str | None,
        typer.Option(
            help="Draw this figure instead of the pages, such as change (one per subject) or "
            "waterfall (of the cohort), or all; a name that does not exist lists them. A caption "
            "lies beside each."
        ),
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format", help="Of the figure: svg, png (300 dpi) or pdf; svg, and png with all."
        ),
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Draw this subject only.")] = None,
    read_by: Annotated[
        str | None,
        typer.Option(
            help="Tables and pages as `auto`, a reader's code, `mean` or `consensus` has them."
        ),
    ] = None,
) -> None:
    """Write the pages of a run again, or draw a figure, without measuring anything again."""
    if figure is not None:
        usual = PAPER_FORMATS if figure == ALL else PAPER_FORMATS[:1]
        formats = usual if file_format is None else (file_format,)
        with own_files(out / FIGURES_FOLDER) as written:
            for name in draw_figure(out, figure, formats=formats, subject=subject):
                written += [Path(name).name, Path(name).with_suffix(".txt").name]
                typer.echo(name)
        return
    missing = rebuild_pages(out) if read_by is None else rebuild_as_read_by(out, read_by)
    for folder, reason in missing:
        sys.stderr.write(f"mri-bme: {folder}: {reason}\n")
    if missing:
        raise typer.Exit(exits.NOT_ALL_EVALUABLE)
    made = "pages" if read_by is None else f"tables and pages as {read_by} has them"
    remark(f"wrote {made}; open {out / INDEX_NAME}")
