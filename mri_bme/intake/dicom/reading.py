"""Read the voxels of an indexed series."""

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import UnreadableInput
from mri_bme.intake.dicom.decoding import UnreadablePixels, check_declared_size
from mri_bme.intake.dicom.pixels import read_intensities
from mri_bme.intake.dicom.rescale import philips_scale
from mri_bme.study import Series
from mri_bme.volume import (
    Volume,
    VolumeGeometry,
    reading_order,
    reorder_geometry,
    reorder_voxels,
    with_storable_spacing,
)


def read_series(series: Series) -> Volume:
    """Read a series into reading order; intensities are stored value x slope + intercept.

    Raises
    ------
    UnreadableInput
        If the series was refused, or its pixels cannot be read.
    """
    geometry = _usable_geometry(series)
    voxels = read_stack_voxels(series)
    order, flipped = reading_order(geometry)
    return Volume(
        geometry=reorder_geometry(geometry, order, flipped),
        voxels=reorder_voxels(voxels, order, flipped),
    )


def series_storage_geometry(series: Series) -> VolumeGeometry:
    """Grid of a NIfTI of the series: column, row, then slice along the normal."""
    return reorder_geometry(_usable_geometry(series), (2, 1, 0), (False, False, False))


def read_stack_voxels(series: Series) -> NDArray[np.float32]:
    """Voxels in the axis order of `series.geometry` (slice along the normal, row, column)."""
    geometry = _usable_geometry(series)
    check_declared_size(*geometry.shape)
    voxels = np.empty(geometry.shape, dtype=np.float32)
    done = 0
    for path, group in groupby(series.instances, key=lambda instance: instance.path):
        frames = [instance.frame for instance in group]
        try:
            read_intensities(path, frames, voxels[done : done + len(frames)])
        except (UnreadablePixels, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UnreadableInput(
                f"slice {done + 1} of {series.n_slices} cannot be read: {reason}"
            ) from error
        done += len(frames)
    if series.is_inverted:
        _turn_round(voxels)
    return voxels


def _turn_round(voxels: NDArray[np.float32]) -> None:
    """Make bright what is stored dark, in place; air, the brightest then, becomes 0.

    Raises
    ------
    UnreadableInput
        If the border is dark as stored: then only the display was declared inverted, or
        something else than air is there.
    """
    border = np.concatenate([voxels[:, [0, -1], :].ravel(), voxels[:, :, [0, -1]].ravel()])
    low, high = float(voxels.min()), float(voxels.max())
    if float(np.median(border)) < (low + high) / 2:
        raise UnreadableInput(
            "its grey scale is declared inverted (MONOCHROME1), but its border is dark; export it "
            "as MONOCHROME2"
        )
    np.subtract(high, voxels, out=voxels)


def _usable_geometry(series: Series) -> VolumeGeometry:
    if series.refused is not None or series.geometry is None:
        raise UnreadableInput(f"the series is refused: {series.refused or 'it has no geometry'}")
    return with_storable_spacing(series.geometry)


def read_private_scale(series: Series) -> dict[str, float]:
    """Philips' private floating-point scale of the first slice, for a sidecar.

    Philips keeps the scanner's floating-point value as stored value x slope + intercept,
    divided by (slope x scale slope) [1]_; empty for other vendors.

    References
    ----------
    .. [1] Chenevert et al., Transl Oncol 7:65-71, 2014.
    """
    if "philips" not in series.manufacturer.lower():
        return {}
    return philips_scale(series.instances[0].path, series.instances[0].frame)
