"""Put a mask, labels or a volume on another grid, in millimetres.

Intensities that will be measured are never resampled; `resample_volume` serves
display and registration.
"""

from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.volume import FloatArray, Mask, RigidTransform, Volume, VolumeGeometry


def source_from_target_index(
    source: VolumeGeometry, target: VolumeGeometry, source_from_target: RigidTransform | None = None
) -> FloatArray:
    """Matrix from voxel indices of `target` to fractional voxel indices of `source`.

    `source_from_target` maps LPS mm points of the target's space to the source's;
    None means that both lie in one space.
    """
    rigid = np.eye(4) if source_from_target is None else source_from_target.b_from_a
    return np.asarray(source.index_from_lps @ rigid @ target.lps_from_index, dtype=np.float64)


def resample_voxels(
    voxels: NDArray[Any],
    source: VolumeGeometry,
    target: VolumeGeometry,
    source_from_target: RigidTransform | None = None,
    *,
    order: int,
    outside: float = 0.0,
    mode: Literal["grid-constant", "nearest"] = "grid-constant",
) -> NDArray[Any]:
    """Sample an array of `source` at the voxel centres of `target`.

    `order` is that of `scipy.ndimage.affine_transform`: 0 nearest, 1 linear, 3 cubic. Beyond
    the voxels of `source` lies `outside`, or with the mode `nearest` its outermost ones.
    """
    matrix = source_from_target_index(source, target, source_from_target)
    is_sparse = order <= 1 and outside == 0 and mode == "grid-constant"
    reached = _reached(voxels, matrix, target.shape) if is_sparse else target.shape
    found = np.zeros(target.shape, dtype=voxels.dtype)
    ndimage.affine_transform(
        voxels,
        matrix[:3, :3],
        matrix[:3, 3],
        output=found[tuple(slice(0, n) for n in reached)],
        order=order,
        mode=mode,
        cval=outside,
    )
    return found


def _reached(
    voxels: NDArray[Any], source_from_target_index: FloatArray, shape: tuple[int, int, int]
) -> tuple[int, ...]:
    """Shape of the first part of the target that neighbours of voxels other than 0 reach.

    What comes before them is sampled with it: elsewhere places would be rounded differently.
    """
    found = ndimage.find_objects((voxels != 0).view(np.uint8))
    if not found:
        return (0, 0, 0)
    corners = np.array(list(product(*((side.start - 1, side.stop) for side in found[0]))))
    target_from_source = np.linalg.inv(source_from_target_index)
    index = corners @ target_from_source[:3, :3].T + target_from_source[:3, 3]
    ends = np.floor(index.max(axis=0)).astype(int) + 2
    return tuple(int(np.clip(end, 0, n)) for end, n in zip(ends, shape, strict=True))


def resample_volume(
    volume: Volume,
    target: VolumeGeometry,
    source_from_target: RigidTransform | None = None,
    *,
    outside: float = 0.0,
) -> Volume:
    """Interpolate a volume linearly, for display; `outside` fills what was not scanned."""
    voxels = resample_voxels(
        volume.voxels, volume.geometry, target, source_from_target, order=1, outside=outside
    )
    return Volume(geometry=target, voxels=voxels)


def resample_mask(
    mask: Mask, target: VolumeGeometry, source_from_target: RigidTransform | None = None
) -> Mask:
    """Move a mask: a target voxel is inside when at least half of it would be.

    Examples
    --------
    >>> thin = VolumeGeometry(shape=(4, 8, 8), lps_from_index=np.diag([1.0, 1.0, 1.0, 1.0]))
    >>> thick = VolumeGeometry(shape=(2, 8, 8), lps_from_index=np.diag([2.0, 1.0, 1.0, 1.0]))
    >>> resample_mask(Mask(geometry=thin, voxels=np.ones(thin.shape)), thick)
    Mask(0.26 mL in VolumeGeometry(2 x 8 x 8 voxels of 2 x 1 x 1 mm))
    """
    share = resample_voxels(
        mask.voxels.astype(np.float32), mask.geometry, target, source_from_target, order=1
    )
    return Mask(geometry=target, voxels=share >= 0.5)


def resample_labels(
    labels: NDArray[np.integer[Any]],
    source: VolumeGeometry,
    target: VolumeGeometry,
    source_from_target: RigidTransform | None = None,
) -> NDArray[Any]:
    """Move a label map by nearest neighbour; no label is invented."""
    return resample_voxels(labels, source, target, source_from_target, order=0)


def coverage_mask(
    source: VolumeGeometry,
    target: VolumeGeometry,
    source_from_target: RigidTransform | None = None,
) -> Mask:
    """Voxels of `target` whose centres lie inside the voxels of `source`."""
    matrix = source_from_target_index(source, target, source_from_target)
    grids = np.meshgrid(*(np.arange(n) for n in target.shape), indexing="ij", sparse=True)
    inside = np.ones(target.shape, dtype=bool)
    for axis in range(3):
        last = source.shape[axis] - 0.5
        in_plane = matrix[axis, 1] * grids[1][0], matrix[axis, 2] * grids[2][0]
        for plane, number in zip(inside, grids[0].ravel(), strict=True):
            position = matrix[axis, 0] * number + in_plane[0] + in_plane[1] + matrix[axis, 3]
            np.logical_and(plane, (position >= -0.5) & (position <= last), out=plane)
    return Mask(geometry=target, voxels=inside)
