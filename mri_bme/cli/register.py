"""`mri-bme register`: the rigid motion between two volumes."""

import time
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.resolve import read_config, resolve_settings
from mri_bme.cli import exits
from mri_bme.cli.places import check_outputs
from mri_bme.errors import InvalidSettings
from mri_bme.export.transforms import write_quality, write_transform
from mri_bme.extras import needing
from mri_bme.files import write_bytes
from mri_bme.findings import Registration
from mri_bme.intake.nifti import read_nifti_mask
from mri_bme.intake.source import read_volume
from mri_bme.register_visits import register_visits
from mri_bme.report.fusion import VisitPair
from mri_bme.report.page import PagePixels
from mri_bme.report.words import registration_sentence
from mri_bme.volume import Mask, Volume

TRANSFORM_SUFFIXES = (".tfm", ".txt")
PICTURE_SUFFIXES = (".png", ".svg", ".pdf")


def register(  # noqa: PLR0917 - typer reads options from the signature
    fixed: Annotated[Path, typer.Argument(help="Baseline: NIfTI, or one DICOM series.")],
    moving: Annotated[Path, typer.Argument(help="Follow-up: NIfTI, or one DICOM series.")],
    out: Annotated[Path, typer.Option("--out", help="Transform to write, ending in .tfm.")],
    fixed_mask: Annotated[
        Path | None, typer.Option(help="Bones around the joints, on the grid of FIXED.")
    ] = None,
    moving_mask: Annotated[
        Path | None, typer.Option(help="The same on the grid of MOVING.")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(help="Both visits over each other, before and after: .png, .svg or .pdf."),
    ] = None,
    orientation: Annotated[
        str | None,
        typer.Option(help="How axes run (as RAS) in NIfTI whose header does not say it."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings as TOML; the table [registration] is used.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", help="One setting, as registration.name=value; may be repeated."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that mri-bme did not make.")
    ] = False,
) -> None:
    """Find the rigid motion of the pelvis between two visits.

    Writes an ITK transform that maps LPS mm points of FIXED to MOVING, and beside it a
    JSON file with its quality. A fit that cannot be trusted leaves the JSON file (and the
    picture) only, and exit code 4.
    """
    _check_ending("--out", out, TRANSFORM_SUFFIXES)
    if picture is not None:
        _check_ending("--picture", picture, PICTURE_SUFFIXES)
        with needing("figures"):
            import mri_bme.report.figures  # noqa: F401, PLC0415
    quality = out.with_suffix(".json")
    check_outputs(
        [(out, quality), (quality, quality), (picture, quality)],
        inputs=(fixed, moving, fixed_mask, moving_mask),
        force=force,
    )
    settings = resolve_settings(read_config(config), assignments or ()).registration
    volumes = (
        read_volume(fixed, orientation=orientation),
        read_volume(moving, orientation=orientation),
    )
    masks = (
        _read_mask(fixed_mask, volumes[0], orientation),
        _read_mask(moving_mask, volumes[1], orientation),
    )
    started = time.perf_counter()
    found = register_visits(*volumes, fixed_mask=masks[0], moving_mask=masks[1], settings=settings)
    seconds = time.perf_counter() - started
    write_quality(quality, found.quality, seconds=seconds)
    if picture is not None:
        _write_picture(picture, *volumes, found)
    if not found.quality.accepted:
        out.unlink(missing_ok=True)  # an older fit would look like this one's
        typer.echo(f"mri-bme: not registered: {found.quality.reason}", err=True)
        raise typer.Exit(exits.NOT_ALL_EVALUABLE)
    write_transform(out, found.moving_from_fixed)
    typer.echo(f"{registration_sentence(found)} {seconds:.1f} s; wrote {out.name}")


def _check_ending(option: str, path: Path, suffixes: tuple[str, ...]) -> None:
    if path.suffix not in suffixes:
        raise InvalidSettings(f"{option} is {path.name}; it must end in {' or '.join(suffixes)}")


def _read_mask(path: Path | None, volume: Volume, orientation: str | None) -> Mask | None:
    if path is None:
        return None
    return read_nifti_mask(
        path, volume.geometry, what=f"the mask {path.name}", orientation=orientation
    )


def _write_picture(path: Path, fixed: Volume, moving: Volume, found: Registration) -> None:
    from mri_bme.report.figures import figure_bytes, pair_figure  # noqa: PLC0415  an extra

    pair = VisitPair(
        first=PagePixels(volume=fixed), last=PagePixels(volume=moving), registration=found
    )
    write_bytes(path, figure_bytes(pair_figure(pair), path.suffix.removeprefix(".")))
