"""Read NIfTI in any axis order and orientation into the reading order of the core."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from mri_bme.errors import GeometryMismatch, InvalidGeometry, InvalidVoxels, UnreadableInput
from mri_bme.volume import (
    FloatArray,
    Mask,
    Volume,
    VolumeGeometry,
    axes_between,
    check_same_grid,
    reading_order,
    reorder_geometry,
    reorder_voxels,
)

NIFTI_SUFFIXES = (".nii", ".nii.gz")
RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
FORM_TOLERANCE_MM = 0.05  # a float32 quaternion moves the corner of a large slab by up to 0.01
ORTHOGONAL_ENOUGH = 1e-3  # rounding of a float32 affine; made exact on reading


@dataclass(frozen=True, kw_only=True, eq=False)
class NiftiArray:
    """The voxels of a file as stored, on the grid of the file's own axis order."""

    geometry: VolumeGeometry
    voxels: NDArray[Any]


def is_nifti(path: Path) -> bool:
    """Tell by its name whether a file should be NIfTI."""
    return path.name.lower().endswith(NIFTI_SUFFIXES)


def read_nifti_geometry(path: Path) -> VolumeGeometry:
    """Read the grid of a file in its own axis order (i, j, k), without its voxels.

    Raises
    ------
    UnreadableInput
        If the file is no NIfTI, has more than one volume, or its two affines disagree.
    InvalidGeometry
        If the affine is singular or sheared.
    """
    return _geometry(_load(path), path)


def read_nifti(path: Path) -> Volume:
    """Read a 3-D volume (or a 4-D file with one) into reading order, as float32.

    Raises
    ------
    UnreadableInput, InvalidGeometry
        As `read_nifti_geometry`; also when the file is truncated.
    InvalidVoxels
        If a voxel is NaN or infinite.
    """
    stored = _read(path)
    order, flipped = reading_order(stored.geometry)
    return Volume(
        geometry=reorder_geometry(stored.geometry, order, flipped),
        voxels=reorder_voxels(stored.voxels, order, flipped),
    )


def read_nifti_labels(path: Path, geometry: VolumeGeometry, *, what: str) -> NDArray[np.int32]:
    """Read a label map or mask drawn on `geometry`, in whatever axis order it was stored.

    Raises
    ------
    GeometryMismatch
        If it lies on another grid; `what` names it in the message.
    InvalidVoxels
        If a value is not a whole number.
    """
    stored = _read(path)
    try:
        order, flipped = axes_between(stored.geometry, geometry, tolerance_mm=FORM_TOLERANCE_MM)
    except GeometryMismatch:
        check_same_grid(what, _in_reading_order(stored.geometry), geometry)
        raise
    voxels = reorder_voxels(stored.voxels, order, flipped)
    rounded = np.rint(voxels)
    if not np.allclose(voxels, rounded, rtol=0, atol=1e-3):
        raise InvalidVoxels(f"{what} holds fractions; a label map has whole numbers only")
    return np.asarray(rounded, dtype=np.int32)


def read_nifti_mask(path: Path, geometry: VolumeGeometry, *, what: str) -> Mask:
    """Read a mask drawn on `geometry`: every voxel that is not 0 is inside."""
    return Mask(geometry=geometry, voxels=read_nifti_labels(path, geometry, what=what) != 0)


def _in_reading_order(geometry: VolumeGeometry) -> VolumeGeometry:
    return reorder_geometry(geometry, *reading_order(geometry))


def _load(path: Path) -> Any:
    if not path.is_file():
        raise UnreadableInput(f"there is no file {path.name}; check the path")
    try:
        image = nib.load(path)
    except (ImageFileError, HeaderDataError, OSError, EOFError, ValueError, zlib.error) as error:
        raise UnreadableInput(
            f"{path.name} cannot be read as NIfTI; export or copy it again"
        ) from error
    if not isinstance(image, nib.Nifti1Pair):
        raise UnreadableInput(f"{path.name} is not NIfTI; convert it to .nii or .nii.gz")
    return image


def _geometry(image: Any, path: Path) -> VolumeGeometry:
    shape = image.shape
    if len(shape) < 3 or any(n != 1 for n in shape[3:]):
        raise UnreadableInput(
            f"{path.name} has {len(shape)} axes of {' x '.join(map(str, shape))}; one 3-D volume "
            "is needed: split the file"
        )
    _check_forms(image, path)
    return VolumeGeometry(
        shape=shape[:3], lps_from_index=RAS_FROM_LPS @ _squared(image.affine, path)
    )


def _check_forms(image: Any, path: Path) -> None:
    header = image.header
    if not (header["sform_code"] > 0 and header["qform_code"] > 0):
        return
    qform, sform = header.get_qform(), header.get_sform()
    corners = np.array(np.meshgrid(*([0, n - 1] for n in image.shape[:3]))).reshape(3, -1)
    apart = np.abs((qform - sform)[:3, :3] @ corners + (qform - sform)[:3, 3:]).max()
    if not apart <= FORM_TOLERANCE_MM:
        raise UnreadableInput(
            f"the qform and sform of {path.name} disagree by {apart:.1f} mm: qform "
            f"{np.round(qform[:3], 2).tolist()}, sform {np.round(sform[:3], 2).tolist()}; "
            "set both to the right one"
        )


def _squared(affine: FloatArray, path: Path) -> FloatArray:
    """Undo the rounding that float32 storage leaves between axes at right angles."""
    matrix = np.array(affine, dtype=np.float64)
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    if not np.all(np.isfinite(matrix)) or lengths.min() < 1e-6:
        raise InvalidGeometry(
            f"the affine of {path.name} is singular or not finite; export the volume again"
        )
    unit = matrix[:3, :3] / lengths
    if np.abs(unit.T @ unit - np.eye(3)).max() < ORTHOGONAL_ENOUGH:
        u, _, vt = np.linalg.svd(unit)
        matrix[:3, :3] = (u @ vt) * lengths
    return matrix


def _read(path: Path) -> NiftiArray:
    image = _load(path)
    geometry = _geometry(image, path)
    try:
        voxels = np.asanyarray(image.dataobj).reshape(geometry.shape)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise UnreadableInput(
            f"{path.name} is cut short or damaged; export or copy it again"
        ) from error
    return NiftiArray(geometry=geometry, voxels=voxels)
