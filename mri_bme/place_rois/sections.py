"""Semicoronal sections through the pelvis, whatever way it was scanned."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import FloatArray

BoolArray = NDArray[np.bool_]
IntBlock = NDArray[np.intp]

SECTION_MM = 4.0  # the usual semicoronal slice; for grids that are not stacked in depth
MIDLINE_MM = 15.0  # sacral bodies, not the wings, say which way the sacrum runs
MIN_SACRAL_VOXELS = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sections:
    """Section and level of every (depth, height) line of a view.

    `number` counts sections from the front, from 0; `level` counts steps of `step_mm`
    downward within a section; sections are `section_mm` apart.
    """

    number: IntBlock
    level: IntBlock
    step_mm: float
    section_mm: float


def semicoronal_sections(labels: NDArray[np.uint8], axes: PelvisAxes) -> Sections:
    """Cut a view into semicoronal sections.

    Slices stacked in depth are the sections, as they were scanned. Other grids (axial,
    isotropic) are cut along the sacrum's long axis, as a semicoronal scan is planned.

    Parameters
    ----------
    labels : uint8 array of shape (depth, height, across)
        `BoneLabel`.
    axes : PelvisAxes
        Of the view.
    """
    n_depth, n_height = labels.shape[:2]
    depth, height = np.meshgrid(np.arange(n_depth), np.arange(n_height), indexing="ij")
    if axes.is_stacked_in_depth:
        return Sections(
            number=depth, level=height, step_mm=axes.spacing_mm[1], section_mm=axes.spacing_mm[0]
        )
    back, down = (a * s for a, s in zip((depth, height), axes.spacing_mm, strict=False))
    along = _sacral_axis(labels, axes)
    step_mm = max(axes.spacing_mm)
    return Sections(
        number=_counted(back * along[1] - down * along[0], SECTION_MM),
        level=_counted(back * along[0] + down * along[1], step_mm),
        step_mm=step_mm,
        section_mm=SECTION_MM,
    )


def _counted(position_mm: FloatArray, step_mm: float) -> IntBlock:
    steps = np.floor((position_mm - position_mm.min()) / step_mm + 1e-6)
    return np.asarray(steps, dtype=np.intp)


def _sacral_axis(labels: NDArray[np.uint8], axes: PelvisAxes) -> FloatArray:
    """Find the unit vector (back, down) along the sacrum, from voxels near the midline."""
    index = np.argwhere(labels == BoneLabel.SACRUM)
    straight_down = np.array([0.0, 1.0])
    if len(index) < MIN_SACRAL_VOXELS:
        return straight_down
    place = index * np.array(axes.spacing_mm)
    middle = np.median(place[:, 2])
    central = place[np.abs(place[:, 2] - middle) <= MIDLINE_MM, :2]
    if len(central) < MIN_SACRAL_VOXELS:
        return straight_down
    _, vectors = np.linalg.eigh(np.cov(central.T))
    along = vectors[:, -1]
    return np.asarray(along if along[1] > 0 else -along, dtype=np.float64)
