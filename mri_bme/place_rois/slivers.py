"""Thin pieces of one bone along another, left where a border runs along the edge of marrow."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.sacroiliac import BoneLabel

THIN_MM = 2.5  # cortex alone takes 1 to 2 mm: no marrow of either bone is that thin ...
LONG_MM = 4.0  # ... over this length; the tip where a bone tapers is shorter
CRUMB_MM2 = 30.0  # a smaller piece apart from its bone, on another one, belongs to that
NEIGHBOURS = {
    BoneLabel.SACRUM: (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM),
    BoneLabel.LEFT_ILIUM: (BoneLabel.SACRUM,),
    BoneLabel.RIGHT_ILIUM: (BoneLabel.SACRUM,),
}


def without_slivers(labels: NDArray[np.uint8], axes: PelvisAxes) -> NDArray[np.uint8]:
    """Give slivers of sacrum to the ilium that they lie on, and the other way round.

    Parameters
    ----------
    labels : uint8 array of shape (depth, height, across)
        Values of `BoneLabel`. Slices are looked at one by one.

    Returns
    -------
    uint8 array of the same shape
        The same marrow. Pieces that touch another bone have its label if they are thinner
        than `THIN_MM` over `LONG_MM`, or smaller than `CRUMB_MM2` and apart from their own.
    """
    whole = np.array(labels)
    for part in whole:
        for bone, others in NEIGHBOURS.items():
            own = part == bone
            if not own.any():
                continue
            slivers = _slivers(own, axes)
            for other in others:
                beside = ndimage.binary_dilation(part == other)
                touching = np.unique(slivers[beside & (slivers > 0)])
                if touching.size:
                    part[np.isin(slivers, touching)] = other
    return whole


def _slivers(bone: NDArray[np.bool_], axes: PelvisAxes) -> NDArray[np.int32]:
    """Give the slivers and crumbs of a bone in one slice numbers from 1."""
    from skimage.morphology import isotropic_opening  # noqa: PLC0415  (slow to load)

    spacing_mm = np.array(axes.spacing_mm[1:])
    thick = isotropic_opening(np.pad(bone, 1), THIN_MM / 2, spacing=spacing_mm)[1:-1, 1:-1]
    thin, _ = ndimage.label(bone & ~thick, np.ones((3, 3)))
    slivers = np.zeros_like(bone)
    for number, box in enumerate(ndimage.find_objects(thin), start=1):
        size_mm = np.array([side.stop - side.start for side in box]) * spacing_mm
        if size_mm.max() >= LONG_MM:
            slivers[box] |= thin[box] == number
    parts, _ = ndimage.label(bone & ~slivers)
    is_crumb = np.bincount(parts.ravel()) * spacing_mm.prod() < CRUMB_MM2
    slivers |= is_crumb[parts] & (parts > 0)
    numbered, _ = ndimage.label(slivers, np.ones((3, 3)))
    return np.asarray(numbered)
