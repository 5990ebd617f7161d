"""Which axis of a grid runs which way through the pelvis."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import RoiNotFound
from mri_bme.volume import ALONG_AXIS_MIN_COSINE, VolumeGeometry

ISOTROPIC_RATIO = 1.5  # voxels less elongated than this have no slice direction
MIN_ACROSS_COSINE = 0.8  # turned further, left and right joints share a column


@dataclass(frozen=True, slots=True, kw_only=True)
class PelvisAxes:
    """Axes of a grid by anatomy: depth (front-back), height (head-foot), across.

    `order` turns (slice, row, column) into (depth, height, across); `flipped` makes
    depth run to the back, height to the foot and across to the patient's left.
    `spacing_mm` is in that order.
    """

    order: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]
    spacing_mm: tuple[float, float, float]

    @property
    def is_stacked_in_depth(self) -> bool:
        """Whether the slices are (semi)coronal: voxels much longer in depth than in plane."""
        depth, *in_plane = self.spacing_mm
        return depth >= max(in_plane) and depth >= ISOTROPIC_RATIO * min(in_plane)

    def view(self, array: NDArray[Any]) -> NDArray[Any]:
        """Turn an array of the grid into (depth, height, across); a view."""
        steps = tuple(slice(None, None, -1 if reverse else 1) for reverse in self.flipped)
        return array.transpose(self.order)[steps]

    def restore(self, array: NDArray[Any]) -> NDArray[Any]:
        """Undo `view`."""
        steps = tuple(slice(None, None, -1 if reverse else 1) for reverse in self.flipped)
        inverse = np.argsort(self.order)
        return array[steps].transpose(tuple(int(a) for a in inverse))


def pelvis_axes(geometry: VolumeGeometry) -> PelvisAxes:
    """Find the depth, height and across axes of a grid from its directions in mm.

    A semicoronal slab may be tilted by up to 60 degrees: its slices are still stacked in
    depth, and its rows measure height along the sacrum.

    Raises
    ------
    RoiNotFound
        If no axis runs left-right within `MIN_ACROSS_COSINE` (a strongly turned grid), or
        the slices are sagittal.
    """
    directions = geometry.directions
    across = int(np.abs(directions[0]).argmax())
    if abs(directions[0, across]) < MIN_ACROSS_COSINE:
        raise RoiNotFound(
            "no axis of the volume runs left-right; semicoronal, coronal or axial slices are "
            "needed: choose another series"
        )
    if across == int(np.argmax(geometry.spacing_mm)) and not _is_isotropic(geometry):
        raise RoiNotFound(
            "the slices are sagittal, where both joints lie edge-on between slices; choose the "
            "semicoronal series"
        )
    depth, height = _depth_and_height(geometry, across)
    order = (depth, height, across)
    towards = (directions[1, depth], -directions[2, height], directions[0, across])
    return PelvisAxes(
        order=order,
        flipped=(bool(towards[0] < 0), bool(towards[1] < 0), bool(towards[2] < 0)),
        spacing_mm=(
            geometry.spacing_mm[depth],
            geometry.spacing_mm[height],
            geometry.spacing_mm[across],
        ),
    )


def _depth_and_height(geometry: VolumeGeometry, across: int) -> tuple[int, int]:
    """Part the two axes that are not left-right; semicoronal slices are stacked in depth."""
    first, second = (a for a in range(3) if a != across)
    backward = np.abs(geometry.directions[1])
    if not _is_isotropic(geometry):
        slices = first if geometry.spacing_mm[first] > geometry.spacing_mm[second] else second
        other = second if slices == first else first
        is_depth = backward[slices] >= ALONG_AXIS_MIN_COSINE
        return (slices, other) if is_depth else (other, slices)
    return (first, second) if backward[first] >= backward[second] else (second, first)


def _is_isotropic(geometry: VolumeGeometry) -> bool:
    return max(geometry.spacing_mm) < ISOTROPIC_RATIO * min(geometry.spacing_mm)
