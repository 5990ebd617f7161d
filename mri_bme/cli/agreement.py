"""`mri-bme agreement`: readers against each other and against the program."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.agreement import write_agreement_of_readers


def agreement(
    out: Annotated[Path, typer.Argument(help="Folder that `mri-bme run` wrote, with readings.")],
    *,
    beyond_ml: Annotated[
        float | None,
        typer.Option(
            min=0, help="Adjudicate where volumes (mL) differ by more; that of the task, or 0.5."
        ),
    ] = None,
    beyond_sparcc: Annotated[
        float | None,
        typer.Option(
            min=0, help="Adjudicate where SPARCC differs by more; that of the task, or 5."
        ),
    ] = None,
) -> None:
    """Compare readers with each other, with themselves and with the program."""
    given = {"edema_ml": beyond_ml, "sparcc": beyond_sparcc}
    limits = {name: limit for name, limit in given.items() if limit is not None}
    page, n_readings = write_agreement_of_readers(out, limits=limits)
    sys.stdout.write(f"{n_readings} signed readings were compared; open {page}\n")
