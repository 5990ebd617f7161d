"""What of the edema is bright on T1W as well, where inflamed marrow is dark."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import NotEvaluable
from mri_bme.sacroiliac import QUADRANTS
from mri_bme.segment_edema.evidence import Evidence
from mri_bme.segment_edema.quality import doubt_about_fat
from mri_bme.settings import SegmentSettings
from mri_bme.volume import FloatArray

N_LABELS = len(QUADRANTS) + 1
NORMAL_T1 = 1.0  # medians of marrow: edema alone is darker
MOST_BRIGHT = 0.7  # of the edema: beyond, most of what was found is something else
REFUSED_FROM_ML = 5.0  # so much is not a small lesion in fatty marrow


@dataclass(frozen=True, slots=True, kw_only=True)
class BrightOnT1:
    """What is doubtful about it in words, and mL by quadrant label (9,) that may be no edema."""

    doubts: tuple[str, ...]
    may_be_none_ml: FloatArray


def bright_on_t1(
    counted: NDArray[np.bool_],
    fraction: NDArray[np.float32],
    evidence: Evidence,
    settings: SegmentSettings,
) -> BrightOnT1:
    """Look at voxels, not lesions: one that has merged with others is fatty in part.

    Fat whose signal is not suppressed, signal that folds in and a weak transmit field are bright
    on both series. Where much of the edema is so, all of it that is no darker than normal marrow
    may be none; edema in fatty marrow looks the same, so that it counts until a reader has looked.

    Parameters
    ----------
    counted : bool array
        Voxels of the mask.
    fraction : float32 array
        Share of each voxel that is edema.
    evidence : Evidence
        Whose T1W is relative to marrow.
    settings : SegmentSettings
        From which brightness on T1W on it is doubtful.

    Raises
    ------
    NotEvaluable
        If most of much edema is bright on T1W.
    """
    nothing = BrightOnT1(doubts=(), may_be_none_ml=np.zeros(N_LABELS))
    if evidence.t1 is None:
        return nothing
    voxel_ml = evidence.geometry.voxel_volume_ml
    fatty_ml = np.count_nonzero(counted & (evidence.t1 > settings.doubtful_t1)) * voxel_ml
    edema_ml = np.count_nonzero(counted) * voxel_ml
    doubts = doubt_about_fat(fatty_ml, edema_ml)
    if not doubts:
        return nothing
    if edema_ml >= REFUSED_FROM_ML and fatty_ml > MOST_BRIGHT * edema_ml:
        raise NotEvaluable(
            f"{fatty_ml / edema_ml:.0%} of {edema_ml:.0f} mL that would count are bright on T1W as "
            f"well, at most {MOST_BRIGHT:.0%} can be measured: fat whose signal was not "
            "suppressed, signal that folds in, or an uneven transmit field; look at both series"
        )
    shares = np.where(evidence.t1 > NORMAL_T1, fraction, 0)
    may_be_none = np.bincount(
        evidence.quadrants.ravel(), weights=shares.ravel(), minlength=N_LABELS
    )
    return BrightOnT1(
        doubts=doubts, may_be_none_ml=np.asarray(may_be_none * voxel_ml, dtype=np.float64)
    )
