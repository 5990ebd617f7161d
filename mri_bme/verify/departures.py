"""What is changed about a scan: one departure from the protocol at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mri_bme.phantom import Artifacts, Protocol
from mri_bme.phantom.artifacts import NONE
from mri_bme.study import ScannedWith

SPECTRAL_CONTRAST = 0.8  # of what edema has over marrow, T2 with fat suppression against STIR


USUALLY_TOLD = ScannedWith(manufacturer="Siemens", field_tesla=3.0, sequence="STIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """One departure.

    Parameters
    ----------
    factors : mapping from str
        On fields of the protocol; the slab and the field of view stay as large as they were.
    positioning : float
        How differently the retest lies, relative to usual practice.
    contrast : float
        On how far lesions stand out of marrow.
    artifacts : Artifacts
        What goes wrong.
    told : ScannedWith
        What the header says of it.
    """

    factors: Mapping[str, float] = field(default_factory=dict)
    positioning: float = 1.0
    contrast: float = 1.0
    artifacts: Artifacts = NONE
    told: ScannedWith = USUALLY_TOLD


CONDITIONS: Mapping[str, Departure] = {
    "slices 1.3 times as thick": Departure(factors={"thickness_mm": 1.3, "spacing_mm": 1.3}),
    "slices 0.8 times as thick": Departure(factors={"thickness_mm": 0.8, "spacing_mm": 0.8}),
    "half the noise": Departure(factors={"noise": 0.5}),
    "twice the noise": Departure(factors={"noise": 2.0}),
    "no coil shading": Departure(factors={"shading": 0.0}),
    "twice the coil shading": Departure(factors={"shading": 2.0}),
    "pixels 1.4 times as large": Departure(factors={"pixel_mm": 1.4}),
    "retest positioned alike": Departure(positioning=0.0),
    "retest positioned twice as differently": Departure(positioning=2.0),
}
"""Conditions of both scans."""

QUICK_CONDITIONS = ("slices 1.3 times as thick", "twice the noise", "pixels 1.4 times as large")

RETESTS: Mapping[str, Departure] = {
    "another scanner": Departure(
        factors={"noise": 0.8, "deep_noise": 0.0, "shading": 1.6, "pixel_mm": 1.15},
        told=replace(USUALLY_TOLD, manufacturer="GE"),
    ),
    "another field strength": Departure(
        factors={"noise": 1.6, "shading": 0.7},
        contrast=0.92,
        told=replace(USUALLY_TOLD, field_tesla=1.5),
    ),
    "another sequence (T2 FS for STIR)": Departure(
        factors={"noise": 0.8},
        contrast=SPECTRAL_CONTRAST,
        artifacts=Artifacts(failed_fat_suppression=0.15),
        told=replace(USUALLY_TOLD, sequence="T2-FS"),
    ),
    "other slices (0.75 times as thick)": Departure(
        factors={"thickness_mm": 0.75, "spacing_mm": 0.75, "noise": 1.25}
    ),
}
"""What is different at the retest alone: visits that were not scanned alike.

Models of how much noise, shading, blur, contrast and fat differ, not of the physics behind it.
"""


def changed_protocol(protocol: Protocol, departure: Departure) -> Protocol:
    """Apply a departure; the slab and the field of view stay as large as they were."""
    factors = departure.factors
    changed = replace(
        protocol, **{name: getattr(protocol, name) * factor for name, factor in factors.items()}
    )
    along, across = protocol.resolution_mm
    coarser = factors.get("pixel_mm", 1.0)
    return replace(
        changed,
        n_slices=round(protocol.n_slices / factors.get("spacing_mm", 1.0)),
        matrix=round(protocol.matrix / coarser),
        resolution_mm=(along * coarser, across * coarser),
    )
