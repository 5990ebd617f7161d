"""Tools that draw for a reader: grow from a click, fill between slices, take a lesion away."""

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.errors import InvalidVoxels
from mri_bme.findings import EdemaSegmentation
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.segment_edema.candidates import SAME_SLICE_AND_NEXT
from mri_bme.segment_edema.evidence import smooth_in_plane
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Mask, VolumeGeometry

Bools = NDArray[np.bool_]
NEAR_ENOUGH_SLICES = 3  # empty slices between two drawn ones that are filled at most


def above_cutoff(
    found: EdemaSegmentation, rois: SacroiliacRois, settings: SegmentSettings
) -> Bools:
    """Find marrow above the cut-off that the program grows lesions to."""
    if found.local_cutoff is None:
        return found.mask.voxels
    marrow = rois.quadrants > 0
    rows = np.flatnonzero(marrow.any(axis=(0, 2)))
    columns = np.flatnonzero(marrow.any(axis=(0, 1)))
    box = (slice(None), slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    smooth = smooth_in_plane(
        found.relative_intensity.voxels[box],
        settings.smoothing_mm,
        np.array(rois.geometry.spacing_mm),
    )
    cutoff = found.local_cutoff[box]
    above = np.zeros(marrow.shape, dtype=bool)
    above[box] = (cutoff > 0) & (smooth > cutoff) & marrow[box]
    return above


def grown(mask: Bools, above: Bools, place: int) -> Bools:
    """Add the connected part above the cut-off that holds a clicked voxel.

    Raises
    ------
    InvalidVoxels
        If the voxel is not above the cut-off.
    """
    if not 0 <= place < above.size or not above.reshape(-1)[place]:
        raise InvalidVoxels("nothing grows from here: the voxel is not above the cut-off")
    seed = np.zeros_like(above)
    seed.reshape(-1)[place] = True
    part = ndimage.binary_propagation(seed, structure=SAME_SLICE_AND_NEXT, mask=above)
    return np.asarray(mask | part)


def without_part(mask: Bools, place: int) -> Bools:
    """Take away the connected part of a mask that holds a voxel.

    Raises
    ------
    InvalidVoxels
        If the voxel is not in the mask.
    """
    labels, _ = ndimage.label(mask, structure=SAME_SLICE_AND_NEXT)
    if not 0 <= place < mask.size or not labels.reshape(-1)[place]:
        raise InvalidVoxels("there is no lesion here; click inside an outline")
    return np.asarray(mask & (labels != labels.reshape(-1)[place]))


def filled_between(mask: Mask) -> Bools:
    """Fill empty slices between drawn ones, halfway between their outlines.

    Signed distances to the outlines are blended from slice to slice (Raya & Udupa, IEEE TMI
    9:32-42, 1990). The left and the right half of the scan are filled each on their own, as the
    two joints are; gaps wider than `NEAR_ENOUGH_SLICES` are left.
    """
    filled = mask.voxels.copy()
    for half in _halves(mask.geometry):
        part, result = mask.voxels[half], filled[half]
        drawn = np.flatnonzero(part.any(axis=(1, 2)))
        for first, last in itertools.pairwise(drawn):
            if 1 < last - first <= NEAR_ENOUGH_SLICES + 1:
                low, high = _signed(part[first]), _signed(part[last])
                for s in range(first + 1, last):
                    share = (s - first) / (last - first)
                    result[s] |= (1 - share) * low + share * high > 0
    return filled


def _halves(geometry: VolumeGeometry) -> list[tuple[slice, slice, slice]]:
    """Halves of a grid along the axis within the slice that runs from side to side."""
    sideways = np.abs(geometry.directions[0])
    axis = int(sideways.argmax())
    everything = slice(None)
    if axis == 0:  # sagittal slices show one side each
        return [(everything, everything, everything)]
    middle = geometry.shape[axis] // 2
    halves = []
    for part in (slice(0, middle), slice(middle, None)):
        box = [everything, everything, everything]
        box[axis] = part
        halves.append((box[0], box[1], box[2]))
    return halves


def _signed(plane: Bools) -> NDArray[np.float64]:
    inside = ndimage.distance_transform_edt(plane)
    outside = ndimage.distance_transform_edt(~plane)
    return np.asarray(inside - outside)
