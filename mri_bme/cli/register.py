"""`mri-bme register`: the rigid motion between two volumes."""

import time
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.cli import exits
from mri_bme.errors import InvalidSettings
from mri_bme.io.nifti import read_nifti_mask
from mri_bme.io.source import read_volume
from mri_bme.io.transforms import write_quality, write_transform
from mri_bme.register_visits import register_visits
from mri_bme.volume import Mask, Volume


def register(
    fixed: Annotated[Path, typer.Argument(help="Baseline: NIfTI, or one DICOM series.")],
    moving: Annotated[Path, typer.Argument(help="Follow-up: NIfTI, or one DICOM series.")],
    out: Annotated[Path, typer.Option("--out", help="Transform to write, ending in .tfm.")],
    fixed_mask: Annotated[
        Path | None, typer.Option(help="Bones around the joints, on the grid of FIXED.")
    ] = None,
    moving_mask: Annotated[
        Path | None, typer.Option(help="The same on the grid of MOVING.")
    ] = None,
) -> None:
    """Find the rigid motion of the pelvis between two visits.

    Writes an ITK transform that maps LPS mm points of FIXED to MOVING, and beside it a
    JSON file with its quality. A fit that cannot be trusted leaves the JSON file only,
    and exit code 4.
    """
    if out.suffix not in (".tfm", ".txt"):
        raise InvalidSettings(f"--out is {out.name}; an ITK transform file ends in .tfm or .txt")
    volumes = read_volume(fixed), read_volume(moving)
    masks = _read_mask(fixed_mask, volumes[0]), _read_mask(moving_mask, volumes[1])
    started = time.perf_counter()
    found = register_visits(*volumes, fixed_mask=masks[0], moving_mask=masks[1])
    seconds = time.perf_counter() - started
    write_quality(out.with_suffix(".json"), found.quality, seconds=seconds)
    if not found.quality.accepted:
        out.unlink(missing_ok=True)  # an older fit would look like this one's
        typer.echo(f"mri-bme: not registered: {found.quality.reason}", err=True)
        raise typer.Exit(exits.NOT_ALL_EVALUABLE)
    write_transform(out, found.moving_from_fixed)


def _read_mask(path: Path | None, volume: Volume) -> Mask | None:
    if path is None:
        return None
    return read_nifti_mask(path, volume.geometry, what=f"the mask {path.name}")
