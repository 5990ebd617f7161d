"""How much further two visits may differ that were not scanned alike."""

from collections.abc import Iterable, Mapping
from math import sqrt

from mri_bme.study import ProtocolPart

WIDER: Mapping[ProtocolPart, float] = {
    ProtocolPart.SCANNER: 1.35,
    ProtocolPart.FIELD: 1.45,
    ProtocolPart.SEQUENCE: 1.6,
    ProtocolPart.RESOLUTION: 1.3,
    ProtocolPart.SLICES: 1.65,
    ProtocolPart.SLAB: 1.55,
}
"""Limits of visits that differ in one part of their protocol, over those of visits scanned alike.

Upper 95 % bounds on 12 phantoms scanned again without a change (``docs/measurement_error.md``).
"""


def wider_by(parts: Iterable[ProtocolPart]) -> float:
    """Tell how many times as wide limits are where visits differ in these parts.

    Each part adds an error of its own, so that what each adds to the variance is summed.
    """
    return sqrt(1 + sum(WIDER[part] ** 2 - 1 for part in set(parts)))
