"""Connected parts above the threshold, and what can be measured of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.findings import Threshold
from mri_bme.segment_edema.beside import beside_ratio
from mri_bme.segment_edema.evidence import Crop, Evidence
from mri_bme.segment_edema.shape import box_widths_mm, in_plane_reach_mm, in_plane_width_mm

RIM_MM = 1.5  # two pixels: a voxel this near to the border of marrow may lie partly beyond it
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
    """Keep the parts of `wide` that hold a seed: hysteresis (Canny, IEEE PAMI 8:679, 1986)."""
    if not np.any(wide & ~seeds):
        return seeds
    return np.asarray(ndimage.binary_propagation(seeds, structure=SAME_SLICE_AND_NEXT, mask=wide))


@dataclass(frozen=True, kw_only=True, eq=False)
class CutOff:
    """The cut-off of plain marrow, the cut-off at each voxel of a crop, and what is above it.

    `local` is in relative intensity after smoothing.
    """

    threshold: Threshold
    local: NDArray[np.float32]
    above: NDArray[np.bool_]


def find_candidates(
    cut: CutOff,
    evidence: Evidence,
    *,
    least_ml: float = 0.0,
    unless: NDArray[np.bool_] | None = None,
) -> list[Candidate]:
    """Split voxels above the cut-off into connected parts and measure them.

    Parts below `least_ml` are passed over, unless they hold a voxel of `unless`.
    """
    labels, n = ndimage.label(cut.above, structure=SAME_SLICE_AND_NEXT)
    if least_ml > 0:
        sizes_ml = np.bincount(labels.ravel(), minlength=n + 1) * evidence.geometry.voxel_volume_ml
        counts = sizes_ml >= least_ml
        if unless is not None:
            counts[np.unique(labels[unless])] = True
        labels = np.where(counts[labels], labels, 0)
    return list(_measured(labels, cut, evidence))


def _measured(labels: NDArray[np.int32], cut: CutOff, evidence: Evidence) -> Iterator[Candidate]:
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        voxels = labels[box] == label
        features = candidate_features(voxels, box, cut, evidence)
        yield Candidate(label=label, box=box, voxels=voxels, features=features)


def candidate_features(
    voxels: NDArray[np.bool_], box: Crop, cut: CutOff, evidence: Evidence
) -> dict[str, float]:
    """Measure position, size, shape and brightness of one candidate, in mm and mL.

    `area_mm2` is its area on the slice that shows most of it.
    `cutoff` is the mean cut-off there, `ratio_to_cutoff` how far its brightest voxel lies
    above the cut-off at that voxel, and `ratio_to_marrow_cutoff` above that of plain marrow,
    which is higher by the joint. `probability` is the mean of what the judge thinks of its
    voxels, `probability_max` the most. `rim_share` is the share of its voxels within `RIM_MM` of
    the border of marrow in the slice, `beyond_ratio` the brightness of what lies beyond that
    border over its own.
    """
    relative = evidence.relative[box][voxels]
    smooth = evidence.smooth[box][voxels]
    local = cut.local[box][voxels]
    distance = np.abs(evidence.distance_mm[box][voxels])
    slices = np.count_nonzero(voxels.any(axis=(1, 2)))
    length, middle, thickness = box_widths_mm(voxels, evidence.spacing_mm)
    features = {
        "counted_ml": voxels.sum() * evidence.geometry.voxel_volume_ml,
        "n_voxels": float(voxels.sum()),
        "n_slices": float(slices),
        "area_mm2": float(voxels.sum(axis=(1, 2)).max() * evidence.spacing_mm[1:].prod()),
        "distance_to_joint_mm": float(distance.min()),
        "depth_mm": float(distance.max()),
        "relative_intensity_mean": float(relative.mean()),
        "relative_intensity_max": float(relative.max()),
        "cutoff": float(local.mean()),
        "ratio_to_cutoff": float((smooth / local).max()),
        "ratio_to_marrow_cutoff": float(smooth.max()) / cut.threshold.value,
        "length_mm": length,
        "breadth_mm": middle,
        "thickness_mm": thickness,
        "in_plane_width_mm": in_plane_width_mm(voxels, evidence.spacing_mm),
        "in_plane_reach_mm": in_plane_reach_mm(voxels, evidence.spacing_mm),
        "rim_share": float(np.mean(evidence.edge_mm[box][voxels] <= RIM_MM)),
        "beyond_ratio": float(np.median(evidence.beyond[box][voxels]) / smooth.mean()),
        "fluid_ratio": float(smooth.mean()) / evidence.fluid,
    }
    if evidence.t1 is not None:
        features["t1_mean"] = float(evidence.t1[box][voxels].mean())
    if evidence.probability is not None:
        chance = evidence.probability[box][voxels]
        features["probability"] = float(chance.mean())
        features["probability_max"] = float(chance.max())
    beside = beside_ratio(voxels, box, cut.above, evidence)
    if beside is not None:
        features["beside_ratio"] = beside
    return features
