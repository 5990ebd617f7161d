"""``mri-bme rois``: where edema is looked for in one volume."""

import inspect
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.resolve import read_config, resolve_settings
from mri_bme.cli import exits
from mri_bme.cli.places import check_outputs
from mri_bme.cli.segment import handover_path, sidecar_path
from mri_bme.cli.voice import remark
from mri_bme.errors import RoiNotFound
from mri_bme.export.nifti import write_nifti
from mri_bme.files import write_json
from mri_bme.intake.given import read_given
from mri_bme.intake.nifti import read_nifti_mask
from mri_bme.intake.source import read_volume, storage_geometry
from mri_bme.pipeline import aligned_t1
from mri_bme.place_rois import place_rois
from mri_bme.record.handover import Handover, write_handover
from mri_bme.record.roi_facts import reference_facts, roi_facts
from mri_bme.record.schema import software
from mri_bme.roi_sources import given_by_role
from mri_bme.sacroiliac import SacroiliacRois

FALL_BACK = "rois.fall_back=true"


def _with_given_options(command: Callable[..., None]) -> Callable[..., None]:
    """Make an option of everything that a source of ROIs may be given (`roi_sources`)."""
    own = inspect.signature(command)
    options = [
        inspect.Parameter(
            role,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[Path | None, typer.Option(f"--{role}", help=given.description)],
        )
        for role, given in given_by_role().items()
    ]
    fixed = [p for p in own.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    command.__signature__ = own.replace(parameters=[*fixed, *options])  # type: ignore[attr-defined]
    return command


@_with_given_options
def rois(  # noqa: PLR0917 - typer reads options from the signature
    volume: Annotated[Path, typer.Argument(help="Fluid-sensitive volume: NIfTI or one series.")],
    out: Annotated[Path, typer.Option("--out", help="Quadrant label map, .nii or .nii.gz.")],
    t1: Annotated[Path | None, typer.Option("--t1", help="T1W of the same visit.")] = None,
    reference: Annotated[
        Path | None, typer.Option("--reference", help="Normal marrow drawn by hand.")
    ] = None,
    reference_out: Annotated[
        Path | None, typer.Option("--reference-out", help="Mask of normal marrow to write.")
    ] = None,
    orientation: Annotated[
        str | None,
        typer.Option(help="How axes run (as RAS) in NIfTI whose header does not say it."),
    ] = None,
    fall_back: Annotated[
        bool,
        typer.Option("--fall-back", help="Use another source where bones that were given fail."),
    ] = False,
    config: Annotated[Path | None, typer.Option(help="Settings as TOML.")] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", help="One setting, as rois.name=value; may be repeated."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that mri-bme did not make.")
    ] = False,
    **given: Path | None,
) -> None:
    """Find the eight quadrants beside the sacroiliac joints, and normal marrow.

    What is given is tried in the order of the setting `rois.sources`; the network comes last.

    Writes the label map on the grid of VOLUME and, beside it, a JSON file that says how
    it was obtained and a ZIP file from which `mri-bme segment` takes what a label map does
    not hold. When the joints are not found with confidence nothing is written and
    the exit code is 4.
    """
    sidecar = sidecar_path(out)
    normal = None if reference_out is None else sidecar_path(reference_out)
    check_outputs(
        (
            *((out, sidecar), (sidecar, sidecar), (handover_path(out), sidecar)),
            *((reference_out, normal), (normal, normal)),
        ),
        inputs=(volume, t1, reference, *given.values()),
        force=force,
    )
    chosen = [*(assignments or ()), *((FALL_BACK,) if fall_back else ())]
    settings = resolve_settings(read_config(config), chosen).rois
    scan = read_volume(volume, orientation=orientation)
    stored = storage_geometry(volume, orientation=orientation)
    weighted, doubts = None, tuple[str, ...]()
    if t1 is not None:
        weighted, look = aligned_t1(scan, read_volume(t1, orientation=orientation))
        doubts = look.doubts
    for words in doubts:
        remark(f"check this scan: {words}")
    try:
        found = place_rois(
            scan,
            t1=weighted,
            given={
                role: read_given(
                    path, given_by_role()[role], scan.geometry, settings, orientation=orientation
                )
                for role, path in given.items()
                if path is not None
            },
            reference=None
            if reference is None
            else read_nifti_mask(
                reference, scan.geometry, what="reference marrow", orientation=orientation
            ),
            settings=settings,
        )
    except RoiNotFound as error:
        typer.echo(f"mri-bme: not evaluable: {error}", err=True)
        raise typer.Exit(exits.NOT_ALL_EVALUABLE) from error
    write_nifti(out, found.quadrants, scan.geometry, stored=stored)
    told = {**roi_facts(found), "doubts_about_scan": list(doubts), "Software": software()}
    write_json(sidecar, told)
    write_handover(handover_path(out), Handover(rois=found, t1=weighted))
    if reference_out is not None and found.reference is not None:
        write_nifti(reference_out, found.reference.voxels, scan.geometry, stored=stored)
        told = {**reference_facts(found), "Software": software()}
        write_json(sidecar_path(reference_out), told)
    following = f"mri-bme segment {shlex.quote(str(volume))} --rois {shlex.quote(str(out))}"
    typer.echo(
        f"{_in_words(found)}: {out.name}, {sidecar.name}; next: {following} --out edema.nii.gz"
    )


def _in_words(found: SacroiliacRois) -> str:
    normal_ml = 0.0 if found.reference is None else found.reference.volume_ml
    return (
        f"{found.mask.volume_ml:.1f} mL of marrow by the joints ({found.source}, confidence "
        f"{found.confidence:.2f}) and {normal_ml:.1f} mL of normal marrow"
    )
