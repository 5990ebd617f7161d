"""How a mask of edema compares with reads: overlap, surfaces, lesions, volumes."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

CLOSE_MM = 1.0
LEAST_LESION_ML = 0.03  # smaller parts of a read are slips of the pencil
AGREED_READS = 2  # of four: a lesion that must be found

Bools = NDArray[np.bool_]


def dice(a: Bools, b: Bools) -> float:
    """Overlap of two masks; 1 where both are empty."""
    both = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / both if both else 1.0


def mean_dice(mask: Bools, reads: Sequence[Bools]) -> float:
    """Mean overlap with every read."""
    return float(np.mean([dice(mask, read) for read in reads]))


def readers_own_dice(reads: Sequence[Bools]) -> float:
    """Mean overlap of every two reads."""
    return float(np.mean([dice(a, b) for a, b in combinations(reads, 2)]))


def surface_dice(a: Bools, b: Bools, spacing_mm: Sequence[float]) -> float:
    """Share of both surfaces within `CLOSE_MM` of the other (Nikolov et al., JMIR 2021)."""
    if not a.any() or not b.any():
        return float(not a.any() and not b.any())
    first, second = _surface(a), _surface(b)
    to_second = ndimage.distance_transform_edt(~second, sampling=spacing_mm)[first]
    to_first = ndimage.distance_transform_edt(~first, sampling=spacing_mm)[second]
    close = np.count_nonzero(to_second <= CLOSE_MM) + np.count_nonzero(to_first <= CLOSE_MM)
    return float(close / (to_second.size + to_first.size))


def _surface(mask: Bools) -> Bools:
    return np.asarray(mask & ~ndimage.binary_erosion(mask, ndimage.generate_binary_structure(3, 1)))


def found_lesions(mask: Bools, reads: Sequence[Bools], voxel_ml: float) -> tuple[int, int, int]:
    """Count lesions that reads agree on, those found of them, and found parts in no read."""
    agreed = np.sum(reads, axis=0) >= min(AGREED_READS, len(reads))
    wanted = _parts(agreed, voxel_ml)
    found = sum(bool((mask & part).any()) for part in wanted)
    anywhere = np.any(reads, axis=0)
    false = sum(not (anywhere & part).any() for part in _parts(mask, voxel_ml))
    return len(wanted), found, false


def _parts(mask: Bools, voxel_ml: float) -> list[Bools]:
    labels, n = ndimage.label(mask)
    sizes = np.bincount(labels.ravel(), minlength=n + 1) * voxel_ml
    return [labels == i for i in range(1, n + 1) if sizes[i] >= LEAST_LESION_ML]
