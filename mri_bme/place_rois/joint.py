"""The sacroiliac joint between two bones: distance to it, side and level of marrow."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.distances import distance_to
from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.sacroiliac import BoneLabel, Side
from mri_bme.side_by_side import each

BoolArray = NDArray[np.bool_]
FloatBlock = NDArray[np.float32]

ILIUM_OF = {Side.LEFT: BoneLabel.LEFT_ILIUM, Side.RIGHT: BoneLabel.RIGHT_ILIUM}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joint:
    """One joint on the (depth, height, across) view of a grid.

    `sacral_face` and `iliac_face` are the marrow voxels that look at each other across
    it; `distance_mm` is signed (negative in the sacrum).
    """

    side: Side
    sacral_face: BoolArray
    iliac_face: BoolArray
    distance_mm: FloatBlock


def find_joints(
    labels: NDArray[np.uint8],
    axes: PelvisAxes,
    *,
    max_gap_mm: float,
    origin: tuple[int, int, int] = (0, 0, 0),
) -> tuple[tuple[Joint, Joint], FloatBlock]:
    """Find both joints, left first, and the signed distance of each voxel to its own.

    Parameters and errors are those of `find_joint`.
    """
    left, right = each(
        lambda side: find_joint(labels, side, axes, max_gap_mm=max_gap_mm, origin=origin), Side
    )
    return (left, right), nearer_distance(left, right, labels)


def find_joint(
    labels: NDArray[np.uint8],
    side: Side,
    axes: PelvisAxes,
    *,
    max_gap_mm: float,
    origin: tuple[int, int, int] = (0, 0, 0),
) -> Joint:
    """Find where sacral and iliac marrow face each other, at most `max_gap_mm` apart.

    Wider apart lies the ligamentous part, which is no joint. The joint surface is half
    way between the faces, so the distance of a voxel is the mean of its distances to
    both faces.

    Where `labels` are a box of a view, `origin` is its first voxel: equal distances are then
    told apart as in the whole view.

    Raises
    ------
    RoiNotFound
        If the bones of this side do not come that near to each other.
    """
    sacrum, ilium = labels == BoneLabel.SACRUM, labels == ILIUM_OF[side]
    if not sacrum.any() or not ilium.any():
        missing = "sacrum" if not sacrum.any() else f"{side} ilium"
        raise RoiNotFound(f"there is no {missing} in the bone map; draw or name it")
    sacral_face, iliac_face = _faces(sacrum, ilium, axes, max_gap_mm, origin)
    if not sacral_face.any():
        raise RoiNotFound(
            f"sacrum and {side} ilium are nowhere within {max_gap_mm:g} mm of each other; "
            "check the bone map"
        )
    to_sacral = _distance_to(sacral_face, labels > 0, axes)
    to_iliac = _distance_to(iliac_face, labels > 0, axes)
    negative = sacrum | (~ilium & (to_sacral < to_iliac))
    distance = to_sacral
    distance += to_iliac
    distance /= 2
    np.negative(distance, out=distance, where=negative)
    return Joint(
        side=side,
        sacral_face=sacral_face,
        iliac_face=iliac_face,
        distance_mm=distance,
    )


def _faces(
    sacrum: BoolArray,
    ilium: BoolArray,
    axes: PelvisAxes,
    max_gap_mm: float,
    origin: tuple[int, int, int],
) -> tuple[BoolArray, BoolArray]:
    """Voxels of each bone that are nearest to some voxel of the other, within the gap."""
    sacral, iliac = (np.argwhere(bone & ~ndimage.binary_erosion(bone)) for bone in (sacrum, ilium))
    step = np.array(axes.spacing_mm)
    faces = []
    for own, other in ((sacral, iliac), (iliac, sacral)):
        tree = scipy.spatial.cKDTree((own + origin) * step)
        apart, nearest = tree.query((other + origin) * step, distance_upper_bound=max_gap_mm)
        face: BoolArray = np.zeros(sacrum.shape, dtype=bool)
        face[tuple(own[np.unique(nearest[np.isfinite(apart)])].T)] = True
        faces.append(face)
    return faces[0], faces[1]


def facing_lines(
    sacrum: BoolArray, ilium: BoolArray, axes: PelvisAxes, *, max_gap_mm: float
) -> BoolArray:
    """Say for each (depth, height) whether both bones meet on that line; ilium lies beyond."""
    last_sacral = sacrum.shape[2] - 1 - np.argmax(sacrum[..., ::-1], axis=2)
    first_iliac = np.argmax(ilium, axis=2)
    gap_mm = np.abs(first_iliac - last_sacral) * axes.spacing_mm[2]
    return np.asarray(sacrum.any(axis=2) & ilium.any(axis=2) & (gap_mm < max_gap_mm))


def _distance_to(face: BoolArray, marrow: BoolArray, axes: PelvisAxes) -> FloatBlock:
    """Distance in mm; exact in the box around all marrow, beyond it that of the box's edge."""
    box = ndimage.find_objects(marrow.astype(np.uint8))[0]
    inside = distance_to(face[box], axes.spacing_mm)
    margins = [(b.start, n - b.stop) for b, n in zip(box, face.shape, strict=True)]
    return np.pad(inside, margins, mode="edge")


def nearer_distance(left: Joint, right: Joint, labels: NDArray[np.uint8]) -> FloatBlock:
    """Signed distance to the joint of the same side; iliac marrow belongs to its own side."""
    use_left = np.abs(left.distance_mm) <= np.abs(right.distance_mm)
    use_left = np.where(labels == BoneLabel.LEFT_ILIUM, True, use_left)
    use_left = np.where(labels == BoneLabel.RIGHT_ILIUM, False, use_left)
    return np.where(use_left, left.distance_mm, right.distance_mm)
