"""What is given for a visit to place its ROIs with, in whichever form it comes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidVoxels
from mri_bme.intake.atlas import read_atlas
from mri_bme.intake.joint_lines import read_joint_lines
from mri_bme.intake.labels import read_labels
from mri_bme.roi_sources import Given, GivenForm
from mri_bme.sacroiliac import QUADRANTS
from mri_bme.settings import RoiSettings
from mri_bme.volume import VolumeGeometry


def read_given(
    path: Path,
    given: Given,
    geometry: VolumeGeometry,
    settings: RoiSettings,
    *,
    orientation: str | None = None,
) -> Any:
    """Read what was given for a source of ROIs.

    Parameters
    ----------
    path : Path
        File, or folder of an atlas.
    given : Given
        Says what it holds.
    geometry : VolumeGeometry
        Grid of the visit's fluid-sensitive volume.
    settings : RoiSettings
        Numbers of bones in label maps of an atlas.
    orientation : str or None
        How the axes of a NIfTI file run whose header does not say it.

    Raises
    ------
    UnreadableInput, GeometryMismatch, InvalidVoxels
        If it cannot be read, lies elsewhere, or holds what it must not.
    """
    return READERS[given.form](_Asked(path, given, geometry, settings, orientation))


class _Asked(NamedTuple):
    """The arguments of `read_given`."""

    path: Path
    given: Given
    geometry: VolumeGeometry
    settings: RoiSettings
    orientation: str | None


def _labels(asked: _Asked) -> NDArray[np.int32]:
    what = asked.given.what
    return read_labels(asked.path, asked.geometry, what=what, orientation=asked.orientation)


def _quadrants(asked: _Asked) -> NDArray[np.uint8]:
    labels = _labels(asked)
    if labels.min() < 0 or labels.max() > max(QUADRANTS):
        raise InvalidVoxels(
            f"{asked.given.what} has labels from {labels.min()} to {labels.max()}; quadrants are 1 "
            f"to {max(QUADRANTS)}, 0 is outside"
        )
    return labels.astype(np.uint8)


READERS: dict[GivenForm, Callable[[_Asked], Any]] = {
    GivenForm.LABELS: _labels,
    GivenForm.QUADRANTS: _quadrants,
    GivenForm.JOINT_LINES: lambda asked: read_joint_lines(asked.path),
    GivenForm.ANNOTATED_SCANS: lambda asked: read_atlas(asked.path, settings=asked.settings),
}
