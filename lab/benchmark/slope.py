"""Why less than all of the edema is found: noise, texture, height of the cut-off, found bones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from lab.labelled_scans import labelled_folders, read_labelled_scan
from mri_bme.errors import NotEvaluable
from mri_bme.intake.source import read_volume
from mri_bme.phantom import Protocol, make_anatomy
from mri_bme.phantom.build import Build
from mri_bme.phantom.lesions import make_edema
from mri_bme.phantom.prescription import Pose
from mri_bme.phantom.scanner import Scan, scan, slab_geometry
from mri_bme.place_rois import place_rois
from mri_bme.segment_edema import segment_edema
from mri_bme.settings import SegmentSettings
from mri_bme.verify.design import spread_lesions
from mri_bme.verify.protocol import marrow_texture_like, protocol_like, reference_of
from mri_bme.volume import Volume

FINENESS = 1.6
EDEMA_ML = 12.0
FIRST_SEED = 72_020
LOW_SD = 3.0  # of the cut-off, where settings have 5
NOISELESS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Marrow:
    """How a phantom is scanned, and how uneven its marrow is; its own texture when None."""

    protocol: Protocol
    texture: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Share of the edema that was found in one scan, and where the cut-off lay."""

    share: float
    cut: float


def slope(
    data: Annotated[Path, typer.Argument(help="Folder of real scans, for their protocols.")],
    subjects: Annotated[int, typer.Option(min=1, help="Each another one.")] = 4,
    first_seed: Annotated[int, typer.Option()] = FIRST_SEED,
) -> None:
    """Take away one cause of a slope below 1 at a time, with protocols of real scans."""
    seeds = range(first_seed, first_seed + subjects)
    found = {
        name: [measured(marrow, seed) for seed in seeds] for name, marrow in marrows(data).items()
    }
    for line in told(found):
        typer.echo(line)


def marrows(data: Path) -> dict[str, Marrow]:
    """List the default protocol, and those of scans of people with their texture of marrow."""
    scans: dict[str, Volume] = {}
    for folder in labelled_folders(data):
        volume = read_labelled_scan(folder).stir
        if volume is not None:
            scans[folder.name] = volume
    scans["1.5 T patient"] = read_volume(data / "sij_dicom" / "STIR")
    return {"default": Marrow(protocol=Protocol())} | {
        name: _like(volume) for name, volume in scans.items()
    }


def _like(volume: Volume) -> Marrow:
    reference = reference_of(volume)
    protocol = protocol_like(volume, reference=reference)
    texture = marrow_texture_like(volume, protocol, reference=reference)
    return Marrow(protocol=protocol, texture=texture)


def measured(marrow: Marrow, seed: int) -> Mapping[str, Found]:
    """Measure one subject as it is, with found bones, without noise, and with a lower cut-off."""
    noiseless = replace(marrow.protocol, noise=marrow.protocol.noise * NOISELESS)
    seen, quiet = (_scanned(marrow, p, seed) for p in (marrow.protocol, noiseless))
    low = SegmentSettings(n_sd=LOW_SD)
    tried: Mapping[str, tuple[Scan, bool, SegmentSettings]] = {
        "as it is": (seen, True, SegmentSettings()),
        "bones found": (seen, False, SegmentSettings()),
        "without noise": (quiet, True, SegmentSettings()),
        "cut-off at 3 SD": (seen, True, low),
        "both": (quiet, True, low),
    }
    found: dict[str, Found] = {}
    for name, (one, is_given, settings) in tried.items():
        try:
            found[name] = share_found(one, is_given=is_given, settings=settings)
        except NotEvaluable:
            continue
    return found


def share_found(seen: Scan, *, is_given: bool, settings: SegmentSettings) -> Found:
    """Share of the edema of a scan that is found."""
    rois = place_rois(seen.stir, t1=seen.t1, bones=seen.bone_labels if is_given else None)
    found = segment_edema(seen.stir, rois, t1=seen.t1, settings=settings)
    true_ml = float(seen.edema_fraction.sum(dtype=np.float64))
    true_ml *= seen.stir.geometry.voxel_volume_ml
    return Found(share=found.edema_ml / true_ml, cut=found.threshold.value)


def _scanned(marrow: Marrow, protocol: Protocol, seed: int) -> Scan:
    build = Build.of(seed)
    if marrow.texture is not None:
        build = replace(build, texture=marrow.texture)
    anatomy = make_anatomy(seed, build=build, fineness=FINENESS)
    plans = spread_lesions(EDEMA_ML, np.random.default_rng([seed, int(EDEMA_ML)]))
    pose = Pose.draw(np.random.default_rng([seed, 5]))
    geometry = slab_geometry(anatomy, protocol, pose)
    edema = make_edema(anatomy, plans, seed=seed)
    return scan(anatomy, edema, protocol, pose, geometry=geometry, seed=seed)


COLUMNS = ("as it is", "bones found", "without noise", "cut-off at 3 SD", "both")


def told(found: Mapping[str, Sequence[Mapping[str, Found]]]) -> Iterator[str]:
    """One line of a table per protocol: means over subjects."""
    yield f"| protocol | cut-off | {' | '.join(COLUMNS)} |"
    yield "| --- |" + " --- |" * (len(COLUMNS) + 1)
    for name, rows in found.items():
        cut = np.mean([row["as it is"].cut for row in rows])
        shares = ([row[column].share for row in rows if column in row] for column in COLUMNS)
        cells = " | ".join(f"{np.mean(own):.2f}" if own else "none" for own in shares)
        yield f"| {name} | {cut:.2f} | {cells} |"
