"""Bones of the pelvis without any drawing, and how far they can be trusted."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.axes import PelvisAxes, pelvis_axes
from mri_bme.place_rois.confidence import gather_evidence, judge
from mri_bme.place_rois.network import bone_probabilities, likeliest_bones
from mri_bme.place_rois.sources import FoundBones, Scene
from mri_bme.sacroiliac import MEASURED_BONES, BoneLabel
from mri_bme.settings import RoiSettings
from mri_bme.volume import Volume

FloatBlock = NDArray[np.float32]
LabelBlock = NDArray[np.uint8]

MIN_PART_SHARE = 0.1  # a promontory apart from the alae is a tenth of the sacrum or more
ACROSS_SLICES_MM = 2.6  # SD; bones continue into the next slice (chosen on two held-out subjects)
MIRRORED = (0, 1, 3, 2, 4)  # left and right ilium change places


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
    both = [mirrored_probabilities(view, axes, weights=weights) for view in views]
    plain, mirrored = (np.mean([pair[i] for pair in both], axis=0) for i in (0, 1))
    chance = np.asarray((plain + mirrored) / 2, dtype=np.float32)
    labels = _largest_parts(likeliest_bones(steadied(chance, axes)))
    backwards = bone_probabilities(views[0][::-1], axes, weights=weights)
    evidence = gather_evidence(
        chance,
        labels,
        views[0],
        axes,
        mirrored=(plain, mirrored),
        turned=(both[0][0], backwards),
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


def mirrored_probabilities(
    view: FloatBlock, axes: PelvisAxes, *, weights: Path | None
) -> tuple[FloatBlock, FloatBlock]:
    """Probability of each bone (5, depth, height, across), as seen and as seen in a mirror.

    Parameters are those of `bone_probabilities`.
    """
    plain = bone_probabilities(view, axes, weights=weights)
    flipped = bone_probabilities(view[..., ::-1], axes, weights=weights)
    return plain, flipped[list(MIRRORED)][..., ::-1]


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
