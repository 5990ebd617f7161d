"""Bones of the pelvis without any drawing, and how far they can be trusted."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.place_rois.confidence import SeenBones, gather_evidence, judge
from mri_bme.place_rois.network import (
    MARROW_BELOW,
    Box,
    NetworkGrid,
    SeenView,
    likeliest_bones,
    network_answer,
    seen_by_network,
    some_slices,
)
from mri_bme.place_rois.parts import ilia_without_flanks, largest_parts
from mri_bme.place_rois.sources import FoundBones, Scene
from mri_bme.sacroiliac import MEASURED_BONES
from mri_bme.settings import RoiSettings
from mri_bme.volume import Volume

FloatBlock = NDArray[np.float32]
LabelBlock = NDArray[np.uint8]

ACROSS_SLICES_MM = 2.6  # SD; bones continue into the next slice (chosen on two held-out subjects)
EVERY_TURNED = 2  # slices: half of them tell front from back, and
SURELY_TURNED = 0.02  # by so much that all would say the same: they differ by 0.007 at most
MAX_BLOCK_VOXELS = 7_000_000  # five probabilities of each take 140 MB; 26 x 512 x 512


def find_by_network(scene: Scene, given: None) -> FoundBones:
    """Find the bones with the network (`place_rois.sources.Finder`)."""
    del given
    labels, confidence, notes = automatic_bones(scene.volume, scene.t1, scene.settings)
    return FoundBones(labels=labels, source="automatic", confidence=confidence, notes=notes)


def automatic_bones(
    volume: Volume, t1: Volume | None, settings: RoiSettings, *, weights: Path | None = None
) -> tuple[LabelBlock, float, tuple[str, ...]]:
    """Find the bones with the network; says how sure it is and what was doubtful.

    Parameters
    ----------
    volume : Volume
        Fluid-sensitive volume.
    t1 : Volume or None
        T1W volume on the grid of `volume`.
    settings : RoiSettings
        What is plausible.
    weights : Path or None
        As in `bone_probabilities`.

    Raises
    ------
    RoiNotFound
        If the confidence is below `RoiSettings.min_confidence`; the message says why.
    """
    axes = pelvis_axes(volume.geometry)
    contrasts = [volume] if t1 is None else [volume, t1]
    views = [np.ascontiguousarray(axes.view(v.voxels)) for v in contrasts]
    seen = [seen_by_network(view, axes) for view in views]
    answers = [mirrored_answers(one, weights=weights) for one in seen]
    turned = turned_certainties(seen[0], answers[0][0], weights=weights)
    grid = seen[0].grid
    plain, mirrored = mean_answers(answers)
    del seen, answers  # of a large scan they are some hundred MB
    chance = np.asarray((plain + mirrored) / 2, dtype=np.float32)
    steady = steadied(chance, grid.depth_mm)
    labels = largest_parts(ilia_without_flanks(labels_on_view(steady, grid), axes))
    evidence = gather_evidence(
        seen_bones(steady, chance, plain, mirrored),
        labels,
        views[0],
        axes,
        turned=turned,
        max_gap_mm=settings.max_joint_gap_mm,
    )
    confidence, doubts = judge(evidence, settings)
    if confidence < settings.min_confidence:
        raise RoiNotFound(
            f"the sacroiliac joints were not found with confidence ({confidence:.2f}, at least "
            f"{settings.min_confidence:g} required): {'; '.join(doubts)}; give bones, joint lines "
            "or corrected ROIs"
        )
    return np.ascontiguousarray(axes.restore(labels)), confidence, doubts


def mirrored_answers(seen: SeenView, *, weights: Path | None) -> tuple[FloatBlock, FloatBlock]:
    """Ask the network about a view as it is, and about its mirror image."""
    plain = network_answer(seen, weights=weights)
    return plain, network_answer(seen, is_mirrored=True, weights=weights)


def mean_answers(answers: Sequence[tuple[FloatBlock, FloatBlock]]) -> tuple[FloatBlock, FloatBlock]:
    """Mean over contrasts of what the network says of views, and of their mirror images."""
    plain, mirrored = (first.copy() for first in answers[0])
    for seen, seen_in_mirror in answers[1:]:
        plain += seen
        mirrored += seen_in_mirror
    plain /= len(answers)
    mirrored /= len(answers)
    return plain, mirrored


def labels_on_view(chance: FloatBlock, grid: NetworkGrid) -> LabelBlock:
    """Label the view by an answer of the network, some rows at a time.

    Five probabilities for every voxel of a large scan are more than the memory of a small
    machine. Outside of the box that marrow of the answer reaches, no voxel can be marrow.
    """
    labels = np.zeros([len(matrix) for matrix in grid.backward], dtype=np.uint8)
    box = grid.box_of(chance[0] < MARROW_BELOW)
    for part in blocks_of_rows(box):
        labels[part] = likeliest_bones(grid.from_network(chance, part))
    return labels


def blocks_of_rows(box: Box) -> Iterator[Box]:
    """Cut a box into blocks of rows of at most `MAX_BLOCK_VOXELS`; most scans are one."""
    depth, rows, across = box
    per_row = (depth.stop - depth.start) * (across.stop - across.start)
    step = max(1, MAX_BLOCK_VOXELS // max(1, per_row))
    for start in range(rows.start, rows.stop, step):
        yield depth, slice(start, min(start + step, rows.stop)), across


def seen_bones(
    steady: FloatBlock, chance: FloatBlock, plain: FloatBlock, mirrored: FloatBlock
) -> SeenBones:
    """Sum up answers (5, depth, height, across) of the network for judging them."""
    labels = likeliest_bones(steady)
    return SeenBones(
        labels=largest_parts(labels),
        chance=np.take_along_axis(chance, labels[None], axis=0)[0],
        plain=likeliest_bones(plain),
        mirrored=likeliest_bones(mirrored),
    )


def turned_certainties(
    seen: SeenView, answer: FloatBlock, *, weights: Path | None
) -> tuple[float, float]:
    """Certainty from front to back (`answer`) and from back to front, on the same slices.

    A few slices are enough where they leave no doubt; else all are asked about.
    """
    forward = backward = 0.0
    for every in (EVERY_TURNED, 1):
        some = some_slices(answer.shape[1], every)
        forward = certainty_of(answer[:, some])
        turned = network_answer(seen, is_backwards=True, every=every, weights=weights)
        backward = certainty_of(turned)
        if abs(forward - backward) >= SURELY_TURNED:
            break
    return forward, backward


def certainty_of(chance: FloatBlock) -> float:
    """Mean probability of the likeliest label of measured marrow, of one answer alone."""
    labels = likeliest_bones(chance)
    given = np.take_along_axis(chance, labels[None], axis=0)[0]
    measured = given[np.isin(labels, MEASURED_BONES)]
    return float(measured.mean()) if measured.size else 0.0


def steadied(chance: FloatBlock, step_mm: float) -> FloatBlock:
    """Blur probabilities (5, depth, height, across) from front to back, as bones continue.

    `step_mm` lies between slices.
    """
    sigma = ACROSS_SLICES_MM / step_mm
    return np.asarray(ndimage.gaussian_filter1d(chance, sigma, axis=1, mode="nearest"))
