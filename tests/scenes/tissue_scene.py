"""A sacrum, two ilia and a vertebra as blocks, for tissue to be painted around."""

from functools import cache

import numpy as np

from mri_bme.phantom.build import Build
from mri_bme.phantom.solids import Grid
from mri_bme.phantom.tissue import Scene, Tissues
from mri_bme.sacroiliac import BoneLabel, Side
from mri_bme.volume import VolumeGeometry

SPACING_MM = (5.0, 4.0, 2.5)
SHAPE = (50, 56, 152)
FIRST_MM = (-140.0, -112.0, -188.75)
JOINT_MM = 46.5  # of each joint from the midline
BUILD = Build(vessels=0.0)


def _block(grid: Grid, low, high) -> np.ndarray:
    """Distance to the surface of a block, negative inside, by its nearest face."""
    reach = [
        np.maximum(a - axis, axis - b)
        for a, b, axis in zip(low, high, (grid.n, grid.s, grid.x), strict=True)
    ]
    return np.maximum(np.maximum(reach[0], reach[1]), reach[2]).astype(np.float32)


@cache
def scene() -> Scene:
    """Axes front to back, head to foot and right to left, with the origin in the sacrum."""
    matrix = np.zeros((4, 4))
    matrix[1, 0], matrix[2, 1], matrix[0, 2] = SPACING_MM[0], -SPACING_MM[1], SPACING_MM[2]
    matrix[3, 3] = 1
    geometry = VolumeGeometry(shape=SHAPE, lps_from_index=matrix)
    grid = Grid(geometry=geometry, first_mm=FIRST_MM)
    bones = {
        BoneLabel.SACRUM: _block(grid, (-20, -35, -45), (10, 60, 45)),
        BoneLabel.LEFT_ILIUM: _block(grid, (-25, -60, 48), (20, 50, 80)),
        BoneLabel.RIGHT_ILIUM: _block(grid, (-25, -60, -80), (20, 50, -48)),
        BoneLabel.L5: _block(grid, (-20, -72, -25), (10, -44, 25)),
    }
    across = np.broadcast_to(grid.x, SHAPE)
    near = (bones[BoneLabel.SACRUM] < 4) & (np.abs(np.abs(across) - JOINT_MM) < 2)
    return Scene(
        grid=grid,
        bones=bones,
        joint_sheets={Side.LEFT: near & (across > 0), Side.RIGHT: near & (across < 0)},
        joint_distance_mm=(np.abs(across) - JOINT_MM).astype(np.float32),
    )


def blank() -> Tissues:
    """Give a canvas with nothing on it."""
    return Tissues(stir=np.zeros(SHAPE, np.float32), t1=np.zeros(SHAPE, np.float32))


def inside(bone: BoneLabel, depth_mm: float = 8.0) -> np.ndarray:
    """Voxels this deep in a bone."""
    return scene().bones[bone] < -depth_mm
