"""A pelvis of boxes: two straight joints, four bones, lesions where a test wants them."""

import numpy as np

from mri_bme.findings import (
    ComparedVisit,
    EdemaSegmentation,
    Lesion,
    Threshold,
    credited_lesions,
)
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.score_edema import score_edema
from mri_bme.volume import Mask, RigidTransform, Volume, VolumeGeometry

SHAPE = (10, 40, 61)
SPACING_MM = (5.0, 2.0, 2.0)
RIGHT_JOINT, LEFT_JOINT = 15, 45  # columns
VOXEL_ML = 5 * 2 * 2 / 1000
Box = tuple[slice, slice, slice]


def grid(shape=SHAPE, shift_mm=(0.0, 0.0, 0.0)):
    """Semicoronal: slices front to back, rows head to foot, columns right to left."""
    matrix = np.zeros((4, 4))
    matrix[1, 0], matrix[2, 1], matrix[0, 2] = SPACING_MM[0], -SPACING_MM[1], SPACING_MM[2]
    matrix[:3, 3] = shift_mm
    matrix[3, 3] = 1
    return VolumeGeometry(shape=shape, lps_from_index=matrix)


def rois(geometry=None):
    geometry = geometry or grid()
    columns = np.arange(geometry.shape[2])
    to_joint = np.minimum(abs(columns - RIGHT_JOINT), abs(columns - LEFT_JOINT)) * SPACING_MM[2]
    sacral = (columns > RIGHT_JOINT) & (columns < LEFT_JOINT)
    left = columns > (RIGHT_JOINT + LEFT_JOINT) // 2
    upper = np.where(left, np.where(sacral, 3, 1), np.where(sacral, 7, 5))
    upper[[RIGHT_JOINT, LEFT_JOINT]] = 0
    lower = np.where(upper > 0, upper + 1, 0)
    plane = np.where(np.arange(geometry.shape[1])[:, None] < 20, upper, lower)
    distance = np.where(sacral, -to_joint, to_joint)
    return SacroiliacRois(
        geometry=geometry,
        quadrants=np.broadcast_to(plane, geometry.shape),
        joint_distance_mm=np.broadcast_to(distance, geometry.shape),
        reference=None,
        source="boxes",
    )


def box(slices, rows, columns) -> Box:
    return tuple(
        slice(*(v if isinstance(v, tuple) else (v, v + 1))) for v in (slices, rows, columns)
    )


def segmentation(*lesions: Box, where=None, intensity=2.0, fraction=None, draws=None):
    where = where or rois()
    labels = np.zeros(where.geometry.shape, np.int32)
    for number, voxels in enumerate(lesions, start=1):
        labels[voxels] = number
    labels[where.quadrants == 0] = 0
    relative = np.where(labels > 0, intensity, 1.0)
    share = ((labels > 0) if fraction is None else fraction).astype(np.float32)
    return EdemaSegmentation(
        mask=Mask(geometry=where.geometry, voxels=labels > 0),
        edema_fraction=share,
        lesion_labels=labels,
        relative_intensity=Volume(geometry=where.geometry, voxels=relative),
        threshold=Threshold(
            rule="test", value=1.4, reference_median=1, reference_sd=0.1, n_reference_voxels=999
        ),
        lesions=tuple(_lesion(n, labels, where, share) for n in range(1, len(lesions) + 1)),
        quadrant_draws_ml=np.zeros((1, 9)) if draws is None else draws,
    )


def _lesion(number, labels, where, share):
    voxels = labels == number
    owners = credited_lesions(labels, share, where.geometry.spacing_mm)
    depth = abs(where.joint_distance_mm[voxels])
    centre = where.geometry.points_lps(np.argwhere(voxels).mean(axis=0))
    return Lesion(
        label=number,
        quadrant=int(np.bincount(where.quadrants[voxels]).argmax()),
        volume_ml=float(share[owners == number].sum(dtype=float)) * VOXEL_ML,
        counted_ml=float(voxels.sum()) * VOXEL_ML,
        depth_mm=float(depth.max()),
        distance_to_joint_mm=float(depth.min()),
        relative_intensity_mean=2.0,
        centroid_lps_mm=tuple(centre),
    )


def visit(label, *lesions, day=None, where=None, common=None, **more):
    where = where or rois()
    found = segmentation(*lesions, where=where, **more)
    return ComparedVisit(
        label=label,
        day=day,
        burden=score_edema(found, where, within=common),
        segmentation=found,
        rois=where,
        common=common,
    )


IDENTITY = RigidTransform.identity()
