"""`mri-bme verify`: what this pipeline and this protocol can measure."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.io.source import read_volume
from mri_bme.phantom import Protocol
from mri_bme.settings import Settings
from mri_bme.verify import design_cases, measure_cases, protocol_like, verification_of
from mri_bme.verify.design import expected_minutes
from mri_bme.verify.measure import Progress
from mri_bme.verify.writing import provenance_of, write_verification


def verify(
    out: Annotated[Path, typer.Argument(help="Folder for the page and the tables.")],
    like: Annotated[
        Path | None, typer.Option("--like", help="Scan whose protocol is simulated.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer subjects, minutes.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 1,
    true_bones: Annotated[
        bool,
        typer.Option("--true-bones", help="Only with the phantoms' own bones, not also found."),
    ] = False,
) -> None:
    """Measure bias, linearity, repeatability and detectable change on phantoms."""
    protocol = Protocol() if like is None else protocol_like(read_volume(like))
    cases = design_cases(protocol, quick=quick)
    minutes = expected_minutes(cases, jobs=jobs, quick=quick)
    sys.stderr.write(f"{len(cases)} cases, about {minutes:.0f} min on {jobs} quiet core(s)\n")
    rows = measure_cases(
        cases, settings=Settings(), jobs=jobs, true_bones=true_bones, progress=_progress()
    )
    verification = verification_of(rows)
    provenance = provenance_of(protocol, verification)
    write_verification(out, verification, rows, protocol=protocol, provenance=provenance)
    for at, change in zip(verification.detectable_at_ml, verification.detectable_ml, strict=True):
        typer.echo(f"at {at:g} mL: a change beyond {change:.2f} mL is detectable")


def _progress() -> Progress:
    started = time.monotonic()

    def show(done: int, total: int, name: str) -> None:
        left = (time.monotonic() - started) * (total - done) / done / 60
        sys.stderr.write(f"{done}/{total} {name}, about {left:.0f} min left\n")

    return show
