"""A pelvis of boxes with flat joints, on tilted slices."""

import numpy as np
from numpy.typing import NDArray

from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import VolumeGeometry

SPACING_MM = (4.0, 1.0, 1.0)
SHAPE = (10, 80, 200)
JOINT_MM = 50.0  # of each joint from the midline
HALF_GAP_MM = 1.5


def semicoronal_geometry(tilt_degrees: float = 40.0) -> VolumeGeometry:
    tilt = np.radians(tilt_degrees)
    back, head = np.cos(tilt), np.sin(tilt)
    slices, rows, columns = (0, back, head), (0, head, -back), (1, 0, 0)
    matrix = np.eye(4)
    for axis, (direction, step) in enumerate(zip((slices, rows, columns), SPACING_MM, strict=True)):
        matrix[:3, axis] = np.array(direction) * step
    matrix[:3, 3] = (-100.0, 20.0, 30.0)
    return VolumeGeometry(shape=SHAPE, lps_from_index=matrix)


def box_pelvis(geometry: VolumeGeometry) -> NDArray[np.uint8]:
    """Sacrum between two ilia, with flat joints; 60 mm high from row 10 to row 69."""
    x = geometry.points_lps(np.moveaxis(np.indices(geometry.shape), 0, -1))[..., 0]
    bones = np.zeros(geometry.shape, dtype=np.uint8)
    bones[np.abs(x) < JOINT_MM - HALF_GAP_MM] = BoneLabel.SACRUM
    bones[x > JOINT_MM + HALF_GAP_MM] = BoneLabel.LEFT_ILIUM
    bones[x < -JOINT_MM - HALF_GAP_MM] = BoneLabel.RIGHT_ILIUM
    bones[:, :10] = 0
    bones[:, 70:] = 0
    return bones
