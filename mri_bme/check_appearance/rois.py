"""Look at the regions: bones of the size of people, each on its side."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.check_appearance.alone import alone_checks
from mri_bme.check_appearance.body import body_size
from mri_bme.check_appearance.checks import LIMITS, Appearance, Verdict, appearance_of
from mri_bme.check_appearance.fold_over import fold_over_mm
from mri_bme.check_appearance.marrow import (
    common_shading,
    curved_field,
    fat_brightness,
    marrow_snr,
    sharpness,
)
from mri_bme.sacroiliac import SacroiliacRois, Side
from mri_bme.volume import Mask, Volume

Indices = NDArray[np.signedinteger[Any]]

BESIDE_JOINT_MM = 8.0  # marrow this near shows that a slice cuts the joint
AT_JOINT_MM = 3.0  # marrow this near stands for the joint's faces


def check_rois(
    volume: Volume,
    rois: SacroiliacRois,
    *,
    marrow: Mask | None = None,
    t1: Volume | None = None,
) -> Appearance:
    """Check size and sides of the regions, and what marrow and the fat beside it look like.

    Parameters
    ----------
    volume : Volume
        The scan that they lie on.
    rois : SacroiliacRois
        As placed, drawn or given.
    marrow : Mask or None
        Marrow as found on this very scan by another way, where the regions were given.
    t1 : Volume or None
        T1W of the visit, laid on the scan: it tells where fat is.
    """
    joints = {side: _joint_points(rois, side) for side in Side}
    marrows = {side: np.argwhere(rois.region(side.value).voxels) for side in Side}
    depths = [_depth_mm(rois, points) for points in joints.values()]
    between_joints_mm, joint_seen_mm = _apart_mm(rois, joints), _joint_seen_mm(rois)
    field, folds_mm = curved_field(volume, rois, t1), fold_over_mm(volume, rois)
    snr = marrow_snr(volume, rois)
    strength = None if field is None else field.strength
    is_alone = field is not None and not field.is_common
    shading = common_shading(volume, rois, t1)
    is_uneven = LIMITS["uneven_field"].verdict(strength or 0.0) is not Verdict.FINE
    is_seen = LIMITS["joint_seen_mm"].verdict(joint_seen_mm or 0.0) is Verdict.FINE
    found: list[tuple[str, float | None]] = [
        ("sides_mm", _apart_mm(rois, marrows)),
        ("between_joints_mm", between_joints_mm),
        ("body_size", body_size(rois, between_joints_mm) if is_seen else None),
        ("joint_depth_mm", max((d for d in depths if d is not None), default=None)),
        ("joint_seen_mm", joint_seen_mm),
        ("marrow_ml", rois.mask.volume_ml),
        ("reference", _reference_ratio(volume, rois)),
        ("on_marrow", None if marrow is None else _share_on(rois, marrow)),
        ("marrow_snr", snr),
        ("sharpness", sharpness(volume, rois)),
        ("common_shading", shading),
        ("uneven_field", None if is_alone else strength),
        ("field_left_over", shading if is_uneven else None),
        ("folded_signal", None if folds_mm is None else strength),
        ("fold_over_mm", folds_mm),
        ("fat", fat_brightness(volume, rois, t1)),
    ]
    if is_alone:
        found += alone_checks(volume, rois, snr=snr, field=strength)
    return appearance_of(found)


def _joint_points(rois: SacroiliacRois, side: Side) -> Indices:
    """Marrow at the joint; the nearest of it where wide joints, or too large voxels, leave none."""
    marrow = np.argwhere(rois.region(side.value).voxels)
    distance = np.abs(rois.joint_distance_mm[tuple(marrow.T)])
    nearest = distance.min(initial=BESIDE_JOINT_MM)
    if nearest >= BESIDE_JOINT_MM:
        return marrow[:0]
    return marrow[distance < (AT_JOINT_MM if nearest < AT_JOINT_MM else nearest + 1)]


def _apart_mm(rois: SacroiliacRois, points: Mapping[Side, Indices]) -> float | None:
    """How far the left points lie to the patient's left of the right ones; None without either."""
    if not all(len(indices) for indices in points.values()):
        return None
    left, right = (
        rois.geometry.points_lps(points[side]).mean(axis=0) for side in (Side.LEFT, Side.RIGHT)
    )
    return float(left[0] - right[0])


def _depth_mm(rois: SacroiliacRois, indices: Indices) -> float | None:
    if not len(indices):
        return None
    return float((np.ptp(indices[:, 0]) + 1) * rois.geometry.spacing_mm[0])


def _joint_seen_mm(rois: SacroiliacRois) -> float | None:
    """How much of the less seen joint the slices hold, along them; None without any."""
    near = np.abs(rois.joint_distance_mm) < BESIDE_JOINT_MM
    depths = [_depth_mm(rois, np.argwhere(rois.region(s.value).voxels & near)) for s in Side]
    return min((d for d in depths if d is not None), default=None)


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
