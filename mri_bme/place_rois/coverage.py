"""Whether a volume shows the joints whole, or ends in the middle of one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.joint import ILIUM_OF, facing_lines
from mri_bme.sacroiliac import BoneLabel, Side

BoolArray = NDArray[np.bool_]
FloatBlock = NDArray[np.float32]

DEPTH, HEIGHT = 0, 1
EDGE_MM = 3.0  # a joint that comes this near to the last row with signal goes on beyond it
MIN_CUT_MM = 10.0  # length of the joint in the last slice, above which it goes on beyond it


@dataclass(frozen=True, slots=True, kw_only=True)
class JointCoverage:
    """How much of the joints the field of view and the slab show.

    Parameters
    ----------
    is_cut_in_plane : bool
        A joint runs into the upper or lower edge of a slice (the front or back one of an
        axial slice).
    cut_slab_mm : float or None
        Extent along the slab, of the joint that has the least, if the first or last slice
        cuts a joint.
    """

    is_cut_in_plane: bool = False
    cut_slab_mm: float | None = None


def joint_coverage(
    labels: NDArray[np.uint8], has_signal: BoolArray, axes: PelvisAxes, *, max_gap_mm: float
) -> JointCoverage:
    """See how the joints between found bones lie in a (depth, height, across) view.

    `has_signal` says where the volume has any: what is padded with zeros ends where they
    begin.
    """
    slab, in_plane = (DEPTH, HEIGHT) if axes.is_stacked_in_depth else (HEIGHT, DEPTH)
    joints = [_joint_lines(labels, side, axes, max_gap_mm) for side in Side]
    margin = EDGE_MM / axes.spacing_mm[in_plane]
    is_cut_by_slab = any(
        _in_ends(joint, has_signal, slab) * axes.spacing_mm[in_plane] >= MIN_CUT_MM
        for joint in joints
    )
    seen_mm = min(_extent(joint, slab) * axes.spacing_mm[slab] for joint in joints)
    return JointCoverage(
        is_cut_in_plane=any(_to_edge(joint, has_signal, in_plane) <= margin for joint in joints),
        cut_slab_mm=seen_mm if is_cut_by_slab else None,
    )


def _joint_lines(
    labels: NDArray[np.uint8], side: Side, axes: PelvisAxes, max_gap_mm: float
) -> BoolArray:
    outward = labels if side is Side.LEFT else labels[..., ::-1]
    sacrum, ilium = outward == BoneLabel.SACRUM, outward == ILIUM_OF[side]
    return facing_lines(sacrum, ilium, axes, max_gap_mm=max_gap_mm)


def _extent(joint: BoolArray, axis: int) -> int:
    places = np.nonzero(joint)[axis]
    return int(np.ptp(places)) + 1 if places.size else 0


def _in_ends(joint: BoolArray, has_signal: BoolArray, axis: int) -> int:
    """Lines of the joint in the first or the last slice with signal, whichever has more."""
    return int(joint.take(_ends(has_signal, axis), axis=axis).sum(axis=1 - axis).max())


def _to_edge(joint: BoolArray, has_signal: BoolArray, axis: int) -> int:
    """Rows between the joint and the nearer edge of what has signal."""
    places = np.nonzero(joint)[axis]
    first, last = _ends(has_signal, axis)
    return int(min(places.min() - first, last - places.max())) if places.size else last - first


def _ends(has_signal: BoolArray, axis: int) -> tuple[int, int]:
    others = tuple(a for a in range(has_signal.ndim) if a != axis)
    places = np.nonzero(has_signal.any(axis=others))[0]
    return (int(places[0]), int(places[-1])) if places.size else (0, 0)
