"""``mri-bme segment``: the edema of one volume."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from mri_bme.batch.resolve import read_config, resolve_settings
from mri_bme.check_appearance import Appearance, check_rois, check_scan, unsure_look
from mri_bme.cli.places import check_outputs
from mri_bme.cli.voice import remark
from mri_bme.errors import NotEvaluable, OutputRefused, ReferenceTooSmall
from mri_bme.export.nifti import write_nifti
from mri_bme.files import write_json
from mri_bme.intake.nifti import NIFTI_SUFFIXES, read_nifti_labels, read_nifti_mask
from mri_bme.intake.source import read_volume, storage_geometry
from mri_bme.pipeline import aligned_t1, bones_confidence
from mri_bme.place_rois import place_rois
from mri_bme.record.edema import edema_facts, edema_line
from mri_bme.record.handover import Handover, is_as_placed, placed_by, read_handover
from mri_bme.record.schema import software
from mri_bme.score_edema import score_edema
from mri_bme.segment_edema import segment_edema
from mri_bme.settings import AppearanceSettings, RoiSettings
from mri_bme.volume import Mask, Volume


def segment(  # noqa: PLR0917 - typer reads options from the signature
    volume: Annotated[Path, typer.Argument(help="Fluid-sensitive volume.")],
    rois: Annotated[Path, typer.Option("--rois", help="Quadrant label map, 0 to 8.")],
    out: Annotated[Path, typer.Option("--out", help="Where the mask goes, .nii or .nii.gz.")],
    reference: Annotated[
        Path | None, typer.Option("--reference", help="Mask of normal marrow.")
    ] = None,
    t1: Annotated[Path | None, typer.Option("--t1", help="T1W volume of the same visit.")] = None,
    orientation: Annotated[
        str | None,
        typer.Option(help="How axes run (as RAS) in NIfTI whose header does not say it."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as TOML.")] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", help="One setting, as segment.name=value; may be repeated."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that mri-bme did not make.")
    ] = False,
) -> None:
    """Find the edema inside ROIs; write its mask, and what it means as JSON beside it.

    What `mri-bme rois` left beside ROIS is used without being named: normal marrow, the
    distance to the joint, and T1W. The numbers are then those of `mri-bme run` on the same
    scan. A map that was corrected is measured as `run --rois-dir` does.
    """
    sidecar = sidecar_path(out)
    check_outputs(
        [(out, sidecar), (sidecar, sidecar)], inputs=(volume, rois, reference, t1), force=force
    )
    settings = resolve_settings(read_config(config), assignments or ())
    scan = read_volume(volume, orientation=orientation)
    normal = (
        None
        if reference is None
        else read_nifti_mask(
            reference, scan.geometry, what="reference marrow", orientation=orientation
        )
    )
    placed = _rois_from(rois, scan, normal, settings.rois, orientation)
    weighted = placed.t1 if t1 is None else read_volume(t1, orientation=orientation)
    look = check_scan(scan, weighted)
    if t1 is not None and weighted is not None:  # what `mri-bme rois` left is aligned already
        weighted, beside = aligned_t1(scan, weighted)
        look += beside
    look += check_rois(scan, placed.rois, t1=weighted)
    _refuse_what_cannot_be(look, settings.appearance)
    for words in (*look.impossible, *look.doubts):
        remark(f"check this scan: {words}")
    found = segment_edema(
        scan,
        placed.rois,
        t1=weighted,
        look=unsure_look(look, confidence=bones_confidence(placed.rois)),
        settings=settings.segment,
    )
    stored = storage_geometry(volume, orientation=orientation)
    write_nifti(out, found.mask.voxels, scan.geometry, stored=stored)
    burden = score_edema(found, placed.rois, settings=settings.score)
    doubts = {"doubts_about_scan": [*look.impossible, *look.doubts]}
    write_json(sidecar, {**edema_facts(found, burden), **doubts, "Software": software()})
    typer.echo(f"{edema_line(burden)}: {out.name}, {sidecar.name}")


def _refuse_what_cannot_be(look: Appearance, settings: AppearanceSettings) -> None:
    """Refuse a scan as `run` does, unless the settings say to flag it."""
    if look.impossible and settings.when_impossible == "refuse":
        raise NotEvaluable(
            f"{'; '.join(look.impossible)}; --set appearance.when_impossible=flag measures it "
            "all the same"
        )


def _rois_from(
    path: Path,
    scan: Volume,
    reference: Mask | None,
    settings: RoiSettings,
    orientation: str | None,
) -> Handover:
    """Take ROIs as `mri-bme rois` placed them, or a map that was drawn or corrected."""
    labels = read_nifti_labels(path, scan.geometry, what="the ROI map", orientation=orientation)
    kept = read_handover(handover_path(path), labels)
    if kept is not None:
        return (
            kept if reference is None else replace(kept, rois=kept.rois.with_reference(reference))
        )
    drawn = place_rois(scan, quadrants=labels, reference=reference, settings=settings)
    if drawn.reference is None:
        raise ReferenceTooSmall(
            f"no normal marrow was found for {path.name}; name the mask of it with --reference, "
            "and T1W with --t1 if there is one"
        )
    facts = _facts_beside(path)
    if is_as_placed(facts, drawn.quadrants):
        remark(
            f"{handover_path(path).name}, which mri-bme rois writes, does not lie beside "
            f"{path.name}: distances to the joint are worked out anew, normal marrow as well "
            "unless --reference names it, and T1W is left out unless --t1 does, so that numbers "
            "differ a little from those of mri-bme run"
        )
    return Handover(rois=replace(drawn, placed_by=placed_by(facts, drawn.quadrants)))


def _facts_beside(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(sidecar_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def handover_path(rois: Path) -> Path:
    """``ROIS_exact.zip`` for ``ROIS.nii.gz``."""
    return rois.with_name(sidecar_path(rois).stem + "_exact.zip")


def sidecar_path(mask: Path) -> Path:
    """``EDEMA.json`` for ``EDEMA.nii.gz``."""
    for suffix in sorted(NIFTI_SUFFIXES, key=len, reverse=True):
        if mask.name.endswith(suffix):
            return mask.with_name(mask.name.removesuffix(suffix) + ".json")
    raise OutputRefused(f"the mask must end in .nii or .nii.gz, found {mask.name}")
