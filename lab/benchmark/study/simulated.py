"""Simulated readers: they see what is true, each with an error of their own."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lab.benchmark.study.subjects import Truth
from mri_bme.readings.scores import N_SPARCC_SLICES
from mri_bme.sacroiliac import QUADRANTS

Bools = NDArray[np.bool_]
DEEP_MM = 10.0  # from the joint, SPARCC's depth
INTENSE_SHARE = 0.9  # of voxels that a reader calls as bright as vessels
IN_PLANE = ndimage.generate_binary_structure(3, 1)
TELLING_ML = 6.0  # of edema: an impression of 6
LEAST_VOXELS = 4  # of a quadrant on a slice that are seen as edema


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedReader:
    """How somebody reads.

    Parameters
    ----------
    code : str
        The reader's code in the task.
    edge : float
        Edematous share from which a voxel is drawn: below 0.5 outlines are wide, above narrow.
    unsteady : float
        SD of `edge` from one reading of a scan to the next.
    wavers : float
        SD of what `edge` does along an outline, smooth over some voxels.
    overlooks_ml, overlooks : float
        Lesions smaller than this are overlooked with this probability.
    """

    code: str
    edge: float
    unsteady: float
    wavers: float
    overlooks_ml: float
    overlooks: float

    def drawn(self, truth: Truth, rng: np.random.Generator) -> Bools:
        """Give the mask that is drawn of a scan this time."""
        noise = ndimage.gaussian_filter(rng.normal(size=truth.share.shape), (0.5, 2, 2))
        noise *= self.wavers / noise.std()
        edge = np.clip(self.edge + self.unsteady * rng.normal(), 0.15, 0.9)
        mask = np.asarray(truth.share + noise * (truth.share > 0) > edge)
        labels, n_lesions = ndimage.label(mask, structure=IN_PLANE)
        for label in range(1, n_lesions + 1):
            lesion = labels == label
            is_small = lesion.sum() * truth.voxel_ml < self.overlooks_ml
            if is_small and rng.random() < self.overlooks:
                mask[lesion] = False
        return mask


READERS = (
    SimulatedReader(
        code="R1", edge=0.35, unsteady=0.05, wavers=0.12, overlooks_ml=0.15, overlooks=0.3
    ),
    SimulatedReader(
        code="R2", edge=0.6, unsteady=0.08, wavers=0.15, overlooks_ml=0.4, overlooks=0.7
    ),
)
ADJUDICATOR = SimulatedReader(
    code="A1", edge=0.5, unsteady=0.0, wavers=0.0, overlooks_ml=0.0, overlooks=0.0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SparccSeen:
    """What a reader scores on one slice: quadrants with a voxel to click into, joints beside."""

    quadrants: dict[str, tuple[int, int]]
    deep: tuple[str, ...]
    intense: tuple[str, ...]


def sparcc_seen(
    mask: Bools, truth: Truth, quadrants_shown: NDArray[np.uint8], first: int
) -> dict[int, SparccSeen]:
    """Score six slices from what was drawn on them, in the quadrants that the room shows."""
    seen = {}
    for slice_ in range(first, min(first + N_SPARCC_SLICES, len(mask))):
        drawn, labels = mask[slice_], quadrants_shown[slice_]
        quadrants: dict[str, tuple[int, int]] = {}
        deep, intense = set(), set()
        for label, quadrant in QUADRANTS.items():
            places = np.argwhere(drawn & (labels == label))
            if len(places) < LEAST_VOXELS:
                continue
            row, column = places[len(places) // 2]
            quadrants[quadrant.name] = (int(row), int(column))
            at = (slice_, *places.T)
            if np.count_nonzero(truth.to_joint_mm[at] >= DEEP_MM) >= LEAST_VOXELS:
                deep.add(quadrant.side.value)
            if np.count_nonzero(truth.share[at] >= INTENSE_SHARE) >= len(places) / 2:
                intense.add(quadrant.side.value)
        if quadrants:
            seen[slice_] = SparccSeen(
                quadrants=quadrants, deep=tuple(sorted(deep)), intense=tuple(sorted(intense))
            )
    return seen


def impression_of(mask: Bools, truth: Truth) -> int:
    """Global impression, 0 to 10, that a volume leaves."""
    volume_ml = float(mask.sum() * truth.voxel_ml)
    return round(10 * (1 - math.exp(-volume_ml / TELLING_ML)))


def strokes_of(mask: Bools) -> dict[int, list[list[tuple[int, int]]]]:
    """Paths of a mouse that paint a mask, by slice: each part to and fro, row by row.

    A path crosses what lies between two parts of one row, as a hand does that does not stop at
    every gap.
    """
    found: dict[int, list[list[tuple[int, int]]]] = {}
    for slice_ in np.flatnonzero(mask.any(axis=(1, 2))).tolist():
        labels, n_parts = ndimage.label(mask[slice_])
        for part in range(1, n_parts + 1):
            path: list[tuple[int, int]] = []
            for turn, row in enumerate(np.flatnonzero((labels == part).any(axis=1)).tolist()):
                columns = np.flatnonzero(labels[row] == part)
                ends = [(row, int(columns[0])), (row, int(columns[-1]))]
                path += ends[:: 1 if turn % 2 == 0 else -1]
            found.setdefault(slice_, []).append(path)
    return found
