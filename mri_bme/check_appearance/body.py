"""How large a body is beside adults: what tells a wrong voxel size, whatever the slices cover.

The volume of marrow depends on how much of the pelvis the slices hold. The distance of the joints
and the largest coronal section of marrow do not, once the joints are in the slices, and vary less
together than either alone.
"""

import numpy as np

from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.volume import ALONG_AXIS_MIN_COSINE, VolumeGeometry

MEAN_BETWEEN_JOINTS_MM = 98.4
MEAN_SECTION_MM2 = 87.6**2
DRAWN_BY_HAND = "manual"


def body_size(rois: SacroiliacRois, between_joints_mm: float | None) -> float | None:
    """Size of a pelvis relative to the mean adult, from its marrow and its joints.

    The geometric mean of two lengths over those of the mean adult: the distance of the joints,
    and the root of the largest section of marrow across the front-back axis. Both means are
    those of the shape model of 26 CT pelvises (Han et al., Phys Med Biol 2019, doi
    10.1088/1361-6560/ab1456), as ``python -m lab.benchmark body-size`` finds them.

    Parameters
    ----------
    rois : SacroiliacRois
        Of the whole marrow in the slices.
    between_joints_mm : float or None
        Distance of the joints.

    Returns
    -------
    float or None
        1 is the mean adult; None where a joint is not seen, or where regions were drawn by hand,
        which need not hold all marrow.
    """
    if between_joints_mm is None or between_joints_mm <= 0 or rois.source == DRAWN_BY_HAND:
        return None
    section = np.sqrt(largest_section_mm2(rois) / MEAN_SECTION_MM2)
    return float(np.sqrt(between_joints_mm / MEAN_BETWEEN_JOINTS_MM * section))


def largest_section_mm2(rois: SacroiliacRois) -> float:
    """Area of marrow on the section, across the front-back axis of the grid, that holds most."""
    depth = depth_axis(rois.geometry)
    others = tuple(axis for axis in range(3) if axis != depth)
    voxels = np.count_nonzero(rois.quadrants, axis=others).max()
    rows_mm, columns_mm = (rois.geometry.spacing_mm[axis] for axis in others)
    return float(voxels) * rows_mm * columns_mm


def depth_axis(geometry: VolumeGeometry) -> int:
    """Axis of a grid that runs front to back; slices up to 60 degrees from coronal stack so."""
    backward = np.abs(geometry.directions[1])
    slices = int(np.argmax(geometry.spacing_mm))
    if backward[slices] >= ALONG_AXIS_MIN_COSINE:
        return slices
    return int(np.argmax(backward))
