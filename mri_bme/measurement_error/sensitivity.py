"""How far a volume moves when one thing at a time is moved by what it is uncertain by.

Intervals draw everything together; here each source of error stands alone, at the ends of its own
95 % range, so that a reader sees what a number hangs on. Nothing is measured again: the ends follow
from the sums and chances that the draws of a visit are made of. What each lesion and each speck
does by itself is drawn, as in the interval: all at their ends at once would reach far beyond it.
"""

from collections.abc import Mapping

import numpy as np

from mri_bme.measurement_error.doubtful import (
    NOTHING_DOUBTFUL,
    Doubtful,
    doubtful_ml,
    hidden_ml,
)
from mri_bme.measurement_error.draws import (
    DOUBT_SEED,
    LEVEL_SD,
    MISSED_SHELL_MM,
    UNSEEN_ML,
    WIDE_SHELL_MM,
    Ingredients,
    chance_of_false,
)
from mri_bme.measurement_error.intervals import TAILS
from mri_bme.measurement_error.shells import evenly_spread_normals, shell_ml, spread_evenly
from mri_bme.measurement_error.unsure import SURE_LOOK, UnsureLook
from mri_bme.volume import FloatArray

REACH = 1.96  # SDs: the ends of a 95 % range of a normal distribution
N_DRAWS = 512  # of one source
JUDGE_CUTS = (0.02, 0.5)
"""What the judge holds for less likely than the first hardly any reader drew (the reliability table
of its card has 1 % there, and 9 % just above); at the second, reads are half and half."""
REGISTRATION_MM = 0.35  # worst point in bone, 40 real scans moved by a known amount

THRESHOLD, REFERENCE, ROI_EDGE = "threshold", "reference marrow", "edge of the regions"
JUDGE, SMALL = "judge", "small lesions"
READER, REGISTRATION = "reader's outline", "registration"
LOOK = "look of the scan"
CHOICE = "choice of reader"
SHELLS = f"{REACH * MISSED_SHELL_MM:.1f} mm outward and {REACH * WIDE_SHELL_MM:.1f} mm inward"
SHARE = f"{100 * REACH * LEVEL_SD:.0f} %"
SOURCES: Mapping[str, str] = {
    THRESHOLD: f"where lesions end: {SHARE} of the share of voxels that are edema in part, and of "
    f"each lesion a shell of up to {SHELLS}",
    READER: f"where the outline lies: {SHARE} of the share of voxels on it, and of each lesion a "
    f"shell of up to {SHELLS}",
    REFERENCE: "what normal marrow is: half the coefficient of variation of the reference, 1.96 "
    "times; lesions that are no brighter than that above their cut-off are lost",
    ROI_EDGE: "where the regions end: 0.8 mm where bones were given, 1.6 mm where they were found",
    JUDGE: "what the judge has to hold for likely somewhere in a part that it does not veto: "
    f"{JUDGE_CUTS[0]:g} and {JUDGE_CUTS[1]:g} (as measured 0.08, `segment.judge_veto`); the "
    "outlines stay as they are",
    SMALL: "whether what is small is edema: each small lesion may be none, each speck by the joint "
    "may be some, as likely as phantoms tell",
    LOOK: "what noise, blur, bright fat, bones hard to find or want of T1W may hide, what is "
    "bright on T1W, lies by a hole of the signal or may be false for want of T1W, and voxels that "
    "give a pelvis of no person's size; where a scan is so",
    CHOICE: "whose reading is taken: the least and the most of the readers behind the mean",
    REGISTRATION: f"how the visits lie on each other: {REACH * REGISTRATION_MM:.1f} mm",
}
"""Every source, and what it is moved by; ``docs/measurement_error.md`` sources the amounts."""


def source_ends_ml(
    sums: Ingredients,
    *,
    reference_cv: float,
    roi_edge_voxels: float,
    heights: FloatArray | None = None,
    likeliest: FloatArray | None = None,
    doubtful: Doubtful = NOTHING_DOUBTFUL,
    bright_ml: FloatArray | None = None,
    look: UnsureLook = SURE_LOOK,
    is_read: bool = False,
) -> dict[str, FloatArray]:
    """Move one source at a time to both ends of its 95 % range.

    Parameters
    ----------
    sums : Ingredients
        What was found, by quadrant.
    reference_cv, roi_edge_voxels, likeliest, doubtful, bright_ml, look
        As for `quadrant_draws`.
    heights : float64 array of shape (n_lesions,) or None
        How many times its cut-off the brightest part of each lesion is; None where not known.
    is_read : bool
        Whether a reader drew the outlines: what the program doubts of its own choice is left out.

    Returns
    -------
    dict of float64 arrays of shape (2, 9)
        By source, mL per quadrant label at the lower and the upper end.
    """
    n_lesions = len(sums.lesions)
    nobody = np.zeros(n_lesions, dtype=bool)
    brighter = REACH * reference_cv / 2
    lost = nobody if heights is None else heights[:n_lesions] <= 1 + brighter
    at_rim = REACH * roi_edge_voxels * sums.at_rim
    found = {
        READER if is_read else THRESHOLD: _outline(sums),
        REFERENCE: (
            -np.maximum(brighter * sums.mixed, lost @ sums.lesions),
            brighter * sums.mixed,
        ),
        ROI_EDGE: (-at_rim, at_rim),
    }
    if not is_read:
        unlikely = nobody if likeliest is None else likeliest[:n_lesions] <= JUDGE_CUTS[1]
        likely = doubtful.by_judge & (np.sqrt(doubtful.chances) > JUDGE_CUTS[0])
        found[JUDGE] = (-(unlikely @ sums.lesions), hidden_ml(doubtful, likely))
        found[SMALL] = _small(sums, doubtful.where(~doubtful.by_judge))
    bright = np.zeros_like(sums.found) if bright_ml is None else bright_ml
    if look != SURE_LOOK or bright.any():
        found[LOOK] = _looked(sums, bright, look)
    return {
        source: np.asarray(np.maximum(sums.found + np.array(ends), 0), dtype=np.float64)
        for source, ends in found.items()
    }


def _outline(sums: Ingredients) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(DOUBT_SEED)
    level = LEVEL_SD * evenly_spread_normals(N_DRAWS, 1, rng) * sums.mixed
    is_real = np.ones((N_DRAWS, len(sums.lesions)))
    shells = shell_ml(sums.lesions, is_real, MISSED_SHELL_MM, rng, inward_mm=WIDE_SHELL_MM)
    return _ends(level + shells)


def _looked(
    sums: Ingredients, bright_ml: FloatArray, look: UnsureLook
) -> tuple[FloatArray, FloatArray]:
    """All that may be none is none, or all of it is edema and much is hidden; of another size."""
    least, most = look.sizes
    marrow = float(sums.marrow.sum())
    faint = look.faint_ml * sums.marrow / marrow if marrow > 0 else np.zeros_like(sums.marrow)
    real = max(1 - REACH * look.surplus, 0.0)
    low = np.maximum(sums.found - bright_ml, 0) * real * min(least, 1.0)
    high = (sums.found + REACH * (look.hidden * sums.found + faint)) * max(most, 1.0)
    return low - sums.found, high - sums.found


def _small(sums: Ingredients, specks: Doubtful) -> tuple[FloatArray, FloatArray]:
    """Lesions that are none, specks that are edema, and what is too small or faint for a speck."""
    rng = np.random.default_rng(DOUBT_SEED)
    chances = chance_of_false(sums.lesions.sum(axis=1))
    is_false = spread_evenly(N_DRAWS, len(sums.lesions), rng) < chances
    unseen = UNSEEN_ML * np.maximum(evenly_spread_normals(N_DRAWS, 1, rng), 0)
    marrow = float(sums.marrow.sum())
    share = sums.marrow / marrow if marrow > 0 else np.zeros_like(sums.marrow)
    return _ends(doubtful_ml(specks, N_DRAWS, rng) + unseen * share - is_false @ sums.lesions)


def _ends(draws: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Draws (9,) whose sums lie at the ends of the 95 % range of all, which holds no change too."""
    order = np.argsort(draws.sum(axis=1), kind="stable")
    low, high = (draws[order[round(tail * (len(order) - 1))]] for tail in TAILS)
    nothing = np.zeros_like(low)
    return (low if low.sum() < 0 else nothing), (high if high.sum() > 0 else nothing)
