"""Compare a candidate with the marrow beside it.

Where tissue by the joint is dark the cut-off is lower, and normal marrow that lies between
dark tissues, as in the tip of the ilium, may come to lie above it. A reader compares it with
the marrow beside it, and sees no difference.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.segment_edema.evidence import Crop, Evidence

NEAREST_MM, FARTHEST_MM = 1.2, 5.0  # from a candidate, in the slice: clear of its blurred edge
BRIGHT_PERCENTILE = 75.0  # of marrow beside: its better part, without cortex and sclerosis
MIN_VOXELS = 20  # fewer say nothing

Bools = NDArray[np.bool_]


def beside_ratio(voxels: Bools, box: Crop, above: Bools, evidence: Evidence) -> float | None:
    """Brightest voxel of a candidate over the brighter marrow beside it in the same bone.

    Beside is searched marrow of the bone that holds most of the candidate, `NEAREST_MM` to
    `FARTHEST_MM` away in the slice, and below the cut-off.

    Parameters
    ----------
    voxels : bool array
        The candidate within `box`.
    box : tuple of slice
        Its box in the crop of `evidence`.
    above : bool array
        Every voxel of the crop that is above the cut-off there.
    evidence : Evidence
        What is known about each voxel.

    Returns
    -------
    float or None
        After smoothing; None where there is too little marrow beside it to compare with.
    """
    wide, place = _widened(box, evidence)
    inside = np.zeros(evidence.smooth[wide].shape, dtype=bool)
    inside[place] = voxels
    bone = _bone(evidence.quadrants[wide])
    own = int(np.bincount(bone[inside]).argmax())
    ring = _ring(inside, evidence.spacing_mm[1:]) & evidence.searched[wide]
    beside = evidence.smooth[wide][ring & ~above[wide] & (bone == own)]
    if beside.size < MIN_VOXELS:
        return None
    level = float(np.percentile(beside, BRIGHT_PERCENTILE))
    return float(evidence.smooth[box][voxels].max()) / level if level > 0 else None


def _widened(box: Crop, evidence: Evidence) -> tuple[Crop, Crop]:
    """Box with room for the ring in the slice, and where the old one lies in it."""
    margins = (0, *(int(np.ceil(FARTHEST_MM / mm)) + 1 for mm in evidence.spacing_mm[1:]))
    wide = tuple(
        slice(max(s.start - margin, 0), min(s.stop + margin, n))
        for s, margin, n in zip(box, margins, evidence.smooth.shape, strict=True)
    )
    place = tuple(
        slice(s.start - w.start, s.stop - w.start) for s, w in zip(box, wide, strict=True)
    )
    return (wide[0], wide[1], wide[2]), (place[0], place[1], place[2])


def _bone(quadrants: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Give the two quadrants of a bone by one joint the same number."""
    return (quadrants.astype(np.int64) + 1) // 2


def _ring(inside: Bools, spacing_mm: NDArray[np.float64]) -> Bools:
    ring = np.zeros_like(inside)
    for plane, found in zip(inside, ring, strict=True):
        if plane.any():
            away = ndimage.distance_transform_edt(~plane, sampling=spacing_mm)
            found[:] = (away > NEAREST_MM) & (away <= FARTHEST_MM)
    return ring
