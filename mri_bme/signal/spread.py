"""Spread of values of which some do not belong: by the median absolute deviation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SD_PER_MAD = 1.4826  # normal distribution; Rousseeuw & Croux, JASA 88:1273-1283, 1993


def robust_sd(values: NDArray[Any], *, about: float | None = None) -> float:
    """Estimate the SD from the median absolute deviation.

    Up to half of the values may lie anywhere without moving it far: a vessel in reference
    marrow does not widen what counts as normal.

    Parameters
    ----------
    values : array
        At least one value.
    about : float or None
        What deviations are taken from; None takes the median.

    References
    ----------
    Rousseeuw & Croux, JASA 88:1273-1283, 1993.
    """
    middle = np.median(values) if about is None else about
    return SD_PER_MAD * float(np.median(np.abs(values - middle)))
