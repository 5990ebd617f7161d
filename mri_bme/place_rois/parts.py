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
CRUMB_MM2 = 80.0  # a second part of an ilium in a slice: up to 73 mm2 in 14 drawn ones
BESIDE_MM = 40.0  # from the sacrum: most of an ilium where the joint is, and no flank
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


def ilia_in_one_part(labels: LabelBlock, axes: PelvisAxes) -> LabelBlock:
    """Keep one part of each ilium in every slice: the one that goes on from slice to slice.

    A section of an ilium is one piece, but for crumbs of less than `CRUMB_MM2`. Fat of the flank
    is as bright as marrow and touches the iliac crest, so that a whole block of it may hang on
    the ilium by a corner.

    Parameters
    ----------
    labels : uint8 array of shape (depth, height, across)
        Values of `BoneLabel`.
    axes : PelvisAxes
        Where the slices lie. A bone is followed from beside the sacrum, where that is largest,
        to the front and to the back; from one slice to the next it moves by their distance at
        most.

    Returns
    -------
    uint8 array of the same shape
        As it was where no slice shows an ilium beside the sacrum.
    """
    kept = np.array(labels)
    sacrum = labels == BoneLabel.SACRUM
    sacral = sacrum.sum(axis=(1, 2))
    for bone in ILIA:
        own = labels == bone
        both = np.where(own.any(axis=(1, 2)), sacral, 0)
        if not both.any():
            continue
        start = int(np.argmax(both))
        beside = _part_most_inside(own[start], _distance_mm(sacrum[start], axes) <= BESIDE_MM)
        if not beside.any():
            continue
        rows, columns = ndimage.find_objects(own.any(axis=0).astype(np.uint8))[0]
        box = (slice(None), rows, columns)
        followed = _followed(own[box], start, beside[rows, columns], axes)
        kept[box][own[box] & ~followed] = BoneLabel.BACKGROUND
    return kept


def _followed(bone: BoolBlock, start: int, beside: BoolSlice, axes: PelvisAxes) -> BoolBlock:
    """Follow a bone through its slices, from one of its sections on; crumbs stay."""
    kept = np.zeros_like(bone)
    for way in (range(start, len(bone)), range(start - 1, -1, -1)):
        last = beside
        for at in way:
            if not bone[at].any():
                continue
            own = _part_most_inside(bone[at], _widened(last, axes))
            kept[at] = own | _crumbs(bone[at], axes)
            last = own if own.any() else last
    return kept


def _part_most_inside(section: BoolSlice, place: BoolSlice) -> BoolSlice:
    """Take the part of a section of which most lies in a place; nothing where none does."""
    parts, n_parts = ndimage.label(section)
    inside = np.bincount(parts[place], minlength=n_parts + 1)
    inside[0] = 0
    return np.asarray((parts == np.argmax(inside)) & section if inside.any() else parts < 0)


def _crumbs(section: BoolSlice, axes: PelvisAxes) -> BoolSlice:
    """Take the parts of a section that are too small to be another tissue."""
    parts, _ = ndimage.label(section)
    mm2 = np.bincount(parts.ravel()) * axes.spacing_mm[1] * axes.spacing_mm[2]
    return np.asarray(section & (mm2 < CRUMB_MM2)[parts])


def _widened(section: BoolSlice, axes: PelvisAxes) -> BoolSlice:
    """Widen a section by the distance of two slices."""
    return np.asarray(_distance_mm(section, axes) <= axes.spacing_mm[0])


def _distance_mm(section: BoolSlice, axes: PelvisAxes) -> NDArray[np.float64]:
    """Distance of every pixel of a slice from a section, 0 inside."""
    return np.asarray(ndimage.distance_transform_edt(~section, sampling=axes.spacing_mm[1:]))
