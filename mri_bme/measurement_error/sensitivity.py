"""How far a volume moves when one thing at a time is moved by what it is uncertain by.

Intervals draw everything together; here each source of error stands alone, at the ends of its own
95 % range, so that a reader sees what a number hangs on. Nothing is measured again: the ends follow
from the sums and chances that the draws of a visit are made of.
"""

from collections.abc import Mapping

import numpy as np

from mri_bme.measurement_error.doubtful import NOTHING_DOUBTFUL, Doubtful, hidden_ml
from mri_bme.measurement_error.draws import (
    LEVEL_SD,
    MISSED_SHELL_MM,
    UNSEEN_ML,
    Ingredients,
    chance_of_false,
)
from mri_bme.measurement_error.shells import one_deep_ml
from mri_bme.volume import FloatArray

REACH = 1.96  # SDs: the ends of a 95 % range of a normal distribution
TAIL = 0.025  # a chance below this lies beyond the ends
JUDGE_CUTS = (0.1, 0.5)  # as one reader in ten calls it edema, and as every second does
REGISTRATION_MM = 0.35  # worst point in bone, 40 real scans moved by a known amount

THRESHOLD, REFERENCE, ROI_EDGE = "threshold", "reference marrow", "edge of the regions"
JUDGE, SMALL = "judge", "small lesions"
READER, REGISTRATION = "reader's outline", "registration"
SOURCES: Mapping[str, str] = {
    THRESHOLD: f"where lesions end: {REACH * LEVEL_SD:.0%} of the share of voxels that are edema "
    f"in part, and up to {REACH * MISSED_SHELL_MM:.1f} mm all around that is too faint to show",
    READER: f"where the outline lies: {REACH * LEVEL_SD:.0%} of the share of voxels on it, and up "
    f"to {REACH * MISSED_SHELL_MM:.1f} mm all around that is too faint to show",
    REFERENCE: "what normal marrow is: half the coefficient of variation of the reference, 1.96 "
    "times; lesions that are no brighter than that above their cut-off are lost",
    ROI_EDGE: "where the regions end: 0.8 mm where bones were given, 1.6 mm where they were found",
    JUDGE: f"least probability of the judge: {JUDGE_CUTS[0]:g} and {JUDGE_CUTS[1]:g}",
    SMALL: "whether what is small is edema: lesions without those that may be none, and with the "
    "specks by the joint that may be some",
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
    is_read: bool = False,
) -> dict[str, FloatArray]:
    """Move one source at a time to both ends of its 95 % range.

    Parameters
    ----------
    sums : Ingredients
        What was found, by quadrant.
    reference_cv, roi_edge_voxels, likeliest, doubtful
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
    level = REACH * LEVEL_SD * sums.mixed
    faint = REACH * one_deep_ml(sums.lesions, MISSED_SHELL_MM).sum(axis=0)
    brighter = REACH * reference_cv / 2
    lost = nobody if heights is None else heights[:n_lesions] <= 1 + brighter
    found = {
        READER if is_read else THRESHOLD: (-level, level + faint),
        REFERENCE: (
            -np.maximum(brighter * sums.mixed, lost @ sums.lesions),
            brighter * sums.mixed,
        ),
        ROI_EDGE: (
            -REACH * roi_edge_voxels * sums.at_rim,
            REACH * roi_edge_voxels * sums.at_rim,
        ),
    }
    if not is_read:
        unlikely = nobody if likeliest is None else likeliest[:n_lesions] <= JUDGE_CUTS[1]
        likely = doubtful.by_judge & (np.sqrt(doubtful.chances) > JUDGE_CUTS[0])
        small = chance_of_false(sums.lesions.sum(axis=1)) > TAIL
        specks = ~doubtful.by_judge & (doubtful.chances > TAIL)
        found[JUDGE] = (-(unlikely @ sums.lesions), hidden_ml(doubtful, likely))
        found[SMALL] = (-(small @ sums.lesions), hidden_ml(doubtful, specks) + _unseen(sums))
    return {
        source: np.asarray(np.maximum(sums.found + np.array(ends), 0), dtype=np.float64)
        for source, ends in found.items()
    }


def _unseen(sums: Ingredients) -> FloatArray:
    """Edema too small or too faint to be a candidate, spread over the marrow."""
    marrow = float(sums.marrow.sum())
    share = sums.marrow / marrow if marrow > 0 else np.zeros_like(sums.marrow)
    return np.asarray(REACH * UNSEEN_ML * share, dtype=np.float64)
