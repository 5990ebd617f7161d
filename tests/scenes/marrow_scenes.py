"""Two ilia and a sacrum in blocks of marrow, with one bright block inside the right ilium."""

import numpy as np

from mri_bme.sacroiliac import SacroiliacRois, rois_from_labels
from mri_bme.volume import Mask, Volume, VolumeGeometry

SHAPE = (10, 60, 80)
SPACING = (3.3, 0.8, 0.8)


def geometry() -> VolumeGeometry:
    matrix = np.zeros((4, 4))
    matrix[1, 0], matrix[2, 1], matrix[0, 2], matrix[3, 3] = SPACING[0], -SPACING[1], SPACING[2], 1
    return VolumeGeometry(shape=SHAPE, lps_from_index=matrix)


def two_bones() -> np.ndarray:
    """Right ilium, joint gap, sacrum, joint gap, left ilium; upper and lower halves."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for columns, upper in (
        (slice(0, 18), 5),
        (slice(20, 38), 7),
        (slice(38, 58), 3),
        (slice(60, 80), 1),
    ):
        labels[:, :30, columns] = upper
        labels[:, 30:, columns] = upper + 1
    return labels


def rois() -> SacroiliacRois:
    reference = np.zeros(SHAPE, dtype=bool)
    reference[3:7, 40:55, 33:43] = True
    return rois_from_labels(
        geometry(), two_bones(), reference=Mask(geometry=geometry(), voxels=reference)
    )


def scan(*, gain: float = 1.0, lesion: float = 2.0, seed: int = 0) -> Volume:
    rng = np.random.default_rng(seed)
    voxels = np.where(two_bones() > 0, 100.0, 20.0)
    voxels[3:7, 10:20, 8:18] *= lesion
    voxels += rng.normal(0, 8.0, SHAPE)
    return Volume(geometry=geometry(), voxels=gain * np.clip(voxels, 0, None))


TRUE_ML = 400 * 3.3 * 0.8 * 0.8 / 1000  # of the bright block
HARD_EDGE_ERROR = 0.08  # real lesions fade; a block with corners loses a little to smoothing
