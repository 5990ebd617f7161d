"""Bones from annotated scans: each is warped onto the volume, and they vote."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.atlas.warp import (
    Coarse,
    as_image,
    coarse,
    coarse_factors,
    find_warp,
    identity,
    resampled,
)
from mri_bme.place_rois.confidence import dice, ramp
from mri_bme.place_rois.sources import FoundBones, Scene
from mri_bme.sacroiliac import MEASURED_BONES, AnnotatedScan, BoneLabel
from mri_bme.settings import RoiSettings
from mri_bme.signal.blocks import block_means
from mri_bme.volume import Volume

FloatBlock = NDArray[np.float32]
LabelBlock = NDArray[np.uint8]

NEIGHBOURHOOD_MM = 8.0  # in which a scan must look like the volume to count
MIN_WEIGHT = 0.01


def find_by_vote(scene: Scene, atlas: Sequence[AnnotatedScan]) -> FoundBones:
    """Let annotated scans vote for the bones (`place_rois.sources.Finder`)."""
    labels, confidence, notes = atlas_bones(scene.volume, scene.t1, atlas, scene.settings)
    return FoundBones(labels=labels, source="atlas", confidence=confidence, notes=notes)


def atlas_bones(
    volume: Volume, t1: Volume | None, atlas: Sequence[AnnotatedScan], settings: RoiSettings
) -> tuple[LabelBlock, float, tuple[str, ...]]:
    """Find the bones by warping every annotated scan onto the volume.

    Each scan votes for its label at every voxel, with a weight that grows with its local
    similarity to the volume after warping. T1W serves where both have it.

    Parameters
    ----------
    volume : Volume
        Fluid-sensitive volume.
    t1 : Volume or None
        T1W volume on the grid of `volume`.
    atlas : sequence of AnnotatedScan
        Scans with bones; the more of them, the better.
    settings : RoiSettings
        What agreement gives which confidence.

    Returns
    -------
    labels : uint8 array
        `BoneLabel` on the grid of `volume`.
    confidence : float
        From how well the scans agree with their vote and, after warping, with the volume.
    notes : tuple of str
        What was doubtful.

    Raises
    ------
    RoiNotFound
        If the confidence is below `RoiSettings.min_confidence`; the message says why.
    """
    targets = (coarse(volume), None if t1 is None else coarse(t1))
    votes: list[_Vote] = []
    for scan in atlas:
        try:
            votes.append(_vote(targets, scan))
        except RuntimeError:  # a scan that cannot be registered to this volume has no vote
            continue
    if not votes:
        raise RoiNotFound("no annotated scan of the atlas could be laid on this volume")
    chance = _fused(votes)
    confidence, doubts = judge(_evidence(votes, chance), settings)
    if confidence < settings.min_confidence:
        raise RoiNotFound(
            f"the atlas does not fit this volume with confidence ({confidence:.2f}, at least "
            f"{settings.min_confidence:g} required): {'; '.join(doubts)}"
        )
    return _on_grid(chance, targets[0]), confidence, doubts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Vote:
    """What one annotated scan says: chance (label, ...) and local similarity (...)."""

    chance: FloatBlock
    similarity: FloatBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class AtlasEvidence:
    """What speaks for the vote of an atlas.

    Parameters
    ----------
    n_scans : int
        Scans that could be warped.
    similarity : float
        Local correlation with the volume in and around the bones, median over scans.
    agreement : float
        Overlap (Dice) of a scan's bones with the vote, median over scans, so that one which
        went astray does not count; worst bone.
    """

    n_scans: int
    similarity: float
    agreement: float


def judge(evidence: AtlasEvidence, settings: RoiSettings) -> tuple[float, tuple[str, ...]]:
    """Turn evidence into a confidence (0 to 1) and the doubts behind it."""
    confidence = ramp(evidence.similarity, *settings.atlas_similarity_range)
    if evidence.n_scans > 1:
        agreed = ramp(evidence.agreement, *settings.atlas_agreement_range)
        confidence = min(confidence, agreed)
    said = (
        f"{evidence.n_scans} annotated scan(s) fit with a similarity of "
        f"{evidence.similarity:.2f}, and agree with their vote by {evidence.agreement:.2f}"
    )
    return confidence, (said,) if confidence < 1 else ()


def _vote(targets: tuple[Coarse, Coarse | None], scan: AnnotatedScan) -> _Vote:
    """Warp a scan onto the volume, and its labels onto the volume's coarse grid."""
    plain, with_t1 = targets
    use_t1 = with_t1 is not None and scan.t1 is not None
    target = with_t1 if with_t1 is not None and use_t1 else plain
    source = coarse(scan.t1 if scan.t1 is not None and use_t1 else scan.volume)
    transform = find_warp(target, source)
    labels = coarse_factors(scan.volume.geometry)
    chance = np.stack(
        [
            resampled(
                as_image(
                    block_means((scan.bones == bone).astype(np.float32), labels),
                    scan.volume.geometry,
                    labels,
                ),
                plain.image,
                transform,
            )
            for bone in BoneLabel
            if bone
        ]
    )
    background = np.clip(1 - chance.sum(axis=0, keepdims=True), 0, 1)
    warped = resampled(source.image, plain.image, transform)
    here = target.voxels if target is plain else resampled(target.image, plain.image, identity())
    return _Vote(
        chance=np.concatenate([background, chance]),
        similarity=_local_similarity(here, warped, plain.spacing_mm),
    )


def _local_similarity(
    one: FloatBlock, other: FloatBlock, spacing_mm: tuple[float, float, float]
) -> FloatBlock:
    """Correlation in a Gaussian neighbourhood, -1 to 1."""
    sigmas = [NEIGHBOURHOOD_MM / s for s in spacing_mm]

    def mean(values: FloatBlock) -> FloatBlock:
        return np.asarray(ndimage.gaussian_filter(values, sigmas, truncate=2.0))

    a, b = mean(one), mean(other)
    covariance = mean(one * other) - a * b
    energy = (mean(one * one) - a * a) * (mean(other * other) - b * b)
    return np.asarray(covariance / np.sqrt(np.maximum(energy, 1e-6)), dtype=np.float32)


def _fused(votes: Sequence[_Vote]) -> FloatBlock:
    """Chance of each label, by votes weighted with the square of the local similarity."""
    weights = [np.clip(vote.similarity, 0, 1) ** 2 + MIN_WEIGHT for vote in votes]
    total = np.sum(weights, axis=0)
    found = sum(w[None] * vote.chance for w, vote in zip(weights, votes, strict=True)) / total
    return np.asarray(found, dtype=np.float32)


def _evidence(votes: Sequence[_Vote], chance: FloatBlock) -> AtlasEvidence:
    fused = chance.argmax(axis=0)
    around = ndimage.binary_dilation(fused > 0, iterations=2)
    similarity = [float(v.similarity[around].mean()) if around.any() else 0.0 for v in votes]
    own = [vote.chance.argmax(axis=0) for vote in votes]
    agreement = [
        float(np.median([dice(labels == bone, fused == bone) for labels in own]))
        for bone in MEASURED_BONES
    ]
    return AtlasEvidence(
        n_scans=len(votes), similarity=float(np.median(similarity)), agreement=min(agreement)
    )


def _on_grid(chance: FloatBlock, target: Coarse) -> LabelBlock:
    """Most likely label of each voxel of the volume, interpolating chances linearly."""
    factors = np.array(target.factors, dtype=np.float64)
    offset = (1 - factors) / 2 / factors
    best = np.zeros(target.fine.shape, dtype=np.float32)
    labels = np.zeros(target.fine.shape, dtype=np.uint8)
    for label in BoneLabel:
        here = ndimage.affine_transform(
            chance[label],
            np.diag(1 / factors),
            offset,
            output_shape=target.fine.shape,
            order=1,
            mode="nearest",
        )
        labels[here > best] = label
        np.maximum(best, here, out=best)
    return labels
