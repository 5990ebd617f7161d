"""What readers say the program got wrong, lesion by lesion and rule by rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.findings import EdemaSegmentation, Lesion

HALF = 0.5  # of a lesion's voxels: with fewer it counts as gone, with as many as there
SAME_SLICE_AND_NEXT = ndimage.generate_binary_structure(3, 1)
REJECTED, TAKEN_BACK, DRAWN = "rejected", "taken back", "drawn"
NO_RULE = "below the cut-off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruled:
    """One disagreement with the program about a whole lesion.

    `what` is ``rejected`` (the program kept it), ``taken back`` (the program had dropped it, by
    `rule`) or ``drawn`` (the program had seen no candidate there). `reason` is the reader's.
    """

    what: str
    label: int
    volume_ml: float
    rule: str = ""
    reason: str = ""


def overruled_lesions(
    found: EdemaSegmentation,
    drawn: NDArray[np.bool_],
    reasons: Sequence[tuple[NDArray[np.int64], str]] = (),
) -> Iterator[Overruled]:
    """Compare what a reader left with what the program found.

    Parameters
    ----------
    found : EdemaSegmentation
        The program's lesions and dropped candidates.
    drawn : bool array
        The reader's mask, on the same grid.
    reasons : sequence of (places, reason)
        Voxels that the reader took away at once, and why.
    """
    for lesion in found.lesions:
        places = np.flatnonzero(found.lesion_labels == lesion.label)
        if len(places) and drawn.reshape(-1)[places].mean() < HALF:
            yield Overruled(
                what=REJECTED,
                label=lesion.label,
                volume_ml=lesion.volume_ml,
                reason=_reason(places, reasons),
            )
    yield from _taken_back(found, drawn)
    yield from _drawn(found, drawn)


def _reason(places: NDArray[np.int64], reasons: Sequence[tuple[NDArray[np.int64], str]]) -> str:
    """Reason of the last act that took most of these voxels away."""
    for taken, reason in reversed(reasons):
        if np.isin(places, taken).mean() >= HALF:
            return reason
    return ""


def _taken_back(found: EdemaSegmentation, drawn: NDArray[np.bool_]) -> Iterator[Overruled]:
    if found.dropped_labels is None:
        return
    for lesion in found.dropped:
        inside = drawn[found.dropped_labels == lesion.label]
        if inside.size and inside.mean() >= HALF:
            yield _of(TAKEN_BACK, lesion)


def _of(what: str, lesion: Lesion) -> Overruled:
    return Overruled(what=what, label=lesion.label, volume_ml=lesion.volume_ml, rule=lesion.rule)


def _drawn(found: EdemaSegmentation, drawn: NDArray[np.bool_]) -> Iterator[Overruled]:
    """Find connected parts that touch no lesion and no candidate of the program."""
    labels, n_parts = ndimage.label(drawn, structure=SAME_SLICE_AND_NEXT)
    known = found.mask.voxels
    if found.dropped_labels is not None:
        known = known | (found.dropped_labels > 0)
    touched = set(np.unique(labels[known]).tolist())
    counts = np.bincount(labels.ravel(), minlength=n_parts + 1)
    for label in range(1, n_parts + 1):
        if label not in touched:
            volume_ml = float(counts[label]) * found.mask.geometry.voxel_volume_ml
            yield Overruled(what=DRAWN, label=label, volume_ml=volume_ml, rule=NO_RULE)
