"""How large adults are by `check_appearance.body`, and what becomes of voxels of a wrong size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from lab.benchmark.appearance import scaled
from lab.labelled_scans import labelled_folders, read_labelled_scan
from mri_bme.check_appearance import check_rois
from mri_bme.check_appearance.body import largest_section_mm2
from mri_bme.errors import NotEvaluable
from mri_bme.phantom import Protocol, make_anatomy
from mri_bme.phantom.anatomy import Anatomy
from mri_bme.phantom.build import Build
from mri_bme.phantom.lesions import make_edema
from mri_bme.phantom.prescription import SAMPLE, Pose
from mri_bme.phantom.scanner import scan, slab_geometry
from mri_bme.phantom.shape_model import n_modes
from mri_bme.place_rois import place_rois
from mri_bme.volume import Volume

FINENESS = 1.4
SIZES = (0.7, 0.8, 0.9, 1.0, 1.15, 1.25, 1.4)
FLAGS = ("body_size", "between_joints_mm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What was found of one body, and the sizes of its voxels at which it was flagged."""

    kind: str
    between_joints_mm: float
    section_mm2: float
    size: float
    flagged_at: tuple[float, ...]


def body_size(
    data: Annotated[Path | None, typer.Argument(help="Folder of real scans.")] = None,
    adults: Annotated[int, typer.Option(help="Drawn from the statistics of shape.")] = 40,
    phantoms: Annotated[int, typer.Option(help="As the phantom builder makes them.")] = 20,
    first_seed: Annotated[int, typer.Option()] = 83_000,
) -> None:
    """Measure bodies: adults of the shape model set the limits, phantoms and people are judged."""
    seeds = range(first_seed, first_seed + max(adults, phantoms))
    bodies = [body("adult of the shape model", *_scanned(adult(s), s)) for s in seeds[:adults]]
    made = (make_anatomy(seed + 500, fineness=FINENESS) for seed in seeds[:phantoms])
    bodies += [body("phantom", *_scanned(a, s)) for a, s in zip(made, seeds, strict=False)]
    for folder in labelled_folders(data) if data else ():
        found = read_labelled_scan(folder)
        volume = found.stir or found.t1
        bodies.append(body("person", volume, found.bones))
    for line in told(bodies):
        typer.echo(line)


def adult(seed: int) -> Anatomy:
    """Draw a pelvis as the shape model says that adults differ, its size among the modes."""
    modes = np.random.default_rng([seed, 3]).normal(0, 1, n_modes())
    build = replace(Build.of(seed, size=1.0), mode_sd=tuple(float(v) for v in modes))
    return make_anatomy(seed, build=build, fineness=FINENESS)


def _scanned(anatomy: Anatomy, seed: int) -> tuple[Volume, NDArray[np.uint8]]:
    protocol = (Protocol(), SAMPLE)[seed % 2]
    pose = Pose.draw(np.random.default_rng([seed, 5]))
    geometry = slab_geometry(anatomy, protocol, pose)
    edema = make_edema(anatomy, (), seed=seed)
    seen = scan(anatomy, edema, protocol, pose, geometry=geometry, seed=seed)
    return seen.stir, seen.bone_labels


def body(kind: str, volume: Volume, bones: NDArray[np.uint8]) -> Body:
    """Measure one body as it is, and look at it with voxels of other sizes."""
    rois = place_rois(volume, bones=bones)
    values = {check.name: check.value for check in check_rois(volume, rois).checks}
    flagged = tuple(size for size in SIZES if is_flagged(volume, bones, size))
    return Body(
        kind=kind,
        between_joints_mm=values.get("between_joints_mm", np.nan),
        section_mm2=largest_section_mm2(rois),
        size=values.get("body_size", np.nan),
        flagged_at=flagged,
    )


def is_flagged(volume: Volume, bones: NDArray[np.uint8], size: float) -> bool:
    """Whether a body with voxels `size` times as large is told to be no adult's."""
    larger = scaled(volume, size)
    try:
        look = check_rois(larger, place_rois(larger, bones=bones))
    except NotEvaluable:
        return True
    return any(check.words for check in look.checks if check.name in FLAGS)


def told(bodies: Sequence[Body]) -> Iterator[str]:
    """Means and spreads by kind, and how many were flagged at each size of voxel."""
    for kind in dict.fromkeys(one.kind for one in bodies):
        own = [one for one in bodies if one.kind == kind]
        apart, section, size = (
            np.array([getattr(one, name) for one in own])
            for name in ("between_joints_mm", "section_mm2", "size")
        )
        yield (
            f"{kind} ({len(own)}): joints {np.nanmean(apart):.1f} mm "
            f"({np.nanmin(apart):.1f} to {np.nanmax(apart):.1f}), section "
            f"{np.sqrt(section).mean():.1f} mm squared, size {np.nanmean(size):.3f} "
            f"({np.nanmin(size):.3f} to {np.nanmax(size):.3f}), SD of its logarithm "
            f"{np.nanstd(np.log(size)):.3f}"
        )
        counts = (f"{s:g}: {sum(s in one.flagged_at for one in own)}" for s in SIZES)
        yield f"  flagged with voxels so many times as large: {', '.join(counts)}"
