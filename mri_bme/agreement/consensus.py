"""One mask from those of several readers."""

from collections.abc import Sequence

import numpy as np

from mri_bme.errors import InvalidVoxels
from mri_bme.volume import Mask, check_same_grid

STAPLE_CHANCE = 0.5  # that a voxel is edema, from which on it belongs to the mask


def majority(masks: Sequence[Mask]) -> Mask:
    """Take the voxels that more than half of the readers marked.

    Raises
    ------
    InvalidVoxels
        If there is no mask.
    GeometryMismatch
        If the masks lie on different grids.
    """
    first = _checked(masks)
    votes = np.sum([mask.voxels for mask in masks], axis=0)
    return Mask(geometry=first.geometry, voxels=2 * votes > len(masks))


def staple(masks: Sequence[Mask]) -> Mask:
    """Weigh readers by how often they are right, estimated together with the mask (STAPLE).

    Warfield, Zou & Wells, IEEE TMI 23:903-921, 2004, as SimpleITK has it. Only the box that
    holds any reader's voxels is looked at, so that a large empty scan around it does not make
    every reader look specific. Where nobody marked anything, or all marked the same, that is
    the consensus.

    Raises
    ------
    InvalidVoxels
        If there is no mask.
    GeometryMismatch
        If the masks lie on different grids.
    """
    first = _checked(masks)
    anyone = np.any([mask.voxels for mask in masks], axis=0)
    everyone = np.all([mask.voxels for mask in masks], axis=0)
    if np.array_equal(anyone, everyone):
        return Mask(geometry=first.geometry, voxels=anyone)
    box = tuple(
        slice(max(int(places.min()) - 1, 0), int(places.max()) + 2) for places in np.nonzero(anyone)
    )
    import SimpleITK  # noqa: PLC0415  large; workers of a run do without

    images = [SimpleITK.GetImageFromArray(mask.voxels[box].astype(np.uint8)) for mask in masks]
    chance = SimpleITK.GetArrayFromImage(SimpleITK.STAPLE(images, 1.0))
    voxels = np.zeros(first.geometry.shape, dtype=bool)
    voxels[box] = chance >= STAPLE_CHANCE
    return Mask(geometry=first.geometry, voxels=voxels & anyone)


def _checked(masks: Sequence[Mask]) -> Mask:
    if not masks:
        raise InvalidVoxels("a consensus needs at least one reader's mask")
    for mask in masks[1:]:
        check_same_grid("a reader's mask", mask.geometry, masks[0].geometry)
    return masks[0]
