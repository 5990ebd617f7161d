"""ROIs that exist already: corrected by hand, or moved from another visit."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.joint import find_joints
from mri_bme.place_rois.quadrants import joint_parts
from mri_bme.place_rois.reference import reference_marrow
from mri_bme.place_rois.sources import Scene
from mri_bme.resample import resample_labels, resample_mask, resample_voxels
from mri_bme.roi_sources import carried_from_visit
from mri_bme.sacroiliac import REGIONS, BoneLabel, SacroiliacRois, rois_from_labels
from mri_bme.settings import RoiSettings
from mri_bme.side_by_side import each
from mri_bme.volume import Mask, RigidTransform, VolumeGeometry

BONE_OF_REGION = {
    "sacrum": BoneLabel.SACRUM,
    "left_ilium": BoneLabel.LEFT_ILIUM,
    "right_ilium": BoneLabel.RIGHT_ILIUM,
}
FAR_FROM_JOINT_MM = 1e3  # where the source's slab does not reach


def take_quadrants(scene: Scene, quadrants: NDArray[np.integer[Any]]) -> SacroiliacRois:
    """Take a quadrant label map as it was drawn (`place_rois.sources.Finder`).

    Reference marrow is estimated unless it is given.

    Raises
    ------
    RoiNotFound
        As `sacroiliac.rois_from_labels`.
    """
    volume, axes, settings = scene.volume, scene.axes, scene.settings
    drawn = rois_from_labels(volume.geometry, quadrants, reference=scene.reference)
    drawn = replace(drawn, joint_part=_parts_of(drawn, axes, settings))
    if scene.reference is not None:
        return drawn
    sacrum, distance = np.isin(quadrants, REGIONS["sacrum"]), drawn.joint_distance_mm
    sacrum, distance = (np.ascontiguousarray(axes.view(array)) for array in (sacrum, distance))
    normal = reference_marrow(volume, sacrum, distance, axes, settings)
    return (
        drawn if normal is None else replace(drawn, reference=normal, reference_source="automatic")
    )


def _parts_of(
    drawn: SacroiliacRois, axes: PelvisAxes, settings: RoiSettings
) -> NDArray[np.uint8] | None:
    """Parts of the joint between quadrants, which end short of it by half its width."""
    quadrants = np.ascontiguousarray(axes.view(drawn.quadrants))
    labels = np.zeros(quadrants.shape, dtype=np.uint8)
    for name, bone in BONE_OF_REGION.items():
        labels[np.isin(quadrants, REGIONS[name])] = bone
    gap_mm = settings.max_joint_gap_mm + 2 * settings.joint_half_width_mm
    try:
        joints, _ = find_joints(labels, axes, max_gap_mm=gap_mm)
    except RoiNotFound:  # one side only was drawn
        return None
    width_mm = settings.limb_width_mm
    return axes.restore(joint_parts(labels, quadrants, joints, axes, limb_width_mm=width_mm))


def move_rois(
    rois: SacroiliacRois, target: VolumeGeometry, target_from_source: RigidTransform
) -> SacroiliacRois:
    """Carry ROIs to another visit's grid; labels are not invented, masks follow half voxels.

    Parameters
    ----------
    rois : SacroiliacRois
        ROIs of the source visit.
    target : VolumeGeometry
        Grid of the visit that gets them.
    target_from_source : RigidTransform
        Maps LPS mm points of the source visit to the target visit.
    """
    source_from_target = target_from_source.inverse()

    def distance() -> NDArray[np.float32]:
        return resample_voxels(
            rois.joint_distance_mm,
            rois.geometry,
            target,
            source_from_target,
            order=1,
            outside=FAR_FROM_JOINT_MM,
        )

    def reference() -> Mask | None:
        known = rois.reference
        return None if known is None else resample_mask(known, target, source_from_target)

    def labels(of: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
        if of is None:
            return None
        return resample_labels(of, rois.geometry, target, source_from_target)

    parts: dict[str, Callable[[], Any]] = {
        "joint_distance_mm": distance,
        "quadrants": lambda: labels(rois.quadrants),
        "reference": reference,
        "joint_part": lambda: labels(rois.joint_part),
    }
    carried = dict(zip(parts, each(lambda part: part(), parts.values()), strict=True))
    return replace(rois, geometry=target, source=carried_from_visit(rois.source), **carried)
