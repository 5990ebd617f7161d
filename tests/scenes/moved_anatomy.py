"""Smooth blobs for anatomy, scanned again after a known motion."""

import numpy as np
from scipy import ndimage

from mri_bme.resample import resample_voxels
from mri_bme.volume import RigidTransform, Volume, VolumeGeometry, rotation_of

MOTION = (4.0, 3.0, -3.0), (6.0, -4.0, 8.0)


def grid(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> VolumeGeometry:
    """Semicoronal slices, tilted by 20 degrees, about (5, -60, 30) mm."""
    matrix = np.eye(4)
    tilt = rotation_of(np.array([np.radians(20), 0, 0]))
    directions = tilt @ np.array([[0, 0, 1], [1, 0, 0], [0, -1, 0]]).astype(float)
    matrix[:3, :3] = directions * spacing
    matrix[:3, 3] = (5, -60, 30) - matrix[:3, :3] @ ((np.array(shape) - 1) / 2)
    return VolumeGeometry(shape=shape, lps_from_index=matrix)


def anatomy(person: int) -> Volume:
    """Smooth blobs of several sizes, different for every person."""
    rng = np.random.default_rng(person)
    geometry = grid((24, 96, 96), (3.5, 2.0, 2.0))
    fine = ndimage.gaussian_filter(rng.normal(size=geometry.shape), (1.2, 2, 2))
    broad = ndimage.gaussian_filter(rng.normal(size=geometry.shape), (2.5, 5, 5))
    voxels = 500 + 100 * (fine / fine.std() + 2 * broad / broad.std())
    return Volume(geometry=geometry, voxels=np.maximum(voxels, 0))


def moved(volume: Volume, motion: RigidTransform, geometry: VolumeGeometry) -> Volume:
    """Scan the same anatomy after `motion` (new from old), on another grid."""
    voxels = resample_voxels(volume.voxels, volume.geometry, geometry, motion.inverse(), order=3)
    return Volume(geometry=geometry, voxels=voxels)


def motion_of(degrees: tuple[float, float, float], shift_mm: tuple[float, float, float]):
    centre = np.array([5.0, -60.0, 30.0])
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_of(np.radians(degrees))
    matrix[:3, 3] = centre + shift_mm - matrix[:3, :3] @ centre
    return RigidTransform(b_from_a=matrix)
