"""What makes a measurement doubtful or impossible: clipping, empty marrow, bright fat."""

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import NotEvaluable

MIN_CLIPPED = 20  # voxels at exactly the highest value; noise alone gives one or two
MAX_EMPTY_SHARE = 0.5  # of the ROI at zero: it lies outside the body or the field of view
DOUBTFUL_EMPTY_SHARE = 0.02
SOFT_TISSUE_ABOVE = 0.2  # of reference marrow; darker is air, gas and cortex
DOUBTFUL_FAT_SHARE = 0.2  # of the edema; less does not change what is concluded
MAX_MARROW_TO_SOFT_TISSUE = 2.5  # suppressed marrow is about as bright as muscle

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def doubts_about(voxels: Floats, marrow: Bools, reference_median: float) -> tuple[str, ...]:
    """List what is doubtful about a box of voxels, in plain words.

    Parameters
    ----------
    voxels : float32 array
        Intensities as read.
    marrow : bool array
        Marrow of the ROIs.
    reference_median : float
        Of normal marrow.

    Raises
    ------
    NotEvaluable
        If more than `MAX_EMPTY_SHARE` of the ROIs is exactly 0.
    """
    empty = float(np.mean(voxels[marrow] == 0))
    if empty > MAX_EMPTY_SHARE:
        raise NotEvaluable(
            f"{empty:.0%} of the ROIs is exactly 0, at most {MAX_EMPTY_SHARE:.0%} can be measured; "
            "they lie outside the field of view, or the volume is masked"
        )
    found = [_empty(empty), _clipped(voxels, marrow), _bright(voxels, marrow, reference_median)]
    return tuple(doubt for doubt in found if doubt)


def doubt_about_fat(fatty_ml: float, edema_ml: float) -> tuple[str, ...]:
    """Say how much of the edema is bright on T1W, where that is more than a little.

    Both volumes are of whole voxels, so it is said as a share: the volume reported beside it
    counts voxels of the outline in part.

    Fat that follows inflammation lies where edema comes back, so both may be there; a reader
    has to tell that from fat whose signal was not suppressed.
    """
    if edema_ml <= 0 or fatty_ml < DOUBTFUL_FAT_SHARE * edema_ml:
        return ()
    return (
        f"{fatty_ml / edema_ml:.0%} of the edema is bright on T1W as well: edema in fatty marrow, "
        "or fat whose signal was not suppressed",
    )


def _empty(share: float) -> str:
    return f"{share:.0%} of the ROIs is exactly 0" if share > DOUBTFUL_EMPTY_SHARE else ""


def _clipped(voxels: Floats, marrow: Bools) -> str:
    highest = voxels.max()
    n_clipped = int(np.count_nonzero(voxels[marrow] == highest))
    if n_clipped < MIN_CLIPPED:
        return ""
    return f"{n_clipped} marrow voxels sit at the highest value ({highest:g}): clipped intensities"


def _bright(voxels: Floats, marrow: Bools, reference_median: float) -> str:
    soft = voxels[~marrow & (voxels > SOFT_TISSUE_ABOVE * reference_median)]
    if not soft.size:
        return ""
    ratio = reference_median / float(np.median(soft))
    if ratio <= MAX_MARROW_TO_SOFT_TISSUE:
        return ""
    return (
        f"normal marrow is {ratio:.1f} times as bright as the soft tissue around (at most "
        f"{MAX_MARROW_TO_SOFT_TISSUE:g} expected): fat suppression may have failed"
    )
