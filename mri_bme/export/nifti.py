"""Write NIfTI in the axis order and orientation of the input."""

import io
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from mri_bme.files import replacing
from mri_bme.intake.nifti import RAS_FROM_LPS
from mri_bme.volume import VolumeGeometry, axes_between, reorder_geometry, reorder_voxels

LEVEL = 6  # of zlib
GZIP = 31  # zlib's word for a gzip stream


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
    array = reorder_voxels(voxels, order, flipped)
    array = array.view(np.uint8) if array.dtype == np.bool_ else array
    ras_from_index = RAS_FROM_LPS @ stored.lps_from_index
    image = nib.Nifti1Image(array, ras_from_index)
    image.set_qform(ras_from_index, code=1)
    image.set_sform(ras_from_index, code=1)
    image.header.set_xyzt_units("mm")
    with replacing(path) as temporary, temporary.open("wb") as stream:
        sink = _Sink(stream, is_packed=path.name.endswith(".gz"))
        image.to_stream(sink)
        sink.finish()


class _Sink(io.RawIOBase):
    """What an image is written into plane by plane, so that a large one is never held twice.

    A gzip stream without name and time: same voxels, same bytes.
    """

    def __init__(self, stream: BinaryIO, *, is_packed: bool) -> None:
        self._stream, self._place = stream, 0
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP) if is_packed else None

    def write(self, content: Any) -> int:
        """Take what comes next."""
        self._stream.write(self._packer.compress(content) if self._packer else content)
        self._place += len(content)
        return len(content)

    def tell(self) -> int:
        """Count the bytes that came."""
        return self._place

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        """Stay; nibabel writes zeros where it would go on and cannot."""
        del whence
        if place != self._place:
            raise OSError
        return place

    def finish(self) -> None:
        """Write what was held back, and the checksum."""
        if self._packer:
            self._stream.write(self._packer.flush())


def dicom_storage_geometry(geometry: VolumeGeometry) -> VolumeGeometry:
    """Grid of a NIfTI made from a (slice, row, column) stack: (column, row, slice)."""
    return reorder_geometry(geometry, (2, 1, 0), (False, False, False))
