"""`mri-bme phantom`: a synthetic subject or cohort with known edema."""

from pathlib import Path
from typing import Annotated

import typer

from mri_bme.io.phantom_files import VENDORS, write_phantom
from mri_bme.phantom import SCENARIOS, make_phantom
from mri_bme.phantom.scanner import SAMPLE


def phantom(
    out: Annotated[Path, typer.Argument(help="Folder for the DICOM files and truth.json.")],
    scenario: Annotated[str, typer.Option(help=f"One of: {', '.join(SCENARIOS)}.")] = "letter",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 1,
    vendor: Annotated[str, typer.Option(help=f"Tags of: {', '.join(VENDORS)}.")] = "siemens",
) -> None:
    """Make a synthetic subject: DICOM of both visits and truth.json."""
    subject = make_phantom(scenario, seed=seed, protocol=SAMPLE)
    write_phantom(subject, out, vendor=vendor)
    typer.echo(
        f"{subject.subject_id}: "
        + ", ".join(f"{v.label} {v.region_ml('total'):.2f} mL" for v in subject.visits)
    )
