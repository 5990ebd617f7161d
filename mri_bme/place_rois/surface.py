"""Find the smooth surface of least cost through a block of voxels."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

FloatBlock = NDArray[np.float32]


def least_cost_surface(
    cost: FloatBlock, *, penalty: tuple[float, float], smooth: tuple[int, int] = (3, 5)
) -> NDArray[np.float64]:
    """Find the cheapest smooth surface that crosses every line of the last axis once.

    Costs are gathered along four directions of the surface (forth and back along each of
    the first two axes) as in semi-global matching [1]_, with a penalty proportional to
    the step; the cheapest position is then smoothed by a median.

    Parameters
    ----------
    cost : float32 array of shape (n, m, k)
        Cost of passing through each voxel; infinite where it is forbidden.
    penalty : tuple of float
        Cost per voxel of step along the last axis, between neighbours of the first and of
        the second axis.
    smooth : tuple of int
        Size of the median.

    Returns
    -------
    float64 array of shape (n, m)
        Position of the surface along the last axis, in voxels.

    References
    ----------
    .. [1] Hirschmüller, IEEE TPAMI 30:328-341, 2008.
    """
    total = np.zeros_like(cost)
    for axis in (0, 1):
        along = np.moveaxis(cost, axis, 0)
        gathered = np.moveaxis(total, axis, 0)
        gathered += _gather(along, penalty[axis])
        gathered += _gather(along[::-1], penalty[axis])[::-1]
    total -= 3 * np.where(np.isfinite(cost), cost, 0)  # each voxel's own cost came in four times
    position = total.argmin(axis=2).astype(np.float64)
    return np.asarray(ndimage.median_filter(position, size=smooth, mode="nearest"))


def _gather(cost: FloatBlock, penalty: float) -> FloatBlock:
    """Cheapest way to reach each voxel from the start of the first axis."""
    reached = np.empty_like(cost)
    reached[0] = cost[0]
    for i in range(1, cost.shape[0]):
        best = _cheapest_step(reached[i - 1], penalty)
        best -= np.minimum(best.min(axis=-1, keepdims=True), np.float32(1e6))
        reached[i] = cost[i] + best
    return reached


def _cheapest_step(before: FloatBlock, penalty: float) -> FloatBlock:
    """Lower envelope of cones of slope `penalty` on each value of the last axis."""
    ramp = (penalty * np.arange(before.shape[-1])).astype(np.float32)
    upward = np.minimum.accumulate(before - ramp, axis=-1) + ramp
    back = before[..., ::-1]
    downward = (np.minimum.accumulate(back - ramp, axis=-1) + ramp)[..., ::-1]
    return np.minimum(upward, downward)
