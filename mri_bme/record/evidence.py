"""Why each voxel counts or not, as maps of whole numbers: kept in files, shown on pages."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.findings import EdemaSegmentation
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.sparse import sparse_zeros

PER_MULTIPLE = 100  # of normal marrow
PER_MM = 10
PER_WHOLE = 100  # shares are in per cent
LARGEST = np.iinfo(np.uint16).max

EVIDENCE: Mapping[str, str] = {
    "relative": "Intensity after shading correction, in hundredths of normal marrow's median.",
    "cutoff": "Cut-off of the voxel, in hundredths of normal marrow's median.",
    "distance": "Distance from the joint surface, in tenths of a millimetre.",
    "share": "Share of the voxel that is edema, in per cent; never 0 where there is any.",
    "probability": "How likely a reader calls the voxel edema, in per cent.",
    "dropped": "Number of the candidate that was left out.",
}
"""Maps of a visit that was measured, and what their numbers mean."""


def evidence_maps(
    found: EdemaSegmentation | None, rois: SacroiliacRois | None
) -> dict[str, NDArray[np.uint16]]:
    """Map why each voxel counts or not; zero outside the measured marrow.

    Parameters
    ----------
    found : EdemaSegmentation or None
        What was found; without it there are no maps.
    rois : SacroiliacRois or None
        Where it was looked for.

    Returns
    -------
    dict of uint16 arrays (slice, row, column)
        By the names of `EVIDENCE`.
    """
    if found is None or rois is None:
        return {}
    marrow = rois.quadrants > 0
    cutoff: Any = found.threshold.value if found.local_cutoff is None else found.local_cutoff
    maps = {
        "relative": _within(marrow, found.relative_intensity.voxels, PER_MULTIPLE),
        "cutoff": _within(marrow, np.broadcast_to(cutoff, marrow.shape), PER_MULTIPLE),
        "distance": _within(marrow, (np.abs(plane) for plane in rois.joint_distance_mm), PER_MM),
        "share": _shares(found.edema_fraction),
    }
    if found.probability is not None:
        maps["probability"] = _within(marrow, found.probability, PER_WHOLE)
    if found.dropped_labels is not None:
        maps["dropped"] = narrow_labels(found.dropped_labels)
    rois.rest()
    return maps


def narrow_labels(labels: NDArray[np.int32]) -> NDArray[np.uint16]:
    """Hold labels in two bytes; where there are none, no memory is taken."""
    narrow = sparse_zeros(labels.shape, np.uint16)
    for plane, own in zip(narrow, labels, strict=True):
        some = own != 0
        if some.any():
            plane[some] = own[some]
    return narrow


def _within(
    marrow: NDArray[np.bool_], values: Iterable[NDArray[Any]], per_unit: int
) -> NDArray[np.uint16]:
    """Map values, given plane by plane, as scans may be large."""
    whole = sparse_zeros(marrow.shape, np.uint16)
    for target, inside, plane in zip(whole, marrow, values, strict=True):
        scaled = np.rint(plane[inside].astype(np.float64) * per_unit)
        target[inside] = np.clip(scaled, 0, LARGEST).astype(np.uint16)
    return whole


def _shares(fraction: NDArray[np.float32]) -> NDArray[np.uint16]:
    whole = sparse_zeros(fraction.shape, np.uint16)
    some = fraction > 0
    whole[some] = np.maximum(np.rint(fraction[some].astype(np.float64) * PER_WHOLE), 1)
    return whole
