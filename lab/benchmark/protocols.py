"""One subject scanned with protocols that sites use: bias and false volume of each, in one table.

Every protocol scans the same subjects twice in one pose, with edema and without, so that what
differs between rows is the protocol's. Contrasts other than STIR are the phantom's STIR signal
raised to a power: on fluid-weighted series with spectral suppression fluid and edema stand out
more against marrow. That is a model of how much stands out, not of the physics of a sequence.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from scipy import ndimage

from lab.labelled_scans import labelled_folders
from mri_bme.errors import NotEvaluable
from mri_bme.intake.nifti import read_nifti
from mri_bme.phantom import Protocol
from mri_bme.phantom.anatomy import Anatomy, make_anatomy
from mri_bme.phantom.artifacts import NONE, Artifacts
from mri_bme.phantom.lesions import LesionPlan, make_edema
from mri_bme.phantom.prescription import Pose
from mri_bme.phantom.scanner import Scan, scan, slab_geometry
from mri_bme.pipeline import aligned_t1
from mri_bme.place_rois import place_rois
from mri_bme.resample import resample_volume
from mri_bme.sacroiliac import Bone, Side
from mri_bme.segment_edema import segment_edema
from mri_bme.volume import MM3_PER_ML, Volume, VolumeGeometry

FINENESS = 1.4
SPECTRAL = 1.25  # power of the STIR signal: edema twice as bright as marrow is 2.4 times
EDEMA = (  # bone, height, mL, times marrow
    (Side.LEFT, Bone.ILIUM, 0.35, 4.0, 2.2),
    (Side.LEFT, Bone.SACRUM, 0.6, 2.5, 1.9),
    (Side.RIGHT, Bone.ILIUM, 0.7, 0.8, 2.0),
)
RESAMPLED_MM = {"1 mm in plane": (None, 1.0), "5 mm slices": (5.0, None)}
COLUMNS = "protocol,seed,bones,true_ml,found_ml,false_ml,reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteProtocol:
    """A protocol and what its contrast and suppression do."""

    protocol: Protocol
    power: float = 1.0
    artifacts: Artifacts = NONE
    is_coronal: bool = False


def _site(
    pixel_mm: float,
    thickness_mm: float,
    spacing_mm: float,
    *,
    noise: float,
    shading: float,
    power: float = 1.0,
    unsuppressed: float = 0.0,
    is_coronal: bool = False,
    slab_mm: float = 84.0,
) -> SiteProtocol:
    return SiteProtocol(
        protocol=Protocol(
            n_slices=round(slab_mm / spacing_mm),
            matrix=round(205 / pixel_mm),
            pixel_mm=pixel_mm,
            thickness_mm=thickness_mm,
            spacing_mm=spacing_mm,
            noise=noise,
            shading=shading,
        ),
        power=power,
        artifacts=Artifacts(failed_fat_suppression=unsuppressed),
        is_coronal=is_coronal,
    )


PROTOCOLS: dict[str, SiteProtocol] = {
    "3 T STIR": _site(0.6, 3.0, 3.3, noise=0.08, shading=0.25),
    "3 T STIR without gap": _site(0.8, 4.0, 4.0, noise=0.07, shading=0.25),
    "3 T T2 FS": _site(0.6, 3.0, 3.3, noise=0.06, shading=0.25, power=SPECTRAL, unsuppressed=0.1),
    "3 T SPAIR": _site(0.5, 4.0, 4.4, noise=0.06, shading=0.25, power=SPECTRAL, unsuppressed=0.05),
    "3 T Dixon water": _site(0.7, 3.0, 3.0, noise=0.05, shading=0.25, power=SPECTRAL),
    "1.5 T STIR": _site(0.98, 4.0, 5.0, noise=0.1, shading=0.15),
    "1.5 T STIR 5 mm": _site(1.1, 5.0, 5.0, noise=0.08, shading=0.15),
    "1.5 T STIR 5 mm and gap": _site(0.9, 5.0, 6.0, noise=0.08, shading=0.15),
    "1.5 T T2 FS": _site(0.8, 4.0, 4.4, noise=0.08, shading=0.15, power=SPECTRAL, unsuppressed=0.2),
    "1.5 T SPAIR": _site(0.7, 4.0, 4.4, noise=0.08, shading=0.15, power=SPECTRAL),
    "1.5 T Dixon water": _site(1.1, 4.0, 4.0, noise=0.07, shading=0.15, power=SPECTRAL),
    "3-D isotropic": _site(1.2, 1.2, 1.2, noise=0.1, shading=0.25),
    "coronal STIR": _site(0.8, 4.0, 4.4, noise=0.09, shading=0.18, is_coronal=True, slab_mm=110),
    "uneven suppression": _site(
        0.8, 4.0, 4.4, noise=0.08, shading=0.2, power=SPECTRAL, unsuppressed=0.5
    ),
    "uneven coil": _site(0.8, 4.0, 4.4, noise=0.09, shading=0.4),
    "noisy": _site(0.6, 3.0, 3.3, noise=0.15, shading=0.2),
}
"""By field strength and contrast; noise and shading in units of `phantom.Protocol`."""


def protocols(
    first_seed: Annotated[int, typer.Option(help="First subject.")] = 8101,
    seeds: Annotated[int, typer.Option(help="Subjects, each scanned with every protocol.")] = 2,
    only: Annotated[list[str] | None, typer.Option(help="Of these protocols only.")] = None,
    real: Annotated[
        Path | None, typer.Option(help="Folder with sij_nifti: resample these scans instead.")
    ] = None,
) -> None:
    """Measure bias and false volume per protocol, with given and with found bones."""
    if real is not None:
        resampled(real)
        return
    typer.echo(COLUMNS)
    rows = []
    for seed in range(first_seed, first_seed + seeds):
        anatomy = make_anatomy(seed, fineness=FINENESS)
        for name in only or PROTOCOLS:
            for row in measured(anatomy, PROTOCOLS[name], seed):
                rows.append({"protocol": name, "seed": seed, **row})
                typer.echo(",".join("" if v is None else str(v) for v in rows[-1].values()))
    typer.echo(table_of(rows))


def measured(
    anatomy: Anatomy, site: SiteProtocol, seed: int
) -> Iterator[dict[str, float | str | None]]:
    """Measure one subject with edema and without, by the true bones and by found ones."""
    ill, healthy = (scanned(anatomy, site, plans, seed) for plans in (lesions(site), ()))
    yield from found_and_false(ill, healthy)


def found_and_false(ill: Scan, healthy: Scan) -> Iterator[dict[str, float | str | None]]:
    """Measure a scan with edema and the same without, by the true bones and by found ones."""
    voxel_ml = float(np.prod(ill.stir.geometry.spacing_mm)) / MM3_PER_ML
    true_ml = float(ill.edema_fraction.sum(dtype=np.float64)) * voxel_ml
    for bones in ("given", "found"):
        found, reason = edema_ml(ill, bones)
        false, other = edema_ml(healthy, bones)
        yield {
            "bones": bones,
            "true_ml": round(true_ml, 3),
            "found_ml": found,
            "false_ml": false,
            "reason": (reason or other).replace(",", ";"),
        }


def lesions(site: SiteProtocol) -> tuple[LesionPlan, ...]:
    """Plan the same edema for every protocol, as bright as its contrast shows it."""
    return tuple(
        LesionPlan(side=side, bone=bone, height=height, volume_ml=ml, peak_ratio=ratio**site.power)
        for side, bone, height, ml, ratio in EDEMA
    )


def scanned(anatomy: Anatomy, site: SiteProtocol, plans: tuple[LesionPlan, ...], seed: int) -> Scan:
    """Scan a subject by a site's protocol."""
    pose = Pose.draw(np.random.default_rng([seed, 5]))
    if site.is_coronal:
        pose = coronal(anatomy, site.protocol, pose)
    seen = replace(anatomy, stir=anatomy.stir ** np.float32(site.power))
    return scan(
        seen,
        make_edema(anatomy, plans, seed=seed),
        site.protocol,
        pose,
        geometry=slab_geometry(anatomy, site.protocol, pose),
        seed=seed,
        artifacts=site.artifacts,
    )


def coronal(anatomy: Anatomy, protocol: Protocol, pose: Pose) -> Pose:
    """Turn the slab off the sacrum until its slices stand upright in the scanner."""
    tilts = [replace(pose, tilt_degrees=(float(t), 0.0)) for t in range(-60, 61, 2)]
    upright = [
        abs(float(slab_geometry(anatomy, protocol, tilted).directions[1, 0])) for tilted in tilts
    ]
    return tilts[int(np.argmax(upright))]


def edema_ml(seen: Scan, bones: str) -> tuple[float | None, str]:
    """Millilitres found, or the reason why nothing was measured."""
    t1, look = aligned_t1(seen.stir, seen.t1)
    try:
        rois = place_rois(seen.stir, t1=t1, bones=seen.bone_labels if bones == "given" else None)
        found = segment_edema(seen.stir, rois, t1=t1).edema_ml
    except NotEvaluable as error:
        return None, str(error)
    return round(found, 3), "; ".join(look.doubts)


def table_of(rows: list[dict[str, float | str | None]]) -> str:
    """Summarise: bias of what the slab saw, in percent, and millilitres where there is nothing."""
    frame = pd.DataFrame(rows)
    for name in ("true_ml", "found_ml", "false_ml"):
        frame[name] = pd.to_numeric(frame[name])
    frame["bias"] = 100 * (frame["found_ml"] / frame["true_ml"] - 1)
    lines = [
        "| Protocol | pixel, slice, step (mm) | bias, bones given | bones found | "
        "false mL, given | found | not evaluable |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, group in frame.groupby("protocol", sort=False):
        one = PROTOCOLS[str(name)].protocol
        by = dict(iter(group.groupby("bones")))
        cells = [
            f"{one.pixel_mm:g}, {one.thickness_mm:g}, {one.spacing_mm:g}",
            *(_cell(by[bones]["bias"].mean(), "{:+.0f} %") for bones in ("given", "found")),
            *(_cell(by[bones]["false_ml"].max(), "{:.2f}") for bones in ("given", "found")),
            f"{int(group['found_ml'].isna().sum())} of {len(group)}",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(value: float, form: str) -> str:
    return "" if np.isnan(value) else form.format(value)


def resampled(data: Path) -> None:
    """Measure labelled scans as they are and on coarser grids, with ROIs found anew."""
    typer.echo("scan,grid,edema_ml")
    for folder in labelled_folders(data):
        if not (folder / "stir.nii.gz").is_file():
            continue
        stir, t1 = (read_nifti(folder / f"{name}.nii.gz") for name in ("stir", "t1w"))
        grids: dict[str, tuple[float | None, float | None]] = {"as acquired": (None, None)}
        for name, (step_mm, pixel_mm) in (grids | RESAMPLED_MM).items():
            seen, fat = (coarser(volume, step_mm, pixel_mm) for volume in (stir, t1))
            used, _ = aligned_t1(seen, fat)
            try:
                rois = place_rois(seen, t1=used)
                found = f"{segment_edema(seen, rois, t1=used).edema_ml:.2f}"
            except NotEvaluable as error:
                found = str(error).replace(",", ";")
            typer.echo(f"{folder.name},{name},{found}")


def coarser(volume: Volume, step_mm: float | None, pixel_mm: float | None) -> Volume:
    """Average to slices `step_mm` apart and pixels of `pixel_mm`, where these are given.

    The slice axis is the one of the longest voxels.
    """
    geometry = volume.geometry
    slices = int(np.argmax(geometry.spacing_mm))
    wanted = [
        (step_mm if axis == slices else pixel_mm) or own
        for axis, own in enumerate(geometry.spacing_mm)
    ]
    ratio = np.divide(wanted, geometry.spacing_mm)
    if np.allclose(ratio, 1):
        return volume
    blur = np.sqrt(np.maximum(ratio**2 - 1, 0) / 12)  # SD of a box of the new width over the old
    smooth = ndimage.gaussian_filter(volume.voxels, blur)
    n = [max(1, int(size / r)) for size, r in zip(geometry.shape, ratio, strict=True)]
    matrix = geometry.lps_from_index @ np.diag([*ratio, 1.0])
    first = (np.array(geometry.shape) - 1) / 2 - (np.array(n) - 1) / 2 * ratio
    matrix[:3, 3] = geometry.points_lps(first)
    target = VolumeGeometry(shape=(n[0], n[1], n[2]), lps_from_index=matrix)
    return resample_volume(Volume(geometry=geometry, voxels=smooth), target)
