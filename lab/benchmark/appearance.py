"""How often scans are doubted or refused that are as they must be, and such as cannot be."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from lab.labelled_scans import labelled_folders, read_labelled_scan
from mri_bme.check_appearance import Appearance, check_rois, check_scan
from mri_bme.errors import NotEvaluable
from mri_bme.phantom import PhantomVisit, Protocol, make_phantom, random_visit
from mri_bme.phantom.prescription import SAMPLE
from mri_bme.phantom.scenarios import SCENARIOS
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import QUADRANTS, BoneLabel, Quadrant, SacroiliacRois, Side
from mri_bme.volume import Mask, Volume, VolumeGeometry

FINENESS = 1.4
SIZES = (0.7, 1.35)  # of a body whose header has wrong voxels
SWAPPED_BONES = np.array(
    [BoneLabel.BACKGROUND, BoneLabel.SACRUM, BoneLabel.RIGHT_ILIUM, BoneLabel.LEFT_ILIUM, 4],
    dtype=np.uint8,
)
"""Label of the other side's bone, by bone label."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A scan that is as it must be, with its true bones."""

    kind: str
    volume: Volume
    t1: Volume | None
    bones: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was looked at, and the names of what was doubted and what was refused."""

    kind: str
    what: str
    doubted: tuple[str, ...]
    refused: tuple[str, ...]


def appearance(
    data: Annotated[Path | None, typer.Argument(help="Folder of real scans.")] = None,
    first_seed: Annotated[int, typer.Option(help="Not 9001 to 9012: looked at.")] = 71_000,
    seeds: Annotated[int, typer.Option(help="Subjects per protocol.")] = 8,
) -> None:
    """Check scans as they are, with bones given and found, and with sides or sizes made wrong."""
    looks = [look for case in cases(data, first_seed, seeds) for look in looked_at(case)]
    for line in told(looks):
        typer.echo(line)


def cases(data: Path | None, first_seed: int, seeds: int) -> Iterator[Case]:
    """Phantoms of three kinds of protocols, and real scans whose bones were drawn."""
    names = list(SCENARIOS)
    for n in range(seeds):
        seed = first_seed + n
        yield _of("any protocol", random_visit(seed, fineness=FINENESS))
        for kind, protocol in (("default", Protocol()), ("sample", SAMPLE)):
            made = make_phantom(
                names[n % len(names)], seed=seed, fineness=FINENESS, protocol=protocol
            )
            yield _of(kind, made.visits[n % 2])
    for folder in labelled_folders(data) if data else ():
        scan = read_labelled_scan(folder)
        if scan.stir is not None:
            yield Case(kind="people", volume=scan.stir, t1=scan.t1, bones=scan.bones)


def _of(kind: str, visit: PhantomVisit) -> Case:
    return Case(kind=kind, volume=visit.volume, t1=visit.t1, bones=visit.bone_labels)


def looked_at(case: Case) -> Iterator[Look]:
    """Look at a case as it is and as it cannot be."""
    found = _placed(case.volume, case.t1)
    marrow = None if found is None else found.mask
    yield _look(case, "the scan", check_scan(case.volume, case.t1))
    yield _regions(case, "bones given", _placed(case.volume, case.t1, case.bones), marrow)
    yield _regions(case, "bones found", found)
    swapped = _placed(case.volume, case.t1, SWAPPED_BONES[case.bones])
    yield _regions(case, "bones with exchanged sides", swapped, marrow)
    yield _regions(case, "quadrants with exchanged sides", _quadrants_swapped(case), marrow)
    for size in SIZES:
        volume = scaled(case.volume, size)
        rois = _placed(volume, None, case.bones)
        yield _regions(case, f"voxels {size:g} times as large", rois, volume=volume)


def _placed(
    volume: Volume, t1: Volume | None, bones: NDArray[np.uint8] | None = None
) -> SacroiliacRois | None:
    try:
        return place_rois(volume, t1=t1, bones=bones)
    except NotEvaluable:
        return None


def _quadrants_swapped(case: Case) -> SacroiliacRois | None:
    right = _placed(case.volume, case.t1, case.bones)
    if right is None:
        return None
    other = {q: label for label, q in QUADRANTS.items()}
    labels = np.array(
        [0, *(other[Quadrant(_across(q.side), q.bone, q.level)] for q in QUADRANTS.values())]
    )
    try:
        return place_rois(case.volume, t1=case.t1, quadrants=labels[right.quadrants])
    except NotEvaluable:
        return None


def _across(side: Side) -> Side:
    return Side.RIGHT if side is Side.LEFT else Side.LEFT


def scaled(volume: Volume, size: float) -> Volume:
    """Give a scan voxels that are larger in every direction."""
    matrix = np.array(volume.geometry.lps_from_index)
    matrix[:3, :3] *= size
    geometry = VolumeGeometry(shape=volume.geometry.shape, lps_from_index=matrix)
    return Volume(geometry=geometry, voxels=volume.voxels)


def _regions(
    case: Case,
    what: str,
    rois: SacroiliacRois | None,
    marrow: Mask | None = None,
    *,
    volume: Volume | None = None,
) -> Look:
    if rois is None:
        return Look(kind=case.kind, what=what, doubted=(), refused=("no regions",))
    return _look(case, what, check_rois(volume or case.volume, rois, marrow=marrow))


def _look(case: Case, what: str, found: Appearance) -> Look:
    return Look(
        kind=case.kind,
        what=what,
        doubted=tuple(c.name for c in found.checks if c.verdict == "doubtful"),
        refused=tuple(c.name for c in found.checks if c.verdict == "impossible"),
    )


def told(looks: list[Look]) -> Iterator[str]:
    """One line per kind of scan and what was looked at: how many refused, how many doubted."""
    for kind, what in dict.fromkeys((look.kind, look.what) for look in looks):
        own = [look for look in looks if (look.kind, look.what) == (kind, what)]
        refused = sum(bool(look.refused) for look in own)
        doubted = sum(bool(look.doubted) and not look.refused for look in own)
        by_name = Counter(name for look in own for name in (*look.refused, *look.doubted))
        names = ", ".join(f"{name} {n}" for name, n in by_name.most_common())
        yield f"{kind:13s} {what:32s} refused {refused}, doubted {doubted} of {len(own)}  {names}"
