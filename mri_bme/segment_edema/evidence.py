"""The part of a scan that the rules look at: a crop around the marrow that is searched."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.sparse import sparse_zeros
from mri_bme.volume import FloatArray, VolumeGeometry

CROP_MARGIN_VOXELS = (1, 6, 6)  # neighbours of ROI voxels, for smoothing and rims
BEYOND_MM = 2.0  # two to three pixels: how far bright tissue outside blurs into marrow
JOINT_SPACE_MM = 0.75  # as far as ROIs drawn across the joint leave it out
EPSILON = 1e-4
RIM_DISCOUNT = np.float32(1.25)  # within a lesion brightness varies as much: quartiles 0.8 and 1.2

Scalar = TypeVar("Scalar", bound=np.generic)
Crop = tuple[slice, slice, slice]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """What is known about each voxel of the crop.

    `relative` is the shading-corrected voxel / reference median, `smooth` the same after
    in-plane smoothing, `normal` how bright tissue without edema would be (1 in marrow, less in
    dark tissue by the joint, more in fatty marrow), `searched` the marrow in which edema is
    looked for, `rim` the marrow on the border of bone, and `distance_mm` the signed distance
    to the joint. `edge_mm` is how deep a voxel lies in marrow without its rim, within the
    slice, and `beyond` the brightest of `smooth` outside it within `BEYOND_MM`. `t1` is T1W in
    medians of reference marrow, `probability` how likely the judge holds edema, where it was
    asked, `fluid` how bright the brightest tissue around the marrow is, `roi_edge_mm` the SD
    of where the edge of the ROIs lies, and `division_mm` that of where a bone is divided into
    halves.
    """

    geometry: VolumeGeometry
    crop: Crop
    relative: NDArray[np.float32]
    smooth: NDArray[np.float32]
    normal: NDArray[np.float32]
    quadrants: NDArray[np.uint8]
    searched: NDArray[np.bool_]
    rim: NDArray[np.bool_]
    distance_mm: NDArray[np.float32]
    edge_mm: NDArray[np.float32]
    beyond: NDArray[np.float32]
    t1: NDArray[np.float32] | None = None
    probability: NDArray[np.float32] | None = None
    fluid: float = np.inf
    roi_edge_mm: float = 0.0
    division_mm: float = 0.0
    doubts: tuple[str, ...] = ()

    @property
    def spacing_mm(self) -> FloatArray:
        """Voxel spacing along slices, rows and columns."""
        return np.array(self.geometry.spacing_mm)

    def uncrop(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        """Put an array of the crop back on the whole grid, 0 outside; nobody may write to it."""
        whole = sparse_zeros(self.geometry.shape, values.dtype)
        for target, plane in zip(whole[self.crop], values, strict=True):
            rows = plane.any(axis=1)  # a row of zeros is not written, and takes no memory
            target[rows] = plane[rows]
        whole.setflags(write=False)  # so that it is held as it is, and not copied
        return whole


def crop_around(inside: NDArray[np.bool_]) -> Crop:
    """Smallest box around voxels, with a margin for neighbours."""
    box = ndimage.find_objects(inside.astype(np.uint8))[0]
    slices, rows, columns = (
        slice(max(s.start - margin, 0), min(s.stop + margin, n))
        for s, margin, n in zip(box, CROP_MARGIN_VOXELS, inside.shape, strict=True)
    )
    return slices, rows, columns


def without_rim(
    marrow: NDArray[np.bool_],
    distance_mm: NDArray[np.float32],
    spacing_mm: FloatArray,
    rim_mm: float,
) -> NDArray[np.bool_]:
    """Leave out marrow whose voxels are part cortex: at the border, within `rim_mm`.

    The outermost voxel always is. Joint space narrower than `JOINT_SPACE_MM` on either side
    of the joint surface does not count as a border: it runs inside a marrow region drawn across
    the joint.
    """
    bone = marrow | (np.abs(distance_mm) <= JOINT_SPACE_MM)
    least = max(rim_mm, float(max(spacing_mm[1:])) * (1 + EPSILON))
    return marrow & (depth_in_plane(bone, spacing_mm) > least)


def depth_in_plane(inside: NDArray[np.bool_], spacing_mm: FloatArray) -> NDArray[np.float32]:
    """Distance within the slice to the nearest voxel outside; the edge of the box is outside."""
    depth = np.empty(inside.shape, dtype=np.float32)
    for plane, found in zip(inside, depth, strict=True):
        away = ndimage.distance_transform_edt(np.pad(plane, 1), sampling=spacing_mm[1:])
        found[:] = away[1:-1, 1:-1]
    return depth


def brightest_beyond(
    smooth: NDArray[np.float32],
    marrow: NDArray[np.bool_],
    inner: NDArray[np.bool_],
    spacing_mm: FloatArray,
) -> NDArray[np.float32]:
    """Brightest voxel outside marrow within `BEYOND_MM` in the slice; 0 where there is none.

    The rim of marrow, `marrow` without `inner`, counts for less by `RIM_DISCOUNT`: edema
    reaches into it, and only what is plainly brighter comes from beyond.
    """
    size = tuple(2 * np.round(BEYOND_MM / spacing_mm[1:]).astype(int) + 1)
    beyond = np.empty_like(smooth)
    for n, plane in enumerate(smooth):
        rim = np.where(inner[n], np.float32(0), plane / RIM_DISCOUNT)
        ndimage.maximum_filter(
            np.where(marrow[n], rim, plane), size, mode="nearest", output=beyond[n]
        )
    return beyond


def smooth_in_plane(
    voxels: NDArray[np.float32], sigma_mm: float, spacing_mm: FloatArray
) -> NDArray[np.float32]:
    """Gaussian within slices only: slices are far apart and would mix tissues."""
    if sigma_mm == 0:
        return voxels
    sigmas = (sigma_mm / spacing_mm[1], sigma_mm / spacing_mm[2])
    smooth = np.empty(voxels.shape, dtype=np.float32)
    for plane, found in zip(voxels, smooth, strict=True):  # filters of a whole scan copy it
        ndimage.gaussian_filter(plane, sigmas, mode="nearest", truncate=3.0, output=found)
    return smooth


def smooth_within(
    voxels: NDArray[np.float32],
    inside: NDArray[np.bool_],
    sigma_mm: float,
    spacing_mm: FloatArray,
) -> NDArray[np.float32]:
    """Smooth in plane inside a region alone; voxels outside it stay as they are.

    Vessels, fluid and cortex beyond the border of marrow change no voxel within it.
    """
    total = smooth_in_plane(np.where(inside, voxels, np.float32(0)), sigma_mm, spacing_mm)
    weight = smooth_in_plane(inside.astype(np.float32), sigma_mm, spacing_mm)
    total /= np.maximum(weight, np.float32(1e-6), out=weight)
    np.copyto(total, voxels, where=~inside)
    return total
