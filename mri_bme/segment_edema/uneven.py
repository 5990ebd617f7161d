"""Take a curved field out of both series, before marrow is compared with normal marrow."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mri_bme.signal.common_field import fit_common_field
from mri_bme.volume import VolumeGeometry

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def without_common_field(
    fluid: Floats,
    t1: Floats | None,
    *,
    marrow: Bools,
    reference: Bools,
    joint_distance_mm: Floats,
    geometry: VolumeGeometry,
) -> tuple[Floats, Floats | None]:
    """Even out both series; as they are where the field is no stronger than usual.

    `check_appearance` says that a field was so strong.

    Parameters
    ----------
    fluid, t1 : float32 arrays
        Both series on a box of the grid; None without T1W.
    marrow, reference : bool arrays
        All marrow of the regions, and normal marrow.
    joint_distance_mm : float32 array
        Distance to the joint.
    geometry : VolumeGeometry
        Of that box.
    """
    field = fit_common_field(
        fluid,
        t1,
        marrow=marrow,
        reference=reference,
        joint_distance_mm=joint_distance_mm,
        geometry=geometry,
    )
    if field is None or field.share <= 0:
        return fluid, t1
    even_t1 = None if t1 is None else _divided(t1, field.gain(geometry))
    return _divided(fluid, field.gain(geometry)), even_t1


def _divided(voxels: Floats, gains: Iterable[Floats]) -> Floats:
    even = np.empty_like(voxels)
    for plane, seen, gain in zip(even, voxels, gains, strict=True):
        np.divide(seen, gain, out=plane)
    return even
