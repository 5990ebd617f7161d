"""A plain coronal grid of a few slices."""

import numpy as np

from mri_bme.volume import Volume, VolumeGeometry

N_SLICES, N_ROWS, N_COLUMNS = 3, 20, 60


def coronal_grid(n_columns: int = N_COLUMNS) -> Volume:
    """Slices to the back, rows to the foot, columns to the left, 1 mm apart."""
    matrix = np.array([[0.0, 0, 1, 0], [1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
    shape = (N_SLICES, N_ROWS, n_columns)
    geometry = VolumeGeometry(shape=shape, lps_from_index=matrix)
    return Volume(geometry=geometry, voxels=np.ones(shape, dtype=np.float32))
