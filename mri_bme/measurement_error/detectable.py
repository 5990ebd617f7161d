"""How large a change must be before it is believed."""

import numpy as np

from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import CompareSettings


def smallest_detectable_change_ml(
    volume_ml: float,
    settings: CompareSettings,
    *,
    kind: RegionKind = RegionKind.TOTAL,
    wider_by: float = 1.0,
) -> float:
    """Look up the smallest detectable change of a kind of region at a volume.

    Linear between the volumes of the table, constant before the first, and proportional
    to the volume beyond the last, since the error of an outline grows with its size;
    `wider_by` times as much where the visits were not scanned alike.
    """
    at, change = settings.detectable_at_ml, settings.detectable_of(kind)
    if volume_ml > at[-1] > 0:
        return wider_by * change[-1] * volume_ml / at[-1]
    return wider_by * float(np.interp(volume_ml, at, change))
