"""Rules that turn normal marrow into a cut-off. Voxels strictly above it are candidates."""

from collections.abc import Callable

import numpy as np
import skimage
from numpy.typing import NDArray

from mri_bme.errors import NotEvaluable
from mri_bme.findings import Threshold
from mri_bme.segment_edema.partial_volume import OUTLINE_HEIGHT
from mri_bme.segment_edema.reference import ReferenceStatistics
from mri_bme.settings import SegmentSettings

Values = NDArray[np.float32]
TWO_THRESHOLD_START = 1.5
TWO_THRESHOLD_STEP = 0.05
TWO_THRESHOLD_GAP_IQR = 0.5


def robust_sd(reference: ReferenceStatistics, roi: Values, settings: SegmentSettings) -> float:
    """Median + `n_sd` robust SDs of reference marrow.

    The mean + k SD rule of the MRI literature (for the sacroiliac joints: Zarco et al.,
    Arthritis Care Res 67:1578, 2015) with median and MAD in place of mean and SD, so a
    vessel inside the reference does not lift it.
    """
    del roi
    return reference.median + settings.n_sd * reference.sd


def quartile_iqr(reference: ReferenceStatistics, roi: Values, settings: SegmentSettings) -> float:
    """Third quartile + `n_iqr` interquartile ranges (Tukey's fence has 1.5, far outliers 3)."""
    del roi
    return reference.q3 + settings.n_iqr * reference.iqr


def two_threshold(reference: ReferenceStatistics, roi: Values, settings: SegmentSettings) -> float:
    """Lower threshold of Hepburn et al., PLOS ONE 2023, doi 10.1371/journal.pone.0284508.

    Q3 + m IQR, where m rises from 1.5 in steps of 0.05 until the maximum of the
    reference exceeds it by less than half an IQR. That maximum is the upper threshold.
    """
    del roi, settings
    if reference.iqr <= 0:
        raise NotEvaluable(
            "the quartiles of reference marrow coincide, so the two-threshold rule has no step; "
            "choose another rule or mark more reference marrow"
        )
    start = reference.q3 + TWO_THRESHOLD_START * reference.iqr
    excess = (reference.maximum - start) / reference.iqr - TWO_THRESHOLD_GAP_IQR
    n_steps = max(int(np.floor(excess / TWO_THRESHOLD_STEP)) + 1, 0)
    return start + n_steps * TWO_THRESHOLD_STEP * reference.iqr


def fixed_ratio(reference: ReferenceStatistics, roi: Values, settings: SegmentSettings) -> float:
    """Set multiple of the reference median, as in visual "twice normal marrow" rules."""
    del roi
    return settings.ratio * reference.median


def otsu(reference: ReferenceStatistics, roi: Values, settings: SegmentSettings) -> float:
    """Split of the ROI's histogram into two classes (Otsu, IEEE SMC 9:62-66, 1979).

    It always finds two classes, edema or not, so it never lies below the reference's
    third quartile.
    """
    del settings
    return max(float(skimage.filters.threshold_otsu(roi)), reference.q3)


RULES: dict[str, Callable[[ReferenceStatistics, Values, SegmentSettings], float]] = {
    "robust_sd": robust_sd,
    "quartile_iqr": quartile_iqr,
    "two_threshold": two_threshold,
    "fixed_ratio": fixed_ratio,
    "otsu": otsu,
}


def marrow_threshold(
    reference: ReferenceStatistics, roi: Values, *, settings: SegmentSettings
) -> Threshold:
    """Place the cut-off above the subject's own normal marrow by the rule in `settings`.

    Never below `least_ratio` medians of it.

    Parameters
    ----------
    reference : ReferenceStatistics
        Of normal marrow.
    roi : array of shape (n,)
        Intensities inside the ROIs, in the same units; rule `otsu` looks at them.
    settings : SegmentSettings
        Names the rule and holds its number.

    Returns
    -------
    Threshold
        `value` is relative to the reference median.
    """
    least = settings.least_ratio * reference.median
    cut = max(RULES[settings.rule](reference, roi, settings), least)
    return Threshold(
        rule=settings.rule,
        value=cut / reference.median,
        reference_median=reference.median,
        reference_sd=reference.sd,
        n_reference_voxels=reference.n_voxels,
        outline_height=OUTLINE_HEIGHT,
    )
