"""A kind of finding other than edema: how it is measured, told, shown and simulated.

Edema is what this package is built around. Structural lesions, such as fat metaplasia on
T1W, are measured beside it in the same ROIs: each kind is one module that makes a
`FindingKind` in the room `kinds`, and one entry in `kinds.KINDS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidVoxels
from mri_bme.findings import EdemaSegmentation
from mri_bme.sacroiliac import REGIONS, SacroiliacRois
from mri_bme.volume import Mask, Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number told of a region; `name` ends in its unit, `empty` says when it is missing."""

    name: str
    meaning: str
    empty: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class KindInput:
    """What a kind may look at: the scans of one visit, where to look, and the edema there."""

    volume: Volume
    t1: Volume | None
    rois: SacroiliacRois
    edema: EdemaSegmentation | None


@dataclass(frozen=True, kw_only=True, eq=False)
class KindFindings:
    """What was found of one kind at one visit.

    Parameters
    ----------
    mask : Mask or None
        Voxels of it on the grid of the ROIs; None, and `reason` says why, where it could not
        be measured.
    regions : mapping of region to mapping of quantity to number
        Every region of `sacroiliac.REGIONS`; a missing number is None, never 0.
    """

    mask: Mask | None = None
    regions: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        if self.mask is not None and set(self.regions) != set(REGIONS):
            missing = ", ".join(name for name in REGIONS if name not in self.regions)
            raise InvalidVoxels(
                f"what was measured must cover every region of the tables; missing: {missing}"
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class FindingKind:
    """A kind of finding.

    Parameters
    ----------
    name : str
        Name of its table, as in ``fat``: a word of small letters and underscores.
    words : str
        What readers call it, as in ``fat metaplasia``.
    colour : str
        How pages mark it, as in ``#0072b2``.
    quantities : tuple of Quantity
        What is told of each region, in the order of the table.
    measure : callable
        Measures it at one visit; raises `NotEvaluable` with the reason where it cannot.
    paint : callable or None
        ``paint(anatomy, seed)`` puts some into a `phantom.anatomy.Anatomy` and gives the new
        anatomy, and the share of each voxel of its fine grid that is of this kind.
    """

    name: str
    words: str
    colour: str
    quantities: tuple[Quantity, ...]
    measure: Callable[[KindInput], KindFindings]
    paint: Callable[[Any, int], tuple[Any, NDArray[np.float32]]] | None = None


def volumes_by_region(mask: Mask, rois: SacroiliacRois) -> dict[str, float]:
    """Volume of a mask in every region, mL: what most kinds tell first."""
    voxel_ml = mask.geometry.voxel_volume_ml
    counts = np.bincount(rois.quadrants[mask.voxels], minlength=256)
    return {name: float(counts[list(labels)].sum()) * voxel_ml for name, labels in REGIONS.items()}
