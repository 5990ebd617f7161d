"""`mri-bme agreement`: readers against each other and against the program."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.agreement import LIMITS, write_agreement_of_readers


def agreement(
    out: Annotated[Path, typer.Argument(help="Folder that `mri-bme run` wrote, with readings.")],
    *,
    beyond_ml: Annotated[
        float, typer.Option(min=0, help="Adjudicate where volumes (mL) differ by more.")
    ] = LIMITS["edema_ml"],
    beyond_sparcc: Annotated[
        float, typer.Option(min=0, help="Adjudicate where SPARCC differs by more.")
    ] = LIMITS["sparcc"],
) -> None:
    """Compare readers with each other, with themselves and with the program."""
    page, n_readings = write_agreement_of_readers(
        out, limits={"edema_ml": beyond_ml, "sparcc": beyond_sparcc}
    )
    sys.stdout.write(f"{n_readings} signed readings were compared; open {page}\n")
