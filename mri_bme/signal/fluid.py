"""How bright vessels and fluid are on a scan, from the tissue around the marrow."""

import numpy as np
from numpy.typing import NDArray

FLUID_PERCENTILE = 99.0  # of the tissue around the marrow
FLUID_LEAST = 4.0  # medians of marrow; edema of readers had 1.4 to 2.6, fluid some 6
"""What fluid has at least, for the question whether bright tissue *is* fluid.

A crop may hold no fluid at all. Whether a lesion is *as bright as* vessels is another
question, with a lower floor of its own (`ScoreSettings.intense_least`): readers call edema
intense that is far from 4.
"""


def fluid_level(
    relative: NDArray[np.float32],
    marrow: NDArray[np.bool_],
    *,
    least: float = FLUID_LEAST,
    percentile: float = FLUID_PERCENTILE,
    min_voxels: int = 1,
) -> float:
    """Brightness of vessels and fluid: a high percentile of the tissue around the marrow.

    Parameters
    ----------
    relative : float32 array
        Intensity in medians of reference marrow; air and what was not measured, exactly 0,
        do not count.
    marrow : bool array
        What is not around.
    least : float
        Never less than this.
    percentile : float
        Of the tissue around.
    min_voxels : int
        With less tissue around than this, the level is `least`.
    """
    around = relative[~marrow & (relative > 0)]
    if around.size < min_voxels:
        return least
    return max(float(np.percentile(around, percentile)), least)
