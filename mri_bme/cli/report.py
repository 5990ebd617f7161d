"""`mri-bme report`: pages and figures again, from what a run left."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.pages import draw_figure, rebuild_pages
from mri_bme.cli import exits


def report(
    out: Annotated[Path, typer.Argument(help="Folder that `mri-bme run` wrote.")],
    figure: Annotated[
        str | None,
        typer.Option(
            help="Draw this figure instead of the pages, such as change (one per subject) or "
            "waterfall (of the cohort); a name that does not exist lists them all."
        ),
    ] = None,
    file_format: Annotated[
        str, typer.Option("--format", help="Of the figure: svg, png (300 dpi) or pdf.")
    ] = "svg",
    subject: Annotated[str | None, typer.Option(help="Draw this subject only.")] = None,
) -> None:
    """Write the pages of a run again, or draw a figure, without measuring anything again."""
    if figure is not None:
        for name in draw_figure(out, figure, file_format=file_format, subject=subject):
            typer.echo(name)
        return
    missing = rebuild_pages(out)
    for folder, reason in missing:
        sys.stderr.write(f"mri-bme: no page for {folder}: {reason}\n")
    if missing:
        raise typer.Exit(exits.NOT_ALL_EVALUABLE)
