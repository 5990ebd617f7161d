"""Notice reference marrow that is two tissues: marrow, and soft tissue or edema beside it."""

import numpy as np
from numpy.typing import NDArray

N_ITERATIONS = 60
MAX_VALUES = 4000  # evenly taken; more tell no more
MIN_SEPARATION = 2.0  # two peaks are apart; Ashman, Bird & Zepf, AJ 108:2348-2361, 1994
MIN_SHARE = 0.15  # of the smaller part; less does not move the median
SQRT_TWO = np.sqrt(2.0)

Floats = NDArray[np.float64]


def doubt_about_mixture(values: NDArray[np.float32]) -> str:
    """Say that reference marrow is two tissues, or nothing.

    Two normal distributions are fitted by expectation maximisation. They are two tissues
    when their means lie apart by Ashman's ``D = sqrt(2) |m1 - m2| / sqrt(s1^2 + s2^2)`` above
    `MIN_SEPARATION` and neither holds less than `MIN_SHARE` of the voxels.

    Parameters
    ----------
    values : float32 array of shape (n,)
        Smoothed reference marrow, in units of its median.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    ordered = ordered[:: max(1, ordered.size // MAX_VALUES)]
    means, sds, share = _two_normals(ordered)
    separation = SQRT_TWO * float(means[1] - means[0]) / max(float(np.hypot(*sds)), 1e-9)
    if separation <= MIN_SEPARATION or min(share, 1 - share) < MIN_SHARE:
        return ""
    return (
        f"reference marrow is two tissues, {share:.0%} of it at {means[0]:.2f} and "
        f"{1 - share:.0%} at {means[1]:.2f} of its median: the cut-off may lie too high or too "
        "low; mark normal marrow by hand"
    )


def _two_normals(values: Floats) -> tuple[Floats, Floats, float]:
    """Means, SDs (in order of the means) and the share of the lower one."""
    low, high = np.percentile(values, (15, 85))
    means = np.array([low, high])
    sds = np.full(2, max((high - low) / 4, 1e-6))
    share = 0.5
    for _ in range(N_ITERATIONS):
        weight = np.array([share, 1 - share]) / sds
        density = weight[:, None] * np.exp(-0.5 * ((values - means[:, None]) / sds[:, None]) ** 2)
        belongs = density / np.maximum(density.sum(axis=0), 1e-300)
        total = np.maximum(belongs.sum(axis=1), 1e-9)
        means = belongs @ values / total
        spread = (belongs * (values - means[:, None]) ** 2).sum(axis=1) / total
        sds = np.sqrt(np.maximum(spread, 1e-8))
        share = float(total[0] / total.sum())
    if means[0] > means[1]:
        return means[::-1], sds[::-1], 1 - share
    return means, sds, share
