"""Estimate the SPARCC score of the sacroiliac joints, slice by slice, as readers are taught."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.findings import SparccSlice
from mri_bme.sacroiliac import QUADRANTS, Bone, Level, Quadrant, Side
from mri_bme.score_edema.reader_view import IN_PLANE, ReaderView, is_seen
from mri_bme.settings import ScoreSettings

N_SLICES = 6
DEEP_MM = 10.0  # at least 1 cm from the articular surface; Maksymowych 2005
JOINT_STARTS_MM = 10.0  # of joint height on a slice: less is not scored; spa-imaging.org
DIVIDED_FROM_MM = 30.0  # of joint height: from here on there is a lower half; spa-imaging.org

LABELS = {quadrant: label for label, quadrant in QUADRANTS.items()}


def scored_slices(view: ReaderView) -> range | None:
    """Find the six slices that a reader scores; None when there are not six.

    Readers go from front to back and begin where the cartilaginous joint is at least 1 cm
    high, on either side; the six slices from there on are scored [1]_ [2]_. All six must show
    the joint.

    References
    ----------
    .. [1] Maksymowych et al., Arthritis Rheum 53:703-709, 2005, doi 10.1002/art.21445.
    .. [2] spa-imaging.org, "Grading sacroiliitis", SPARCC method.
    """
    height_mm = np.max(list(view.joint_mm.values()), axis=0)
    for first in np.flatnonzero(height_mm >= JOINT_STARTS_MM).tolist():
        chosen = range(first, first + N_SLICES)
        if chosen.stop <= len(height_mm) and np.all(height_mm[first : chosen.stop] > 0):
            return chosen
    return None


def score_slice(view: ReaderView, index: int, settings: ScoreSettings) -> SparccSlice:
    """Score one slice, 12 points at most.

    One point for every quadrant (eight: upper and lower, iliac and sacral, left and right)
    with edema; one more per joint for an intense signal; one more per joint for a lesion
    that reaches 1 cm or deeper from the articular surface [1]_. A joint lower than 1 cm on
    the slice is not scored; one lower than 3 cm has upper quadrants only [2]_, to which all
    edema of the bone belongs. The source calls a signal intense when it equals that of
    presacral vessels; others take cerebrospinal fluid or discs [2]_; `intense_level`
    says what is done here. A lesion counts as deep when one connected part on the slice begins at
    the joint (`subchondral_mm`) and reaches 1 cm.

    References
    ----------
    .. [1] Maksymowych et al., Arthritis Rheum 53:703-709, 2005, doi 10.1002/art.21445.
    .. [2] spa-imaging.org, "Grading sacroiliitis", SPARCC method.
    """
    sides = [side for side in Side if view.joint_mm[side][index] >= JOINT_STARTS_MM]
    least = view.least_pixels(settings)
    return SparccSlice(
        index=index,
        joint_mm={side.value: float(view.joint_mm[side][index]) for side in Side},
        quadrants=tuple(
            quadrant.name
            for side in sides
            for quadrant, labels in _parts(side, float(view.joint_mm[side][index]))
            if is_seen(_edema(view, index, labels), least)
        ),
        intense=tuple(
            side.value
            for side in sides
            if is_seen(_edema(view, index, _all(side)) & view.intense[index], least)
        ),
        deep=tuple(
            side.value
            for side in sides
            if any(_is_deep(view, index, _of(side, bone), settings) for bone in Bone)
        ),
    )


def _parts(side: Side, joint_mm: float) -> list[tuple[Quadrant, list[int]]]:
    """Quadrants of a joint on a slice, and the labels that belong to each."""
    if joint_mm >= DIVIDED_FROM_MM:
        return [(quadrant, [label]) for quadrant, label in LABELS.items() if quadrant.side is side]
    return [(Quadrant(side, bone, Level.UPPER), _of(side, bone)) for bone in Bone]


def _of(side: Side, bone: Bone) -> list[int]:
    return [LABELS[Quadrant(side, bone, level)] for level in Level]


def _all(side: Side) -> list[int]:
    return [label for bone in Bone for label in _of(side, bone)]


def _edema(view: ReaderView, index: int, labels: list[int]) -> NDArray[np.bool_]:
    return np.asarray(view.edema[index] & np.isin(view.quadrants[index], labels))


def _is_deep(view: ReaderView, index: int, labels: list[int], settings: ScoreSettings) -> bool:
    parts, n_parts = ndimage.label(_edema(view, index, labels), structure=IN_PLANE)
    if not n_parts:
        return False
    inside = parts > 0
    parts, depth = parts[inside], view.depth_mm[index][inside]
    numbers = np.arange(1, n_parts + 1)
    nearest = ndimage.minimum(depth, parts, numbers)
    deepest = ndimage.maximum(depth, parts, numbers)
    return bool(np.any((nearest <= settings.subchondral_mm) & (deepest >= DEEP_MM)))
