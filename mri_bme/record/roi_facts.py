"""What is written beside ROIs: their names, how they were obtained, how far to trust them."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.record.schema import plain
from mri_bme.sacroiliac import QUADRANTS, SacroiliacRois, Side, cartilaginous_share


def labels_sha256(quadrants: NDArray[np.uint8]) -> str:
    """Hash a quadrant map in reading order: tells whether a file was corrected since."""
    return hashlib.sha256(np.ascontiguousarray(quadrants).tobytes()).hexdigest()


def roi_facts(rois: SacroiliacRois) -> dict[str, Any]:
    """Names and volumes of the quadrants, and where they come from, ready for JSON."""
    counts = np.bincount(rois.quadrants.ravel(), minlength=len(QUADRANTS) + 1)
    voxel_ml = rois.geometry.voxel_volume_ml
    return {
        "labels": {str(label): quadrant.name for label, quadrant in QUADRANTS.items()},
        "volumes_ml": {
            quadrant.name: plain(float(counts[label]) * voxel_ml)
            for label, quadrant in QUADRANTS.items()
        },
        "cartilaginous_share": {
            side.value: plain(share)
            for side, share in ((side, cartilaginous_share(rois, side)) for side in Side)
        },
        "source": rois.source,
        "placed_by": rois.placed_by.value,
        "labels_sha256": labels_sha256(rois.quadrants),
        "confidence": plain(float(rois.confidence)),
        "tried": [
            {
                "source": attempt.source,
                "confidence": plain(attempt.confidence),
                "reason": attempt.reason,
            }
            for attempt in rois.attempts
        ],
        "notes": list(rois.notes),
        "reference": reference_facts(rois),
    }


def reference_facts(rois: SacroiliacRois) -> dict[str, Any]:
    """How normal marrow was obtained, and how much of it there is."""
    reference = rois.reference
    return {
        "source": rois.reference_source,
        "volume_ml": None if reference is None else plain(reference.volume_ml),
    }
