"""How much further two visits may differ that were not scanned alike."""

from collections.abc import Iterable, Mapping
from math import sqrt

from mri_bme.study import ProtocolPart

WIDER: Mapping[ProtocolPart, float] = {
    ProtocolPart.SCANNER: 1.5,
    ProtocolPart.FIELD: 1.5,
    ProtocolPart.SEQUENCE: 1.5,
    ProtocolPart.RESOLUTION: 1.5,
    ProtocolPart.SLICES: 1.5,
    ProtocolPart.SLAB: 1.5,
}
"""Limits of visits that differ in one part of their protocol, over those of visits scanned alike.

Assumed, not measured: half again as wide (``docs/measurement_error.md``).
"""


def wider_by(parts: Iterable[ProtocolPart]) -> float:
    """Tell how many times as wide limits are where visits differ in these parts.

    Each part adds an error of its own, so that what each adds to the variance is summed.
    """
    return sqrt(1 + sum(WIDER[part] ** 2 - 1 for part in set(parts)))
