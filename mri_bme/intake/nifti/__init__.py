"""Read NIfTI in any axis order and orientation into the reading order of the core."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import GeometryMismatch, InvalidVoxels
from mri_bme.intake.nifti.container import (
    NIFTI_SUFFIXES,
    files_of,
    is_nifti,
    read_head,
    read_values,
)
from mri_bme.intake.nifti.forms import RAS_FROM_LPS, check_orientation, stored_geometry
from mri_bme.volume import (
    Mask,
    Volume,
    VolumeGeometry,
    axes_between,
    check_same_grid,
    reading_order,
    reorder_geometry,
    reorder_voxels,
)

__all__ = [
    "NIFTI_SUFFIXES",
    "RAS_FROM_LPS",
    "check_orientation",
    "files_of",
    "is_nifti",
    "read_nifti",
    "read_nifti_geometry",
    "read_nifti_labels",
    "read_nifti_mask",
]

LABEL_TOLERANCE_MM = 0.3  # corners of a map that went through a float32 quaternion elsewhere
LABEL_TOLERANCE_VOXELS = 0.5  # beyond it another voxel is the nearest
SAME_SPACING = 1e-3  # relative: no rounding makes voxels this much larger
WHOLE = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class NiftiArray:
    """The voxels of a file, scaled, on the grid of the file's own axis order."""

    geometry: VolumeGeometry
    voxels: NDArray[Any]


def read_nifti_geometry(
    path: Path, *, what: str | None = None, orientation: str | None = None
) -> VolumeGeometry:
    """Read the grid of a file in its own axis order (i, j, k), without its voxels.

    Parameters
    ----------
    path : Path
        ``.nii``, ``.nii.gz``, or either file of a ``.hdr`` and ``.img`` pair.
    what : str, optional
        What messages call the file, where its name must not be told; its name otherwise.
    orientation : str, optional
        Directions of the axes (as in ``RAS``) of a file whose header does not tell them.

    Raises
    ------
    UnreadableInput
        If the file is no NIfTI, has more than one volume, holds no plain numbers, does not
        say how it lies (and `orientation` does not either), or its two affines disagree.
    InvalidGeometry
        If the affine is singular, sheared, or larger than any field of view.
    """
    what = what or path.name
    return stored_geometry(read_head(path, what=what), what=what, orientation=orientation)


def read_nifti(path: Path, *, what: str | None = None, orientation: str | None = None) -> Volume:
    """Read a 3-D volume (or a 4-D file with one) into reading order, as float32.

    Raises
    ------
    UnreadableInput, InvalidGeometry
        As `read_nifti_geometry`; also when the file is cut short or does not fit its checksum.
    InvalidVoxels
        If a voxel is NaN or infinite.
    """
    stored = _read(path, what or path.name, orientation)
    order, flipped = reading_order(stored.geometry)
    return Volume(
        geometry=reorder_geometry(stored.geometry, order, flipped),
        voxels=reorder_voxels(stored.voxels, order, flipped),
    )


def read_nifti_labels(
    path: Path, geometry: VolumeGeometry, *, what: str, orientation: str | None = None
) -> NDArray[np.int32]:
    """Read a label map or mask drawn on `geometry`, in whatever axis order it was stored.

    Raises
    ------
    GeometryMismatch
        If it lies on another grid: a corner is `LABEL_TOLERANCE_MM` or half a voxel away, or
        its voxels are of another size. `what` names it in the message.
    InvalidVoxels
        If a value is not a whole number that a label can be.
    """
    stored = _read(path, what, orientation)
    order, flipped = _axes(stored.geometry, geometry, what)
    voxels = reorder_voxels(stored.voxels, order, flipped)
    if not np.all(np.isfinite(voxels)):
        raise InvalidVoxels(f"{what} holds NaN or infinite values; a label map has whole numbers")
    rounded = voxels if voxels.dtype.kind in "iu" else np.rint(voxels)
    if voxels.dtype.kind == "f" and not np.allclose(voxels, rounded, rtol=0, atol=WHOLE):
        raise InvalidVoxels(f"{what} holds fractions; a label map has whole numbers only")
    limits = np.iinfo(np.int32)
    if rounded.min() < limits.min or rounded.max() > limits.max:
        raise InvalidVoxels(f"{what} has labels beyond {limits.max}; renumber them")
    return np.asarray(rounded, dtype=np.int32)


def read_nifti_mask(
    path: Path, geometry: VolumeGeometry, *, what: str, orientation: str | None = None
) -> Mask:
    """Read a mask drawn on `geometry`: every voxel that is not 0 is inside."""
    labels = read_nifti_labels(path, geometry, what=what, orientation=orientation)
    return Mask(geometry=geometry, voxels=labels != 0)


def _axes(
    stored: VolumeGeometry, geometry: VolumeGeometry, what: str
) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
    tolerance_mm = min(LABEL_TOLERANCE_MM, LABEL_TOLERANCE_VOXELS * min(geometry.spacing_mm))
    try:
        order, flipped = axes_between(stored, geometry, tolerance_mm=tolerance_mm)
    except GeometryMismatch:
        check_same_grid(what, _in_reading_order(stored), geometry)
        raise
    spacing = reorder_geometry(stored, order, flipped).spacing_mm
    if not np.allclose(spacing, geometry.spacing_mm, rtol=SAME_SPACING, atol=0):
        check_same_grid(what, _in_reading_order(stored), geometry)
    return order, flipped


def _in_reading_order(geometry: VolumeGeometry) -> VolumeGeometry:
    return reorder_geometry(geometry, *reading_order(geometry))


def _read(path: Path, what: str, orientation: str | None) -> NiftiArray:
    head = read_head(path, what=what)
    geometry = stored_geometry(head, what=what, orientation=orientation)
    return NiftiArray(geometry=geometry, voxels=read_values(head, what=what))
