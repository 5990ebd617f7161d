"""`mri-bme verify`: what this pipeline and this protocol can measure."""

import time
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.cli.voice import remark
from mri_bme.intake.source import read_volume, slice_thickness_mm
from mri_bme.phantom import Protocol
from mri_bme.settings import Settings
from mri_bme.verify import design_cases, measure_cases, protocol_like, verification_of
from mri_bme.verify.design import expected_minutes
from mri_bme.verify.measure import Progress
from mri_bme.verify.protocol import marrow_texture_like, reference_of
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
        typer.Option(
            "--true-bones", help="Only with the phantoms' own bones, not with bones found as well."
        ),
    ] = False,
) -> None:
    """Measure bias, linearity, repeatability and detectable change on phantoms."""
    protocol, texture = (Protocol(), None) if like is None else _protocol_of(like)
    cases = design_cases(protocol, quick=quick, texture=texture)
    minutes = expected_minutes(cases, jobs=jobs)
    remark(f"{len(cases)} cases, about {minutes:.0f} min on {jobs} quiet core(s)")
    rows = measure_cases(
        cases, settings=Settings(), jobs=jobs, true_bones=true_bones, progress=_progress()
    )
    verification = verification_of(rows)
    provenance = provenance_of(protocol, verification)
    write_verification(
        out, verification, rows, protocol=protocol, provenance=provenance, texture=texture
    )
    for at, change in zip(verification.detectable_at_ml, verification.detectable_ml, strict=True):
        typer.echo(f"at {at:g} mL: a change beyond {change:.2f} mL is detectable")


def _protocol_of(path: Path) -> tuple[Protocol, float]:
    volume, thickness_mm = read_volume(path), slice_thickness_mm(path)
    reference = reference_of(volume)
    protocol = protocol_like(volume, reference=reference, thickness_mm=thickness_mm)
    return protocol, marrow_texture_like(volume, protocol, reference=reference)


def _progress() -> Progress:
    started = time.monotonic()

    def show(done: int, total: int, name: str) -> None:
        left = (time.monotonic() - started) * (total - done) / done / 60
        remark(f"{done}/{total} {name}, about {left:.0f} min left")

    return show
