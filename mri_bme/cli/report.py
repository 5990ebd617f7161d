"""`mri-bme report`: pages and figures again, from what a run left."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.pages import rebuild_pages

EXIT_SOME_FAILED = 4


def report(
    out: Annotated[Path, typer.Argument(help="Folder that `mri-bme run` wrote.")],
) -> None:
    """Write the pages of a run again, without measuring anything again."""
    missing = rebuild_pages(out)
    for folder, reason in missing:
        sys.stderr.write(f"mri-bme: no page for {folder}: {reason}\n")
    if missing:
        raise typer.Exit(EXIT_SOME_FAILED)
