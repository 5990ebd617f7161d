"""Parts of a bone map: what belongs to a bone, and what was only labelled like it."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.sacroiliac import MEASURED_BONES, BoneLabel

BoolBlock = NDArray[np.bool_]
BoolSlice = NDArray[np.bool_]
LabelBlock = NDArray[np.uint8]

MIN_PART_SHARE = 0.1  # a promontory apart from the alae is a tenth of the sacrum or more
MIN_SACRAL_SHARE = 0.1  # less of the sacrum's largest section is its crest
ILIA = (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM)


def largest_parts(labels: LabelBlock) -> LabelBlock:
    """Drop parts of a bone that are tiny beside its largest part."""
    kept = np.array(labels)
    boxes = ndimage.find_objects(labels, max_label=max(MEASURED_BONES))
    for bone in MEASURED_BONES:
        box = boxes[bone - 1]
        own = labels[box] == bone if box is not None else np.zeros(0, dtype=bool)
        parts, n_parts = ndimage.label(own)
        if n_parts < 2:
            continue
        sizes = np.bincount(parts.ravel())[1:]
        keep = np.concatenate([[False], sizes >= MIN_PART_SHARE * sizes.max()])
        kept[box][own & ~keep[parts]] = BoneLabel.BACKGROUND
    return kept


def ilia_without_flanks(labels: LabelBlock, axes: PelvisAxes) -> LabelBlock:
    """Behind the sacrum keep one part of each ilium in every slice, and drop fat of the flank.

    There an ilium is a thick bone of one piece (further in front a thin wing may divide it). Fat
    of the flank is as bright as marrow and reaches the iliac crest, so that a whole block of it
    may hang on the ilium by a corner.

    Parameters
    ----------
    labels : uint8 array of shape (depth, height, across)
        Values of `BoneLabel`, from the front to the back.
    axes : PelvisAxes
        Where the slices lie. A bone is followed from the last slice that shows `MIN_SACRAL_SHARE`
        of the largest section of the sacrum; from one slice to the next it moves by their
        distance at most.

    Returns
    -------
    uint8 array of the same shape
        As it was where the slices end with the sacrum, or show none.
    """
    kept = np.array(labels)
    sacral = np.count_nonzero(labels == BoneLabel.SACRUM, axis=(1, 2))
    last = int(np.flatnonzero(sacral >= MIN_SACRAL_SHARE * sacral.max())[-1])
    for bone in ILIA:
        own = labels[last:] == bone
        if not own[0].any():
            continue
        rows, columns = ndimage.find_objects(own.any(axis=0).astype(np.uint8))[0]
        box = (slice(last, None), rows, columns)
        behind = own[:, rows, columns]
        kept[box][behind & ~_followed(behind, axes)] = BoneLabel.BACKGROUND
    return kept


def _followed(bone: BoolBlock, axes: PelvisAxes) -> BoolBlock:
    """Follow the largest part of the first section of a bone to the back."""
    kept = np.zeros_like(bone)
    kept[0] = bone[0]
    last = _part_most_inside(bone[0], bone[0])
    for at in range(1, len(bone)):
        if bone[at].any():
            kept[at] = _part_most_inside(bone[at], _widened(last, axes))
            last = kept[at] if kept[at].any() else last
    return kept


def _part_most_inside(section: BoolSlice, place: BoolSlice) -> BoolSlice:
    """Take the part of a section of which most lies in a place; nothing where none does."""
    parts, n_parts = ndimage.label(section)
    inside = np.bincount(parts[place], minlength=n_parts + 1)
    inside[0] = 0
    return np.asarray((parts == np.argmax(inside)) & section if inside.any() else parts < 0)


def _widened(section: BoolSlice, axes: PelvisAxes) -> BoolSlice:
    """Widen a section by the distance of two slices."""
    away_mm = ndimage.distance_transform_edt(~section, sampling=axes.spacing_mm[1:])
    return np.asarray(away_mm <= axes.spacing_mm[0])
