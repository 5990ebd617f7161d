"""What normal marrow looks like in this subject, and whether it can be believed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import NotEvaluable, ReferenceTooSmall
from mri_bme.signal.spread import robust_sd


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceStatistics:
    """Robust statistics of reference marrow, in the units of the values."""

    median: float
    sd: float
    q1: float
    q3: float
    maximum: float
    n_voxels: int

    @property
    def iqr(self) -> float:
        """Interquartile range."""
        return self.q3 - self.q1


def reference_statistics(
    values: NDArray[np.float32], *, voxel_volume_ml: float, min_ml: float, max_cv: float
) -> ReferenceStatistics:
    """Summarize reference marrow, or refuse it with the reason.

    Parameters
    ----------
    values : array of shape (n,)
        Intensities inside the reference.
    voxel_volume_ml : float
        Volume of one voxel.
    min_ml : float
        A smaller reference is refused.
    max_cv : float
        A larger robust SD / median is refused: the reference mixes tissues.

    Raises
    ------
    ReferenceTooSmall
        If the reference is empty or smaller than `min_ml`.
    NotEvaluable
        If its median is not positive, it does not vary at all, or it is too mixed.
    """
    found_ml = values.size * voxel_volume_ml
    if found_ml < min_ml or values.size == 0:
        raise ReferenceTooSmall(
            f"reference marrow holds {found_ml:.2f} mL ({values.size} voxels), at least "
            f"{min_ml:g} mL are needed; mark more normal interforaminal sacral marrow"
        )
    q1, median, q3 = (float(q) for q in np.percentile(values, (25, 50, 75)))
    sd = robust_sd(values, about=median)
    if median <= 0 or sd <= 0:
        raise NotEvaluable(
            f"reference marrow has median {median:g} and robust SD {sd:g}; both must be positive: "
            "it lies outside the body, is clipped, or the series is no magnitude image"
        )
    if sd / median > max_cv:
        raise NotEvaluable(
            f"reference marrow varies by {sd / median:.0%} (robust SD / median), at most "
            f"{max_cv:.0%} is normal marrow; mark it away from vessels, foramina and lesions"
        )
    return ReferenceStatistics(
        median=median, sd=sd, q1=q1, q3=q3, maximum=float(values.max()), n_voxels=values.size
    )
