"""Connected parts above the threshold, and what can be measured of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.segment_edema.evidence import Crop, Evidence

SAME_SLICE_AND_NEXT = np.array(
    [
        [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        [[0, 1, 0], [1, 1, 1], [0, 1, 0]],
        [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    ],
    dtype=bool,
)
"""Neighbours that share a face: in the slice, and at the same place in the next slice."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """One connected part above the threshold, and its features."""

    label: int
    box: Crop
    voxels: NDArray[np.bool_]
    features: dict[str, float] = field(default_factory=dict)


def grown_from(seeds: NDArray[np.bool_], wide: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep what of `wide` is connected to a seed: hysteresis (Canny, IEEE PAMI 8:679, 1986)."""
    if not np.any(wide & ~seeds):
        return seeds
    return np.asarray(ndimage.binary_propagation(seeds, structure=SAME_SLICE_AND_NEXT, mask=wide))


def find_candidates(above: NDArray[np.bool_], evidence: Evidence) -> list[Candidate]:
    """Split voxels above the threshold into connected parts and measure each."""
    labels, _ = ndimage.label(above, structure=SAME_SLICE_AND_NEXT)
    return list(_measured(labels, evidence))


def _measured(labels: NDArray[np.int32], evidence: Evidence) -> Iterator[Candidate]:
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        voxels = labels[box] == label
        features = candidate_features(voxels, box, evidence)
        yield Candidate(label=label, box=box, voxels=voxels, features=features)


def candidate_features(
    voxels: NDArray[np.bool_], box: Crop, evidence: Evidence
) -> dict[str, float]:
    """Measure position, size and brightness of one candidate, in mm and mL."""
    relative = evidence.relative[box][voxels]
    distance = np.abs(evidence.distance_mm[box][voxels])
    slices = np.count_nonzero(voxels.any(axis=(1, 2)))
    return {
        "volume_ml": voxels.sum() * evidence.geometry.voxel_volume_ml,
        "n_voxels": float(voxels.sum()),
        "n_slices": float(slices),
        "distance_to_joint_mm": float(distance.min()),
        "depth_mm": float(distance.max()),
        "relative_intensity_mean": float(relative.mean()),
        "relative_intensity_max": float(relative.max()),
    }
