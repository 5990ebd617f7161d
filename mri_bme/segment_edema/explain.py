"""Answer "why is this voxel edema, or why not?"."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from mri_bme.findings import EdemaSegmentation, Lesion, Threshold
from mri_bme.sacroiliac import QUADRANTS, SacroiliacRois
from mri_bme.segment_edema.joint_view import Input

LIKE_ELSEWHERE = 0.01  # of the cut-off: a smaller difference is not worth a word


def explain_voxel(
    segmentation: EdemaSegmentation,
    rois: SacroiliacRois,
    index: ArrayLike,
    *,
    without: Mapping[Input, float] | None = None,
) -> str:
    """Say in words why a voxel was called edema or not.

    Parameters
    ----------
    segmentation : EdemaSegmentation
        What was found.
    rois : SacroiliacRois
        Where it was looked for.
    index : array-like of 3 int
        (slice, row, column).
    without : mapping of Input to float or None
        What the judge says with one input taken away, from `weigh_inputs`; None leaves that out.

    Returns
    -------
    str
        One or two sentences.
    """
    s, r, c = (int(i) for i in np.asarray(index))
    quadrant = int(rois.quadrants[s, r, c])
    if quadrant == 0:
        return "Not edema: outside the measured marrow."
    value = float(segmentation.relative_intensity.voxels[s, r, c])
    cut = segmentation.threshold
    local = segmentation.local_cutoff
    needed = cut.value if local is None else float(local[s, r, c])
    facts = (
        f"{QUADRANTS[quadrant].name}, {abs(float(rois.joint_distance_mm[s, r, c])):.1f} mm from "
        f"the joint, {value:.2f} times normal marrow, {_against(value, needed, cut)}"
        + _judged(segmentation, (s, r, c), without)
    )
    label = int(segmentation.lesion_labels[s, r, c])
    if label > 0:
        lesion = next(lesion for lesion in segmentation.lesions if lesion.label == label)
        return f"Edema: {facts}; part of lesion {label}, {_words(lesion)}."
    labels = segmentation.dropped_labels
    dropped = 0 if labels is None else int(labels[s, r, c])
    if dropped > 0:
        candidate = next(d for d in segmentation.dropped if d.label == dropped)
        return f"Not edema: {facts}; part of candidate {dropped}, {_words(candidate)}."
    share = float(segmentation.edema_fraction[s, r, c])
    if share > 0:
        return (
            f"Credited to {share:.0%}: {facts}; a mixture at the edge of a lesion or of the bone."
        )
    short = "not bright or not likely enough"
    if segmentation.probability is None:
        short = "not above the cut-off after smoothing"
    return f"Not edema: {facts}; {short}."


def _judged(
    segmentation: EdemaSegmentation,
    index: tuple[int, int, int],
    without: Mapping[Input, float] | None,
) -> str:
    """Say how likely the judge holds it for edema, and what that hangs on."""
    if segmentation.probability is None:
        return ""
    chance = float(segmentation.probability[index])
    told = f", {chance:.0%} likely that a reader calls it edema"
    if not without:
        return told
    changes = sorted(without.items(), key=lambda change: -abs(change[1] - chance))
    return f"{told} ({'; '.join(f'without {name} {p:.0%}' for name, p in changes)})"


def _against(value: float, needed: float, cut: Threshold) -> str:
    """Compare a voxel with the cut-off that applies at it, and say why that is another one."""
    rule = f"{cut.rule} {cut.value:.2f}"
    here = f"{value / needed:.2f} times the cut-off here, {needed:.2f}" if needed > 0 else ""
    if not here or abs(needed - cut.value) <= LIKE_ELSEWHERE * cut.value:
        return f"{here or 'cut-off'} ({rule})"
    why = "lower in dark tissue by the joint" if needed < cut.value else "higher in fatty marrow"
    return f"{here} ({why} than elsewhere, {rule})"


def _words(lesion: Lesion) -> str:
    return f"{lesion.volume_ml:.2f} mL: {lesion.reason}"
