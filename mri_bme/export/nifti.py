"""Write NIfTI in the axis order and orientation of the input."""

import gzip
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from mri_bme.files import write_bytes
from mri_bme.intake.nifti import RAS_FROM_LPS
from mri_bme.volume import VolumeGeometry, axes_between, reorder_geometry, reorder_voxels


def write_nifti(
    path: Path, voxels: NDArray[Any], geometry: VolumeGeometry, *, stored: VolumeGeometry
) -> None:
    """Write voxels of `geometry` in the axis order of `stored`, atomically.

    Parameters
    ----------
    path : Path
        Ends in ``.nii`` or ``.nii.gz``.
    voxels : array
        Of `geometry`; bool becomes uint8, other types are kept.
    stored : VolumeGeometry
        The same voxels in the file's axis order (i, j, k), as `read_nifti_geometry`
        gives for the input. The sform and qform are equal.
    """
    order, flipped = axes_between(geometry, stored)
    array = np.ascontiguousarray(reorder_voxels(voxels, order, flipped))
    array = array.astype(np.uint8) if array.dtype == np.bool_ else array
    ras_from_index = RAS_FROM_LPS @ stored.lps_from_index
    image = nib.Nifti1Image(array, ras_from_index)
    image.set_qform(ras_from_index, code=1)
    image.set_sform(ras_from_index, code=1)
    image.header.set_xyzt_units("mm")
    payload = image.to_bytes()
    if path.name.endswith(".gz"):
        payload = gzip.compress(payload, compresslevel=6, mtime=0)  # same voxels, same bytes
    write_bytes(path, payload)


def dicom_storage_geometry(geometry: VolumeGeometry) -> VolumeGeometry:
    """Grid of a NIfTI made from a (slice, row, column) stack: (column, row, slice)."""
    return reorder_geometry(geometry, (2, 1, 0), (False, False, False))
