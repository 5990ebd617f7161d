"""Scans on the network's grids: labelled by hand, not at all, or made as phantoms."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import ndimage

from lab.labelled_scans import read_labelled_scan
from lab.training.samples import N_CLASSES, Scan
from mri_bme.intake.nifti import read_nifti
from mri_bme.phantom import PhantomVisit, random_visit
from mri_bme.place_rois.axes import PelvisAxes, pelvis_axes
from mri_bme.place_rois.network import network_grid, normalise
from mri_bme.sacroiliac import BoneLabel

PHANTOM_FINENESS = 1.4
JOINT_GAP_MM = 5.0  # readers drew across the joint, a phantom's bones end at their cortex
LUMBAR_HALF_WIDTH_MM = 45.0
IGNORED_WEIGHT = 0.0


def load_scan(folder: Path) -> Scan:
    """Read one labelled subject."""
    found = read_labelled_scan(folder)
    axes = pelvis_axes(found.t1.geometry)
    views = [axes.view(found.t1.voxels)]
    if found.stir is not None:
        voxels = np.divide(found.stir_shift_mm, axes.spacing_mm[1:])
        shift = (0, *voxels)  # cubic, so that it stays as sharp as T1W
        views.append(ndimage.shift(axes.view(found.stir.voxels), shift, mode="nearest"))
    return on_network_grid(found.name, views, one_hot(axes.view(found.bones)), axes)


def load_phantom(seed: int, folder: Path) -> Scan:
    """Make a random phantom, or read it from `folder`."""
    path = folder / f"phantom{seed}.npz"
    if not path.is_file():
        scan = phantom_scan(random_visit(seed, fineness=PHANTOM_FINENESS), seed)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, slices=np.stack(scan.contrasts), share=scan.share, known=scan.known)
    with np.load(path) as kept:
        contrasts = list(kept["slices"])
        return Scan(path.stem, contrasts, kept["share"], kept["known"], is_phantom=True)


def phantom_scan(visit: PhantomVisit, seed: int) -> Scan:
    """Bring a phantom's labels to how readers drew: no joint gap, lumbar above L5 unknown."""
    axes = pelvis_axes(visit.volume.geometry)
    bones = np.array(axes.view(visit.bone_labels))
    distance = axes.view(visit.joint_distance_mm)
    columns = np.arange(bones.shape[2])
    middle = np.median(np.nonzero(bones == BoneLabel.SACRUM)[2])
    ilia = np.where(columns > middle, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM)
    gap = (bones == 0) & (np.abs(distance) < JOINT_GAP_MM / 2) & _between(bones, axes)
    bones[gap] = np.where(distance < 0, BoneLabel.SACRUM, ilia)[gap]
    known = np.ones(bones.shape, dtype=np.float32)
    lumbar = np.nonzero(bones == BoneLabel.L5)[1]
    if lumbar.size:
        central = np.abs(columns - middle) * axes.spacing_mm[2] < LUMBAR_HALF_WIDTH_MM
        above = np.arange(bones.shape[1])[:, None] < np.quantile(lumbar, 0.9)
        known[(bones == 0) & central & above] = IGNORED_WEIGHT
    views = [axes.view(v.voxels) for v in (visit.t1, visit.volume)]
    scan = on_network_grid(f"phantom{seed}", views, one_hot(bones), axes, known=known)
    scan.is_phantom = True
    return scan


def _between(bones: np.ndarray, axes: PelvisAxes) -> np.ndarray:
    """Voxels with sacrum and ilium to either side in their row, at most a gap away."""
    reach = round(JOINT_GAP_MM / axes.spacing_mm[2])
    sacrum, ilium = bones == BoneLabel.SACRUM, np.isin(bones, (2, 3))
    near = [
        np.any([np.roll(b, s, axis=2) for s in range(-reach, reach + 1)], axis=0)
        for b in (sacrum, ilium)
    ]
    return np.asarray(near[0] & near[1])


def on_network_grid(
    name: str,
    views: Sequence[np.ndarray],
    chance: np.ndarray,
    axes: PelvisAxes,
    known: np.ndarray | None = None,
) -> Scan:
    """Resample views of contrasts, and the share of each bone (class, depth, height, across)."""
    grid = network_grid(chance.shape[1:], axes)
    share = grid.to_answer(chance)
    share[0] += 1 - share.sum(axis=0)  # outside the volume
    slices = [normalise(grid.to_network(view)) for view in views]
    weight = np.ones(share.shape[1:], np.float32) if known is None else grid.to_answer(known)
    return Scan(name, slices, share, weight)


def one_hot(bones: np.ndarray) -> np.ndarray:
    """Make shares of 0 and 1 of labels."""
    return np.stack([bones == b for b in range(N_CLASSES)]).astype(np.float32)


def unlabelled_scan(paths: Sequence[Path]) -> Scan:
    """Read contrasts on one grid that nobody labelled: nothing of them is known yet."""
    volumes = [read_nifti(path) for path in paths]
    axes = pelvis_axes(volumes[0].geometry)
    views = [axes.view(volume.voxels) for volume in volumes]
    nothing = np.zeros(views[0].shape, dtype=np.float32)
    return on_network_grid(paths[0].parent.name, views, one_hot(nothing), axes, known=nothing)
