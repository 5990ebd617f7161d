"""Joints to learn from: real scans with the mean of four reads, and phantoms with their truth."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mri_bme.intake.nifti import read_nifti, read_nifti_mask
from mri_bme.phantom import SCENARIOS, PhantomVisit, Protocol, make_phantom, random_visit
from mri_bme.phantom.prescription import SAMPLE
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.segment_edema.joint_view import joint_views
from mri_bme.segment_edema.segmentation import gather_evidence
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Volume

FIRST_SEED = 61000  # of phantoms to learn from; nothing else uses seeds near it
FINENESS = 1.4
KNOWN_MM = (
    25.0  # from the joint; further away readers looked less closely, and no edema is searched
)
PROTOCOLS = {"default": Protocol(), "sample": SAMPLE}


@dataclass(frozen=True, kw_only=True, eq=False)
class TaughtView:
    """One joint on the judge's grid, arrays of shape (slices, height, across).

    `share` is how much of each pixel readers, or the truth, call edema; `known` is 1 in
    marrow near the joint, where that is known.
    """

    name: str
    intensity: NDArray[np.float32]
    t1: NDArray[np.float32]
    marrow: NDArray[np.float32]
    distance_mm: NDArray[np.float32]
    share: NDArray[np.float32]
    known: NDArray[np.float32]


def scan_views(folder: Path, *, keep: Path) -> list[TaughtView]:
    """Read one real subject with drawn and with found bones; no read means no edema."""
    return [
        view
        for bones in ("drawn", "found")
        for view in _kept(keep / f"{folder.name}-{bones}", partial(_scan, folder, bones))
    ]


def _scan(folder: Path, bones: str) -> Iterator[TaughtView]:
    stir, t1 = read_nifti(folder / "stir.nii.gz"), read_nifti(folder / "t1w.nii.gz")
    grid = stir.geometry
    region = read_nifti_mask(folder / "bone_region_manual.nii.gz", grid, what="bones").voxels
    normal = read_nifti_mask(folder / "normal_marrow_manual.nii.gz", grid, what="marrow")
    reads = [
        read_nifti_mask(path, grid, what="read").voxels & region
        for path in sorted(folder.glob("edema_reader*.nii.gz"))
    ]
    share = np.mean(reads, axis=0) if reads else np.zeros(grid.shape)
    rois = (
        place_rois(stir, t1=t1, bones=region.astype(np.uint8), reference=normal)
        if bones == "drawn"
        else place_rois(stir, t1=t1)
    )
    yield from taught_views(f"{folder.name}-{bones}", stir, t1, rois, share)


def phantom_views(number: int, *, keep: Path) -> list[TaughtView]:
    """Make the phantom of a number: in turn any acquisition, and a scenario as it is tested."""
    return _kept(keep / f"phantom{number:03d}", partial(_phantom, number))


def _phantom(number: int) -> Iterator[TaughtView]:
    seed = FIRST_SEED + number
    for i, visit in enumerate(_visits(number, seed)):
        bones = visit.bone_labels if number % 3 else None
        rois = place_rois(visit.volume, t1=visit.t1, bones=bones)
        yield from taught_views(
            f"phantom{number}-{i}", visit.volume, visit.t1, rois, visit.edema_fraction
        )


def _visits(number: int, seed: int) -> Sequence[PhantomVisit]:
    if number % 2:
        return (random_visit(seed, fineness=FINENESS),)
    scenario = list(SCENARIOS)[(number // 2) % len(SCENARIOS)]
    protocol = PROTOCOLS["sample" if number % 4 else "default"]
    return make_phantom(scenario, seed=seed, fineness=FINENESS, protocol=protocol).visits


def taught_views(
    name: str, volume: Volume, t1: Volume, rois: SacroiliacRois, share: NDArray[np.floating]
) -> Iterator[TaughtView]:
    """Cut both joints out of a scan whose edema is known."""
    evidence, _ = gather_evidence(volume, rois, t1, SegmentSettings())
    is_known = (evidence.quadrants > 0) & (np.abs(evidence.distance_mm) <= KNOWN_MM)
    for number, view in enumerate(joint_views(evidence)):
        if view.t1 is None:
            continue
        yield TaughtView(
            name=f"{name}-{number}",
            intensity=view.intensity,
            t1=view.t1,
            marrow=view.marrow,
            distance_mm=view.distance_mm,
            share=view.to_view(share[evidence.crop].astype(np.float32)),
            known=view.to_view(is_known.astype(np.float32)),
        )


def _kept(folder: Path, make: Callable[[], Iterable[TaughtView]]) -> list[TaughtView]:
    """Read the views kept in a folder, or make and keep them."""
    done = folder / "done"
    if not done.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for i, view in enumerate(make()):
            np.savez(folder / f"{i}.npz", **vars(view))
        done.touch()
    return [_read(path) for path in sorted(folder.glob("*.npz"))]


def _read(path: Path) -> TaughtView:
    with np.load(path) as kept:
        arrays = {name: kept[name] for name in kept.files if name != "name"}
        return TaughtView(name=str(kept["name"]), **arrays)
