"""Look at the regions: bones of the size of people, each on its side."""

import numpy as np

from mri_bme.check_appearance.checks import Appearance, appearance_of
from mri_bme.sacroiliac import SacroiliacRois, Side
from mri_bme.volume import FloatArray, Mask, Volume

AT_JOINT_MM = 3.0  # marrow this near stands for the joint's faces


def check_rois(volume: Volume, rois: SacroiliacRois, *, marrow: Mask | None = None) -> Appearance:
    """Check size and sides of the regions, and reference marrow.

    Parameters
    ----------
    volume : Volume
        The scan that they lie on.
    rois : SacroiliacRois
        As placed, drawn or given.
    marrow : Mask or None
        Marrow as found on this very scan by another way, where the regions were given.
    """
    middles = {side: _middle_of_joint(rois, side) for side in Side}
    depths = [_depth_mm(rois, side) for side in Side]
    left, right = middles[Side.LEFT], middles[Side.RIGHT]
    apart = None if left is None or right is None else float(left[0] - right[0])
    found: list[tuple[str, float | None]] = [
        ("sides_mm", apart),
        ("between_joints_mm", None if apart is None or apart <= 0 else apart),
        ("joint_depth_mm", max((d for d in depths if d is not None), default=None)),
        ("marrow_ml", rois.mask.volume_ml),
        ("reference", _reference_ratio(volume, rois)),
        ("on_marrow", None if marrow is None else _share_on(rois, marrow)),
    ]
    return appearance_of(found)


def _joint_points(rois: SacroiliacRois, side: Side) -> FloatArray | None:
    near = rois.region(side.value).voxels & (np.abs(rois.joint_distance_mm) < AT_JOINT_MM)
    indices = np.argwhere(near)
    return None if not len(indices) else np.asarray(indices, dtype=np.float64)


def _middle_of_joint(rois: SacroiliacRois, side: Side) -> FloatArray | None:
    indices = _joint_points(rois, side)
    return None if indices is None else rois.geometry.points_lps(indices).mean(axis=0)


def _depth_mm(rois: SacroiliacRois, side: Side) -> float | None:
    indices = _joint_points(rois, side)
    if indices is None:
        return None
    return float((np.ptp(indices[:, 0]) + 1) * rois.geometry.spacing_mm[0])


def _reference_ratio(volume: Volume, rois: SacroiliacRois) -> float | None:
    if rois.reference is None or not rois.reference.n_voxels:
        return None
    rest = rois.mask.voxels & ~rois.reference.voxels
    usual = float(np.median(volume.voxels[rest])) if rest.any() else 0.0
    normal = float(np.median(volume.voxels[rois.reference.voxels]))
    return normal / usual if usual > 0 else None


def _share_on(rois: SacroiliacRois, marrow: Mask) -> float | None:
    if not rois.mask.n_voxels:
        return None
    return int(np.count_nonzero(rois.mask.voxels & marrow.voxels)) / rois.mask.n_voxels
