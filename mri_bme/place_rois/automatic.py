"""Bones of the pelvis without any drawing, and how far they can be trusted."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.axes import PelvisAxes, pelvis_axes
from mri_bme.place_rois.confidence import SeenBones, gather_evidence, judge
from mri_bme.place_rois.network import (
    NetworkAnswer,
    NetworkGrid,
    likeliest_bones,
    network_answer,
)
from mri_bme.place_rois.sources import FoundBones, Scene
from mri_bme.sacroiliac import MEASURED_BONES, BoneLabel
from mri_bme.settings import RoiSettings
from mri_bme.volume import Volume

FloatBlock = NDArray[np.float32]
LabelBlock = NDArray[np.uint8]

MIN_PART_SHARE = 0.1  # a promontory apart from the alae is a tenth of the sacrum or more
ACROSS_SLICES_MM = 2.6  # SD; bones continue into the next slice (chosen on two held-out subjects)
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
    answers = [mirrored_answers(view, axes, weights=weights) for view in views]
    seen = read_answers(answers, axes)
    labels = _largest_parts(seen.labels)
    backwards = network_answer(views[0][::-1], axes, weights=weights)
    evidence = gather_evidence(
        seen,
        labels,
        views[0],
        axes,
        turned=(certainty_of(answers[0][0]), certainty_of(backwards)),
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


def mirrored_answers(
    view: FloatBlock, axes: PelvisAxes, *, weights: Path | None
) -> tuple[NetworkAnswer, NetworkAnswer]:
    """Ask the network about a view as it is, and about its mirror image.

    Parameters are those of `bone_probabilities`.
    """
    plain = network_answer(view, axes, weights=weights)
    flipped = network_answer(view[..., ::-1], axes, weights=weights)
    return plain, replace(flipped, is_mirrored=True)


def read_answers(
    answers: Sequence[tuple[NetworkAnswer, NetworkAnswer]], axes: PelvisAxes
) -> SeenBones:
    """Average the answers about all contrasts and both images, some rows at a time.

    Five probabilities for every voxel of a large scan are more than the memory of a small
    machine; labels are not.
    """
    blocks = []
    for rows in blocks_of_rows(answers[0][0].grid):
        plain, mirrored = (_mean_chance([pair[i] for pair in answers], rows) for i in (0, 1))
        images = likeliest_bones(plain), likeliest_bones(mirrored)
        plain += mirrored
        del mirrored
        plain /= 2
        labels = likeliest_bones(steadied(plain, axes))
        given = np.take_along_axis(plain, labels[None], axis=0)[0]
        blocks.append((labels, given, *images))
    joined = [np.concatenate(parts, axis=1) for parts in zip(*blocks, strict=True)]
    return SeenBones(labels=joined[0], chance=joined[1], plain=joined[2], mirrored=joined[3])


def _mean_chance(answers: Sequence[NetworkAnswer], rows: slice) -> FloatBlock:
    total = answers[0].chance(rows)
    for other in answers[1:]:
        total += other.chance(rows)
    total /= len(answers)
    return total


def certainty_of(answer: NetworkAnswer) -> float:
    """Mean probability of the likeliest label of measured marrow, of one answer alone."""
    found = []
    for rows in blocks_of_rows(answer.grid):
        chance = answer.chance(rows)
        labels = likeliest_bones(chance)
        given = np.take_along_axis(chance, labels[None], axis=0)[0]
        found.append(given[np.isin(labels, MEASURED_BONES)])
    measured = np.concatenate(found)
    return float(measured.mean()) if measured.size else 0.0


def blocks_of_rows(grid: NetworkGrid) -> Iterator[slice]:
    """Cut a view into blocks of rows of at most `MAX_BLOCK_VOXELS`; most scans are one."""
    depth, height, across = (len(matrix) for matrix in grid.backward)
    n_blocks = -(-depth * height * across // MAX_BLOCK_VOXELS)
    step = -(-height // n_blocks)
    for start in range(0, height, step):
        yield slice(start, min(start + step, height))


def steadied(chance: FloatBlock, axes: PelvisAxes) -> FloatBlock:
    """Blur probabilities (5, depth, height, across) from front to back, as bones continue."""
    sigma = ACROSS_SLICES_MM / axes.spacing_mm[0]
    return np.asarray(ndimage.gaussian_filter1d(chance, sigma, axis=1, mode="nearest"))


def _largest_parts(labels: LabelBlock) -> LabelBlock:
    """Drop parts of a bone that are tiny beside its largest part."""
    kept = np.array(labels)
    for bone in MEASURED_BONES:
        parts, n_parts = ndimage.label(labels == bone)
        if n_parts < 2:
            continue
        sizes = np.bincount(parts.ravel())[1:]
        keep = np.concatenate([[False], sizes >= MIN_PART_SHARE * sizes.max()])
        kept[(labels == bone) & ~keep[parts]] = BoneLabel.BACKGROUND
    return kept
