"""95 % intervals of a volume and of a change."""

from math import sqrt

import numpy as np

from mri_bme.findings import Interval, RegionBurden
from mri_bme.volume import FloatArray

TAILS = (0.025, 0.975)  # of a 95 % interval
MIN_DRAWS = 20  # fewer draws do not reach a 2.5 % tail
CORRELATION = 0.5  # of the errors of two visits of one subject, over one region; phantoms


def volume_interval(draws_ml: FloatArray, edema_ml: float) -> Interval | None:
    """95 % interval of a volume from its draws (n_draws,), in mL; None with too few.

    It always holds the estimate `edema_ml`.
    """
    if len(draws_ml) < MIN_DRAWS:
        return None
    low, high = np.quantile(draws_ml, TAILS)
    return Interval(low=float(min(low, edema_ml)), high=float(max(high, edema_ml)))


def change_interval(
    baseline: RegionBurden, followup: RegionBurden, *, wider_by: float = 1.0
) -> Interval | None:
    """95 % interval of a difference from the intervals of its two sides.

    The method of variance estimates recovery [1]_: it keeps skewed intervals skewed, and
    swapping the visits mirrors it. The errors of the two visits are correlated by `CORRELATION`.
    Visits that were not scanned alike have an interval `wider_by` times as wide.

    References
    ----------
    .. [1] Zou & Donner, Stat Med 27:1693-1702, 2008, doi 10.1002/sim.3095.
    """
    before, after = baseline.interval_ml, followup.interval_ml
    if before is None or after is None:
        return None
    change_ml = followup.edema_ml - baseline.edema_ml
    below = _joined(followup.edema_ml - after.low, before.high - baseline.edema_ml)
    above = _joined(after.high - followup.edema_ml, baseline.edema_ml - before.low)
    return Interval(low=change_ml - wider_by * below, high=change_ml + wider_by * above)


def _joined(one: float, other: float) -> float:
    """Half-width of a difference from those of its sides, the same in either order."""
    return sqrt(one * one + other * other - 2 * CORRELATION * (one * other))
