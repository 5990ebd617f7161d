"""Hand ROIs from one command to the next: all that a label map alone cannot hold.

A label map tells the quadrants. The distance to the joint was measured on the bones,
cartilage was told from ligaments, normal marrow was chosen and T1W was looked at: measured
again from the quadrants, all that comes out a little different. So it is kept, exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.record.cache import read_record, write_record
from mri_bme.record.roi_facts import labels_sha256
from mri_bme.sacroiliac import PlacedBy, SacroiliacRois
from mri_bme.volume import Volume


@dataclass(frozen=True, kw_only=True, eq=False)
class Handover:
    """ROIs as they were placed, and the T1W volume that they were placed with."""

    rois: SacroiliacRois
    t1: Volume | None = None


def write_handover(path: Path, handover: Handover) -> None:
    """Write ROIs and T1W exactly, whole or not at all; nothing in it tells who was scanned."""
    write_record(path, {"rois": handover.rois, "t1": handover.t1})


def read_handover(path: Path, quadrants: NDArray[np.integer[Any]]) -> Handover | None:
    """Read what `write_handover` wrote, if it still belongs to this quadrant map.

    Returns
    -------
    Handover or None
        None when there is no such file, or the map was corrected since.

    Raises
    ------
    UnreadableInput
        If the file is damaged or of another version.
    """
    if not path.is_file():
        return None
    kept = read_record(path)
    handover = Handover(rois=kept["rois"], t1=kept["t1"])
    return handover if np.array_equal(handover.rois.quadrants, quadrants) else None


def is_as_placed(facts: Mapping[str, Any], quadrants: NDArray[np.uint8]) -> bool:
    """Whether a quadrant map is the one that the JSON beside it was written with."""
    return bool(facts.get("labels_sha256") == labels_sha256(quadrants))


def placed_by(facts: Mapping[str, Any], quadrants: NDArray[np.uint8]) -> PlacedBy:
    """Tell from the JSON beside a quadrant map who placed the bones.

    A map that was changed since, or that nothing is known of, counts as given.
    """
    told = facts.get("placed_by")
    known = told in set(PlacedBy) and is_as_placed(facts, quadrants)
    return PlacedBy(str(told)) if known else PlacedBy.GIVEN
